import logging
from pathlib import Path

import pytest

from gan_runner.data.containers.parquet_files import Part, looks_like_files, parts_of


def laid_out(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    return root


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["a.parquet", "b.parquet"], ["", ""]),
        (["train-00000-of-00001.parquet"], [""]),
        (["data/test-00000-of-00001.parquet", "data/train-00000-of-00001.parquet"], ["test", "train"]),
        (["default/test/0000.parquet", "default/train/0000.parquet"], ["test", "train"]),
        (["cifar_train.parquet", "cifar_validation.parquet"], ["train", "val"]),
        (["train.parquet", "unlabelled-00000-of-00001.parquet"], ["train", "unlabelled"]),
        (["test.parquet", "val.parquet"], ["", ""]),
    ],
)
def test_splits_are_told_by_names(tmp_path, names, splits):
    root = laid_out(tmp_path, *names, "README.md", ".cache/old.parquet")
    assert looks_like_files(root)
    assert parts_of(root) == [Part(root / name, split) for name, split in zip(names, splits, strict=True)]


def test_one_file_is_one_part(tmp_path):
    path = laid_out(tmp_path, "train-00000-of-00002.parquet") / "train-00000-of-00002.parquet"
    assert parts_of(path) == [Part(path)]


def test_parquet_beside_images_says_what_they_show(tmp_path):
    assert not looks_like_files(laid_out(tmp_path, "images/1.png", "labels.parquet"))
    assert not looks_like_files(laid_out(tmp_path / "words", "notes.txt"))


def test_several_sets_in_a_folder_are_refused(tmp_path):
    root = laid_out(tmp_path, "full/train.parquet", "cropped/train.parquet")
    with pytest.raises(ValueError, match=r"holds 2 sets of parquet \(cropped, full\): set data\.root to one"):
        parts_of(root)


def test_missing_files_are_told(tmp_path, caplog):
    caplog.set_level(logging.WARNING)
    parts_of(laid_out(tmp_path, "train-00000-of-00003.parquet", "train-00002-of-00003.parquet"))
    assert "train: 2 of its 3 files are there: the others are missing" in caplog.text

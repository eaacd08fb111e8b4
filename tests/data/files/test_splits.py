"""Folders as splits: which are taken for what. How they are read: test_folder.py."""

from pathlib import Path

import pytest
from PIL import Image

from gan_runner.data.files.splits import Places, find_places
from gan_runner.data.labelling.subfolders import Subfolders


def layout(root: Path, *paths: str) -> Path:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (1, 1)).save(root / path)
    return root


@pytest.mark.parametrize(
    ("paths", "labels", "found"),
    [
        (["train/0.png", "val/0.png"], False, ("train", "val", ())),
        (["train/0.png", "val/0.png", "test/0.png"], False, ("train", "test", ("val",))),
        (["train/a/0.png", "val/a/0.png", "test/0.png"], True, ("train", "val", ("test",))),
        (["train/a/0.png", "val/b/0.png"], True, ("train", None, ("val",))),  # no class that is trained on
        (["TRAIN/0.png"], False, ("TRAIN", None, ())),
        (["train/0.png", "cat/0.png"], False, None),
        (["train/0.png", "val/0.png", "0.png"], False, None),
        (["val/0.png", "test/0.png"], False, None),
        (["train/0.png", "val/0.png", ".hidden/0.png"], False, ("train", "val", ())),
    ],
)
def test_places(paths: list[str], labels: bool, found: tuple[str, str | None, tuple[str, ...]], tmp_path: Path) -> None:
    layout(tmp_path, *paths)
    (tmp_path / "annotations").mkdir()  # no images: it does not matter
    covers = Subfolders(tmp_path).covers if labels else None
    places = find_places(tmp_path, "auto", covers)
    if found is None:
        assert places == Places(tmp_path)
    else:
        train, test, left_out = found
        wanted = Places(tmp_path / train, test and tmp_path / test, tuple(tmp_path / name for name in left_out), True)
        assert places == wanted
    assert find_places(tmp_path, "none", covers) == Places(tmp_path)


def test_two_folders_of_one_split_are_refused(tmp_path: Path) -> None:
    layout(tmp_path, "train/0.png", "training/0.png")
    with pytest.raises(ValueError, match=r"has the folders train and training, .* join them, or set data\.splits=none"):
        find_places(tmp_path, "auto")


def test_a_root_that_is_not_there_is_no_matter_here(tmp_path: Path) -> None:
    assert find_places(tmp_path / "nowhere", "auto") == Places(tmp_path / "nowhere")


def test_what_is_read_for_a_split(tmp_path: Path) -> None:
    apart = Places(tmp_path / "train", tmp_path / "val", apart=True)
    assert (apart.of("train"), apart.of("test")) == (tmp_path / "train", tmp_path / "val")
    assert Places(tmp_path).of("test") == tmp_path

from pathlib import Path

import pytest

from gan_runner.data.containers.shards import by_split, has_range, in_range, shards_of, split_in, stem_of


def made(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"")
    return folder


def found(folder: Path) -> list[tuple[str, str]]:
    return [(split, path.relative_to(folder).as_posix()) for split, path in shards_of(folder)]


def test_the_shards_of_a_folder_are_in_the_order_of_their_names(tmp_path):
    made(tmp_path, "set-000001.tar", "set-000000.tar", "set-000002.tgz", "stats.json", ".set-000003.tar")
    assert found(tmp_path) == [("", "set-000000.tar"), ("", "set-000001.tar"), ("", "set-000002.tgz")]


@pytest.mark.parametrize(
    "names",
    [
        ["set-0.tar", "photo.png"],
        ["set-0.tar", "cat/1.png"],
        ["set-0.tar", "backup.tar"],
        ["cat/0.tar", "dog/0.tar"],
        ["train/0.tar", "val/1.png"],
        ["train/deeper/train/0.tar"],
        ["0.tar", "train/0.tar"],
        ["notes.txt"],
    ],
)
def test_other_folders_are_files_to_be_taken_as_they_lie(tmp_path, names):
    assert not shards_of(made(tmp_path, *names))


def test_folders_of_splits(tmp_path):
    made(tmp_path, "train/0.tar", "train/1.tar", "val/0.tar", "notes.txt")
    assert found(tmp_path) == [("train", "train/0.tar"), ("train", "train/1.tar"), ("val", "val/0.tar")]


@pytest.mark.parametrize(
    ("names", "splits"),
    [
        (["set-train-0.tar", "set-val-0.tar"], ["train", "val"]),
        (["set_test.0.tar", "set_train.0.tar"], ["test", "train"]),
        (["set-train-0.tar", "set-train-1.tar"], ["", ""]),
        (["set-0.tar", "set-train-1.tar", "set-val-1.tar"], ["", "", ""]),
        (["testing-grounds-0.tar", "trainstation-1.tar"], ["", ""]),
    ],
)
def test_splits_by_name_are_several_and_name_every_shard(names, splits):
    assert [split for split, _ in by_split([Path(name) for name in names])] == splits


def test_a_range(tmp_path):
    assert not has_range(made(tmp_path, "set-{0..1}.tar/1.png") / "set-{0..1}.tar")  # is called so
    path = Path("data/set-{0008..0011}.tar.gz")
    assert has_range(path)
    assert not has_range(Path("data/set-{a,b}.tar"))
    assert [one.name for one in in_range(path)] == [
        f"set-{number}.tar.gz" for number in ("0008", "0009", "0010", "0011")
    ]
    assert in_range(path)[0].parent == path.parent


@pytest.mark.parametrize("told", ["{3..1}", "{0..99999999999}"])
def test_what_is_no_range_is_said(told):
    with pytest.raises(ValueError, match=r"is no range of shards: write set-\{000000\.\.000012\}\.tar, say"):
        in_range(Path(f"set-{told}.tar"))


def test_words_of_names():
    assert split_in("imagenet-train-000000") == "train"
    assert split_in("Val") == "Val"
    assert split_in("constraint-0") == ""
    assert [stem_of(Path(name)) for name in ("a-0.TAR", "a.b-0.tar.gz", "a")] == ["a-0", "a.b-0", "a"]

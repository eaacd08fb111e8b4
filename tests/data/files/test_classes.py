"""Folders as classes: how their names are sorted, and what has no class."""

from pathlib import Path

import pytest
from PIL import Image

from gan_runner.data.files.classes import (
    as_people_count,
    check_labelled,
    folders_of,
    has_images,
    in_order_of,
)

CALLED = "the subfolders of root"


@pytest.mark.parametrize(
    ("names", "in_order"),
    [
        (["10", "2", "1"], ["1", "2", "10"]),
        (["a10", "a9", "b1", "a"], ["a", "a9", "a10", "b1"]),
        (["v1.10", "v1.9", "v1"], ["v1", "v1.9", "v1.10"]),
        (["01", "1", "001", "2"], ["001", "01", "1", "2"]),  # equal numbers: as characters are
        (["cat", "Dog", "apple"], ["Dog", "apple", "cat"]),  # letters as they were ever sorted
        (["x", "3", "é", "12 b", "12 a"], ["3", "12 a", "12 b", "x", "é"]),
        (["n01440764", "n01443537"], ["n01440764", "n01443537"]),
        (["٣", "2"], ["2", "٣"]),  # digits of other scripts are digits
    ],
)
def test_numbers_in_names_count_as_numbers(names: list[str], in_order: list[str]) -> None:
    assert sorted(names, key=as_people_count) == in_order


def test_folders_are_those_that_are_not_hidden(tmp_path: Path) -> None:
    for name in ("b", ".hidden", "a"):
        (tmp_path / name).mkdir()
    (tmp_path / "file.png").touch()
    assert folders_of(tmp_path) == ["a", "b"]


def test_an_earlier_order_is_kept() -> None:
    assert in_order_of(("b", "a"), ("a", "b"), CALLED) == ("b", "a")
    assert in_order_of(None, ("2", "10"), CALLED) == ("10", "2")
    for found, told in ((("a",), "b missing"), (("a", "b", "c"), "c new"), (("a", "c"), "b missing, c new")):
        with pytest.raises(ValueError, match=rf"root are not the classes of this run \({told}\): it knows b, a; set"):
            in_order_of(("b", "a"), found, CALLED)


def test_what_has_no_class_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    Image.new("L", (1, 1)).save(tmp_path / "a" / "x.png")
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    check_labelled(tmp_path, ["a"])
    with pytest.raises(ValueError, match=r"has images of a, of which there are none to train on: .*data\.labels=false"):
        check_labelled(tmp_path, ["b"])
    Image.new("L", (1, 1)).save(tmp_path / "stray.png")
    with pytest.raises(ValueError, match=r"needs every image in a subfolder .*, and stray\.png is not: move it"):
        check_labelled(tmp_path, ["a"])
    assert [has_images(tmp_path / name) for name in ("a", "stray.png")] == [True, True]
    assert not any(has_images(tmp_path / name) for name in ("empty", "notes.txt", ".x.png"))

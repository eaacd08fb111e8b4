"""What is not taken for an image is counted by kind, with a reason, in one line."""

import logging

import pytest
from PIL import Image

from gan_runner.data.files.left_out import left_out, say_left_out


@pytest.fixture
def root(tmp_path):
    Image.new("L", (4, 4)).save(tmp_path / "taken.png")
    return tmp_path


def test_kinds_are_counted_and_explained_most_first(root):
    (root / "deep").mkdir()
    for name in ("1.HEIC", "2.heif", "deep/3.heic", "a.dng", "b.NEF", "x.npy"):
        (root / name).touch()
    told, meant = left_out(root)
    assert told == (
        "3 HEIC (Pillow does not read it: convert it to JPEG or PNG), "
        "2 raw (DNG, NEF: of a camera: develop it to JPEG or TIFF), "
        "1 array (NPY: each can be data.root itself)"
    )
    assert meant


def test_images_without_a_suffix_are_told_from_other_files_by_their_content(root):
    for name in ("scan1", "scan2", "shot.png_old"):
        (root / name).write_bytes((root / "taken.png").read_bytes())
    told, meant = left_out(root)
    assert told == (
        "2 without a suffix (images by their content: give them a suffix such as .png), "
        "1 PNG_OLD (an image by its content: give it a suffix such as .png)"
    )
    assert meant
    (root / "README").write_text("words")
    assert left_out(root)[0].startswith("3 without a suffix (some are images by their content: give them a suffix")
    (root / "README").unlink()
    for name in ("scan1", "scan2", "shot.png_old"):
        (root / name).write_text("words")
    assert left_out(root) == ("2 without a suffix, 1 PNG_OLD", False)


def test_hidden_images_are_told_and_what_lies_in_hidden_folders_is_not(root):
    (root / ".thumbnails").mkdir()
    for name in (".hidden.png", ".DS_Store", ".thumbnails/x.heic"):
        (root / name).touch()
    assert left_out(root)[0] == "1 hidden (their names begin with a dot)"


def test_of_many_kinds_the_most_frequent_are_told(root):
    for number in range(12):
        for copy in range(number + 1):
            (root / f"{copy}.kind{number}").touch()
    told, _ = left_out(root)
    assert told.startswith("12 KIND11, 11 KIND10, ")
    assert told.endswith("5 KIND4, …, 78 in all")


@pytest.mark.parametrize(("name", "level"), [("a.txt", logging.INFO), ("a.heic", logging.WARNING)])
def test_what_may_have_been_meant_is_a_warning(root, caplog, name, level):
    (root / name).touch()
    with caplog.at_level(logging.INFO):
        say_left_out(root)
    ((_, found, line),) = caplog.record_tuples
    assert found == level
    assert line.startswith(f"{root}: left out: 1 ")


def test_nothing_is_said_of_nothing(root, caplog):
    with caplog.at_level(logging.INFO):
        say_left_out(root)
    assert not caplog.records

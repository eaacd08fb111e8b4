"""Which image a name in a table means."""

from pathlib import Path

import pytest

from gan_runner.data.labelling.matching import SEVERAL, best, keys_from, plain

IMAGES = ["images/a.png", "images/b.jpg", "images/sub/c.png"]


def found(root: Path, names: list[str], folders: list[Path], images: list[str] = IMAGES) -> list[int | None]:
    keys, _ = best(keys_from(root, [root / image for image in images], folders), [plain(name) for name in names])
    return [keys.find(plain(name)) for name in names]


@pytest.mark.parametrize(
    "names",
    [
        ["images/a.png", "images/b.jpg", "images/sub/c.png"],  # below the root
        ["a.png", "b.jpg", "sub/c.png"],  # beside the table, which lies in images/
        ["photos/images/a.png", "photos/images/b.jpg", "photos/images/sub/c.png"],  # beside a table above the root
        ["a", "b", "sub/c"],
        ["a", "b.jpg", "sub/c"],
        ["./a.png", " b.jpg ", "sub\\c.png"],
        ["a.png", "b.jpg", "c.png"],  # bare, as CelebA has them
        ["/elsewhere/x/a.png", "/elsewhere/y/b.jpg", "/elsewhere/c.png"],  # of another machine
    ],
)
def test_names_are_taken_from_where_they_fit(names, tmp_path):
    root = tmp_path / "photos"
    assert found(root, names, [root, root / "images", tmp_path]) == [0, 1, 2]


def test_the_folder_that_knows_most_is_taken(tmp_path):
    assert found(tmp_path, ["a.png", "x.png"], [tmp_path / "images"], ["a.png", "images/a.png", "images/x.png"]) == [
        1,
        2,
    ]
    assert found(tmp_path, ["a.png", "y.png"], [tmp_path / "images"], ["a.png", "images/a.png"]) == [0, None]


def test_a_stem_of_two_images_is_of_several(tmp_path):
    assert found(tmp_path, ["a", "b", "a.jpg"], [], ["a.png", "a.jpg", "b.png"]) == [SEVERAL, 2, 1]


def test_bare_names_that_are_no_longer_different_are_not_taken(tmp_path):
    assert found(tmp_path, ["x/1.png", "y/1.png"], [], ["a/1.png", "b/2.png"]) == [None, None]


def test_letters_are_composed(tmp_path):
    assert found(tmp_path, ["ma\u00f1ana.png"], [], ["man\u0303ana.png"]) == [0]

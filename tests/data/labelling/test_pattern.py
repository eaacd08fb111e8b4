"""Names of files as classes."""

import pytest

from gan_runner.data.labelling.pattern import Pattern


def test_a_group_of_the_name_is_the_class(tmp_path):
    paths = [tmp_path / name for name in ("x/cat_1.png", "dog_2.png", "cat_3.png")]
    assert Pattern("^([a-z]+)_").named(tmp_path, paths) == ["cat", "dog", "cat"]
    assert Pattern("^([a-z]+)_").classes(tmp_path, paths) == ("cat", "dog")
    numbers = [tmp_path / f"digit{digit}-{digit}.png" for digit in (10, 2, 1)]
    assert Pattern(r"digit(\d+)").classes(tmp_path, numbers) == ("1", "2", "10")


def test_a_pattern_with_a_slash_sees_the_folders(tmp_path):
    paths = [tmp_path / name for name in ("ann/left/1.png", "bob/right/1.png")]
    assert Pattern("^([^/]+)/").named(tmp_path, paths) == ["ann", "bob"]
    assert Pattern("/(left|right)/").named(tmp_path, paths) == ["left", "right"]


def test_names_without_a_class_are_counted(tmp_path):
    paths = [tmp_path / name for name in ("cat_1.png", "7.png", "_x.png")]
    told = r"^2 of 3 images of .* have names which data\.label_pattern=\S+ finds no class in \(the first is 7\.png\): "
    with pytest.raises(ValueError, match=told + r"name or move them, or set data\.label_pattern=null$"):
        Pattern("^([a-z]*)_").named(tmp_path, paths)


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("^[a-z]+_", r"has 0 groups, and the one in brackets is the class: give one such as"),
        ("(cat|dog)_(left|right)", r"has 2 groups"),
        ("([a-z", r"is no regular expression \(.*\): give one such as"),
    ],
)
def test_a_pattern_has_one_group(pattern, told):
    with pytest.raises(ValueError, match=rf"^data\.label_pattern=.*{told}"):
        Pattern(pattern)

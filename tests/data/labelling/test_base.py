"""What all labellings say in the same words."""

import pytest

from gan_runner.data.labelling.base import check_known, unlabelled
from gan_runner.data.labelling.pattern import Pattern


def test_images_of_classes_that_are_not_trained_on_are_refused(tmp_path):
    pattern, paths = Pattern("^([a-z]+)_"), [tmp_path / name for name in ("cat_1.png", "dog_1.png", "emu_1.png")]
    check_known(pattern, tmp_path, paths, ["cat", "dog", "emu"])
    with pytest.raises(ValueError, match=r"has images of dog, emu, of which there are none to train on: move them"):
        check_known(pattern, tmp_path, paths, ["cat"])


def test_what_has_no_class_is_counted_and_the_first_named(tmp_path):
    said = str(unlabelled(["b", "c"], 5, tmp_path, "which say nothing", "data.x=null"))
    assert said.startswith(f"2 of 5 images of {tmp_path} have names which say nothing (the first is b): ")
    assert said.endswith("or set data.x=null")

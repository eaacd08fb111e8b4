import re
from pathlib import Path

import numpy as np
import pytest

from gan_runner.data.containers.array_keys import Asked, Member, Part, parts_of, role_of, split_of

FILE = Path("set.npz")
IMAGES = Member((5, 8, 8), np.dtype(np.uint8))
LABELS = Member((5,), np.dtype(np.int64))
WORDS = Member((5,), np.dtype(object))


@pytest.mark.parametrize(
    ("key", "role", "split"),
    [
        ("train_images", "images", "train"),
        ("val_labels", "labels", "val"),
        ("x_train", "images", "train"),
        ("yTest", "labels", "test"),
        ("validation/imgs", "images", "val"),
        ("data/label", "labels", ""),
        ("X", "images", ""),
        ("arr_0", None, ""),
        ("latents_values", None, ""),
        ("trainable", None, ""),
    ],
)
def test_keys_say_what_arrays_are(key, role, split):
    assert (role_of(key), split_of(key)) == (role, split)


@pytest.mark.parametrize(
    ("members", "parts"),
    [
        ({"images": IMAGES, "labels": LABELS}, [("", "images", "labels")]),
        ({"images": IMAGES}, [("", "images", None)]),
        ({"arr_0": IMAGES, "arr_1": LABELS}, [("", "arr_0", "arr_1")]),
        ({"pictures_of_cats": IMAGES, "latents": LABELS}, [("", "pictures_of_cats", None)]),
        ({"imgs": IMAGES, "metadata": WORDS}, [("", "imgs", None)]),
        ({"images": IMAGES, "data": LABELS, "target": LABELS}, [("", "images", "target")]),
        ({"train": IMAGES, "test": IMAGES}, [("train", "train", None), ("test", "test", None)]),
        (
            {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS},
            [("train", "x_train", "y_train"), ("test", "x_test", "y_test")],
        ),
        (
            {"train/x": IMAGES, "train/y": LABELS, "val/x": IMAGES},
            [("train", "train/x", "train/y"), ("val", "val/x", None)],
        ),
    ],
)
def test_images_and_labels_are_found(members, parts):
    assert parts_of(FILE, members, Asked()) == [Part(*part) for part in parts]


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"a": IMAGES, "b": IMAGES}, r"set\.npz holds a \(5, 8, 8\) uint8, b .*data\.array=a, or write set\.npz/a for"),
        ({"images": IMAGES, "train_images": IMAGES}, "data.array=images, or write"),
        ({"train_x": IMAGES, "train_images": IMAGES}, "data.array=train_x, or write"),
        ({"labels": LABELS}, r"holds labels \(5,\) int64, and no array of numbers with 3 axes"),
        ({}, "holds no arrays"),
    ],
)
def test_what_is_left_open_is_said(members, said):
    with pytest.raises(ValueError, match=said):
        parts_of(FILE, members, Asked())


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"y": Member((4,), LABELS.dtype)}, r"y \(4,\) int64: there is not a label for each image"),
        ({"fine_labels": LABELS, "coarse_labels": LABELS}, r"data\.array=\[x,fine_labels\], say"),
    ],
)
def test_labels_that_cannot_be_taken_leave_the_images(labels, said):
    (part,) = parts_of(FILE, {"x": IMAGES, **labels}, Asked())
    assert (part.images, part.labels) == ("x", None)
    assert re.search(said, part.trouble)


def test_what_is_asked_for_is_taken():
    members = {"a/x": IMAGES, "a/y": LABELS, "b/x": IMAGES, "b/y": LABELS, "train_x": IMAGES, "train_y": LABELS}
    assert parts_of(FILE, members, Asked.of("b/x")) == [Part("", "b/x", "b/y")]
    assert parts_of(FILE, members, Asked.of(["b/x", "a/y"])) == [Part("", "b/x", "a/y")]
    assert parts_of(FILE, members, Asked.of("train_x")) == [Part("", "train_x", "train_y")]
    for asked in ("c", ["a/x", "c"]):
        with pytest.raises(
            ValueError, match=r"data\.array=c is not in set\.npz, which holds a/x \(5, 8, 8\) uint8, a/y"
        ):
            parts_of(FILE, members, Asked.of(asked))


@pytest.mark.parametrize(
    ("array", "asked"),
    [
        (None, Asked()),
        ("x", Asked("x")),
        ("x:nchw", Asked("x", None, "nchw")),
        ("x:NCHW", Asked("x", None, "nchw")),
        (":hwn", Asked("", None, "hwn")),
        ("a:b", Asked("a:b")),
        (("x:nhw", "y"), Asked("x", "y", "nhw")),
    ],
)
def test_how_it_is_said(array, asked):
    assert Asked.of(array) == asked


def test_more_than_images_and_labels_are_refused():
    with pytest.raises(ValueError, match=r"data\.array=\[x,y,z\] names more"):
        Asked.of(["x", "y", "z"])

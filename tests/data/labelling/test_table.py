"""A table beside the images says their classes: of a folder, read as it is trained on."""

import json
import logging

import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from fixtures.containers import as_zip
from gan_runner.data.folder import Folder

SHADES = {"a": 0, "b": 10, "c": 20, "d": 30, "e": 40, "f": 50}
"""The images, and the grey of each."""
CLASSES = dict(zip(SHADES, ["cat", "dog", "cat", "10", "2", "cat"], strict=True))


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "photos"
    for name, shade in SHADES.items():
        paint(folder / f"{name}.png", shade)
    return folder


def paint(path, shade):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("L", (8, 8), shade).save(path)


def csv(path, rows, header="file,label"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]), encoding="utf-8")
    return str(path)


def folder(root, labels, **settings):
    return Folder(root=str(root), labels=labels, **{"image_size": 8, "channels": 1, "holdout": 0.0} | settings)


def read(data, split="train"):
    """The class of each image by its grey."""
    batch = data.deck(split)[torch.arange(len(data.deck(split)))]
    return {int(image[0, 0, 0]): data.class_names[label] for image, label in zip(batch.real, batch.label, strict=True)}


def by_shade(classes=CLASSES):
    return {SHADES[name]: label for name, label in classes.items()}


def parquet_of(path, rows):
    parquet.write_table(pa.table({"name": [row[0] for row in rows], "kind": [row[1] for row in rows]}), path)
    return str(path)


ROWS = [(f"{name}.png", label) for name, label in CLASSES.items()]
KINDS = {
    "beside.csv": lambda path: csv(path, ROWS),
    "shuffled.csv": lambda path: csv(path, sorted(ROWS, key=lambda row: row[1])),
    "more.csv": lambda path: csv(path, [(9, *row, "x") for row in ROWS], "age,file,class,note"),
    "pandas.csv": lambda path: csv(path, [(place, *row) for place, row in enumerate(ROWS)], ",file,kind"),
    "stems.csv": lambda path: csv(path, CLASSES.items(), "id,species"),
    "kaggle.tsv": lambda path: path.write_text("\n".join("\t".join(row) for row in [("id", "kind"), *ROWS])),
    "pairs.json": lambda path: path.write_text(json.dumps({"labels": ROWS})),
    "records.json": lambda path: path.write_text(json.dumps([{"file_name": f, "text": t} for f, t in ROWS])),
    "metadata.jsonl": lambda path: path.write_text("\n".join(json.dumps({"file_name": f, "t": t}) for f, t in ROWS)),
    "t.parquet": lambda path: parquet_of(path, ROWS),
    "list.txt": lambda path: path.write_text("\n".join(" ".join(row) for row in ROWS)),
}


@pytest.mark.parametrize("name", KINDS)
def test_a_table_may_lie_in_a_zip_with_its_images_or_beside_it(name, root, tmp_path):
    KINDS[name](root / name)
    packed = as_zip(root, tmp_path)
    assert read(folder(packed, name)) == by_shade()
    KINDS[name](tmp_path / name)
    assert read(folder(packed, str(tmp_path / name), stream=True)) == by_shade()
    assert folder(packed, name).fingerprint()["labelled"] == folder(root, name).fingerprint()["labelled"]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_table_says_the_classes(name, stream, root, tmp_path):
    KINDS[name](tmp_path / name)
    data = folder(root, str(tmp_path / name), stream=stream)
    assert data.class_names == ("2", "10", "cat", "dog")
    assert data.num_classes == 4
    assert read(data) == by_shade()


@pytest.mark.parametrize("place", ["", "deep/"])
def test_a_table_may_lie_below_the_root(place, root):
    csv(root / f"{place}labels.csv", ROWS)
    assert read(folder(root, f"{place}labels.csv")) == by_shade()


def test_columns_are_given_where_several_may_be_meant(root):
    rows = [(f"{name}.png", CLASSES[name], place % 2) for place, name in enumerate(SHADES)]
    csv(root / "t.csv", rows, "image,animal,left")
    with pytest.raises(
        ValueError, match=r"several columns that may be the label: set data\.label_column to one of anim"
    ):
        folder(root, "t.csv").check()
    assert folder(root, "t.csv", label_column="left").class_names == ("0", "1")
    assert read(folder(root, "t.csv", label_column="animal", file_column="image")) == by_shade()


def test_a_column_of_few_numbers_is_none_of_names(tmp_path):
    root = tmp_path / "numbered"
    for number in range(4):
        paint(root / f"{number}.png", number)
    csv(root / "t.csv", [(number % 2, f"{number}.png") for number in range(4)], "left,file")
    assert read(folder(root, "t.csv")) == {0: "0", 1: "1", 2: "0", 3: "1"}


def test_an_attribute_is_called_by_its_column(root):
    signs = [f"{name}.png {-1 if place % 2 else 1} 1" for place, name in enumerate(SHADES)]
    (root / "list_attr_celeba.txt").write_text("\n".join(["6", "Smiling Male", *signs]))
    data = folder(root, "list_attr_celeba.txt", label_column="Smiling")
    assert data.class_names == ("not Smiling", "Smiling")
    assert read(data)[0] == "Smiling"
    assert read(data)[10] == "not Smiling"


def test_numbers_are_sorted_as_numbers(root):
    csv(root / "t.csv", zip(SHADES, [-1, 10, 2, -3, 2, 10], strict=True))
    assert folder(root, "t.csv").class_names == ("-3", "-1", "2", "10")
    (root / "t.json").write_text(
        json.dumps([[name, value] for name, value in zip(SHADES, [1.0, True, False, 2, 2, 1], strict=True)])
    )
    assert folder(root, "t.json").class_names == ("1", "2", "false", "true")


def test_splits_have_a_table_each_or_one_for_all(tmp_path):
    root = tmp_path / "set"
    for split, first in (("train", 0), ("test", 100)):
        for shade in range(4):
            paint(root / split / f"{shade}.png", first + shade)
        csv(root / split / "metadata.csv", [(f"{shade}.png", "ab"[shade % 2]) for shade in range(4)], "file_name,label")
    names = [f"{split}/{shade}.png" for split in ("train", "test") for shade in range(4)]
    csv(root / "all.csv", [(name, "ab"[place % 2]) for place, name in enumerate(names)])
    for labels in ("metadata.csv", "all.csv"):
        data = folder(root, labels, splits="auto")
        assert read(data) == {0: "a", 1: "b", 2: "a", 3: "b"}
        assert read(data, "test") == {100: "a", 101: "b", 102: "a", 103: "b"}


def test_a_split_that_the_table_leaves_out_is_not_held_out(tmp_path):
    root = tmp_path / "set"
    for name in ("train/0", "train/1", "test/0", "val/9"):
        paint(root / f"{name}.png", 0)
    csv(root / "t.csv", [("train/0.png", "a"), ("train/1.png", "b"), ("val/9.png", "a")])
    places = folder(root, "t.csv", splits="auto").places
    assert (places.test, places.left_out) == (root / "val", (root / "test",))
    csv(root / "t.csv", [("train/0", "a"), ("train/1", "b"), ("val/9", "c")])
    with pytest.raises(
        ValueError, match=r"val has images of c, of which there are none to train on: move them, or set"
    ):
        folder(root, "t.csv", splits="auto").check()


def test_a_name_that_fits_images_of_two_splits_is_refused(tmp_path):
    root = tmp_path / "set"
    for name in ("train/0", "train/1", "test/0"):
        paint(root / f"{name}.png", 0)
    csv(root / "t.csv", [("0.png", "a"), ("1.png", "b")])
    with pytest.raises(ValueError, match=r"row 1: 0\.png may be several images of .*: write their names with folder"):
        folder(root, "t.csv", splits="auto").check()


def test_only_leave_out_limit_and_a_share_held_out_go_by_these_classes(root):
    csv(root / "t.csv", CLASSES.items())
    assert read(folder(root, "t.csv", only=["cat"])) == {0: "cat", 20: "cat", 50: "cat"}
    assert read(folder(root, "t.csv", leave_out=["cat", "dog"])) == {30: "10", 40: "2"}
    assert sorted(read(folder(root, "t.csv", limit=4)).values()) == ["10", "2", "cat", "dog"]
    data = folder(root, "t.csv", holdout=0.17)
    assert len(data.deck("test")) == 1
    assert read(data) | read(data, "test") == by_shade()


def test_names_of_no_image_are_said(root, caplog):
    caplog.set_level(logging.INFO)
    csv(root / "t.csv", [*CLASSES.items(), ("gone.png", "cat"), ("lost.png", "dog")])
    assert read(folder(root, "t.csv")) == by_shade()
    assert "data.labels=t.csv: 2 of 8 names are of no image (the first is gone.png)" in caplog.text


def test_the_same_label_twice_is_no_matter(root):
    csv(root / "t.csv", [*CLASSES.items(), ("a.png", "cat")])
    assert read(folder(root, "t.csv")) == by_shade()


def test_the_fingerprint_changes_with_the_labels_alone(root, tmp_path):
    first = folder(root, csv(tmp_path / "1.csv", CLASSES.items())).fingerprint()
    same = folder(root, csv(tmp_path / "2.csv", sorted(ROWS, reverse=True), "photo,animal")).fingerprint()
    other = folder(root, csv(tmp_path / "3.csv", (CLASSES | {"a": "dog", "b": "cat"}).items())).fingerprint()
    assert first == same
    assert {key for key in first if first[key] != other[key]} == {"labelled"}


def test_an_earlier_order_of_classes_is_kept(root):
    csv(root / "t.csv", CLASSES.items())
    data = folder(root, "t.csv")
    data.keep_classes(("dog", "cat", "2", "10"))
    assert data.class_names == ("dog", "cat", "2", "10")
    assert read(data) == by_shade()
    other = folder(root, "t.csv")
    with pytest.raises(
        ValueError, match=r"the classes in data\.labels=t\.csv are not the classes of this run \(cat new"
    ):
        other.keep_classes(("dog", "2", "10"))


@pytest.mark.parametrize(
    ("rows", "header", "settings", "told"),
    [
        (ROWS[3:], "file,label", {}, r"^3 of 6 images of .*photos have no label in data\.labels=t\.csv \(the first"),
        ([*ROWS[1:], ("a.png", "")], "file,label", {}, r"^1 of 6 images .* have no label"),
        ([*ROWS[1:], ("a.png", "NaN")], "file,label", {}, r"^1 of 6 images .* have no label"),
        ([("x.png", 1), ("y.png", 2)], "file,label", {}, r"no column of data\.labels=t\.csv names an image"),
        ([], "file,label", {}, r"no column of data\.labels=t\.csv names an image"),
        ([*ROWS, ("a.png", "dog")], "file,label", {}, r"has two labels for a\.png: cat in row 1, dog in row 7;"),
        ([*ROWS, ("", "dog")], "file,label", {}, r"row 7 names no file"),
        (ROWS[1:], ",".join(ROWS[0]), {}, r"begins with a row of its own \(a\.png\), and its first line should name"),
        (ROWS, "file,label", {"label_column": "lable"}, r"label_column=lable is no .* mean label\?\): it has file"),
        (ROWS, "file,label", {"file_column": "x"}, r"file_column=x is no column of data\.labels=t\.csv: it has file"),
        (ROWS, "file,label", {"file_column": "label"}, r"file_column=label in .* \(its first row has cat\)"),
        ([row[:1] for row in ROWS], "file", {}, r"has no column beside file: add one of labels"),
        ([(file, file, 1) for file, _ in ROWS], "a,b,label", {}, r"images in several columns \(a, b\): set data\.fi"),
        (zip(SHADES, [1, 2.5, 3, 1, 1, 1], strict=True), "file,age", {}, r"has numbers such as 2\.5 in age, which"),
    ],
)  # fmt: skip
def test_what_a_table_cannot_say(rows, header, settings, told, root):
    csv(root / "t.csv", rows, header)
    with pytest.raises(ValueError, match=told):
        folder(root, "t.csv", **settings).check()


def test_a_class_of_its_own_for_each_image_is_a_mistake(tmp_path):
    root = tmp_path / "many"
    for number in range(20):
        paint(root / f"{number}.png", number)
    csv(root / "t.csv", [(number, f"id{number}") for number in range(20)])
    with pytest.raises(
        ValueError, match=r"has a class of its own for each of 20 images \(such as id0\): set data\.label_c"
    ):
        folder(root, "t.csv").check()


def test_a_table_that_is_not_there_tells_those_that_are(root):
    csv(root / "labels.csv", ROWS)
    with pytest.raises(
        ValueError, match=r"data\.labels=label\.csv is no file, neither here nor in .*: there is labels\.csv"
    ):
        folder(root, "label.csv").check()


def test_two_images_of_one_stem_are_told(root):
    paint(root / "a.jpg", 0)
    csv(root / "t.csv", CLASSES.items())
    with pytest.raises(
        ValueError, match=r"row 1: a may be several images of .*: write their names with folder and suffix"
    ):
        folder(root, "t.csv").check()

import io
import json
import zipfile

import numpy as np
import pytest
import torch
from PIL import Image

from fixtures.containers import as_stylegan, grey, packed
from gan_runner.data.containers import guards
from gan_runner.data.containers.opening import place_of
from gan_runner.data.containers.stylegan import StyleGan, labels_in
from gan_runner.data.folder import Folder
from gan_runner.data.loader import Loader

CLASSES = [[5, 10], [0, 2], [3, 2], [1, 10], [2, 9], [4, 9]]
"""In no order: images 0 and 3 are of class 2, 2 and 4 of 9, 1 and 5 of 10."""


def data(root, **settings) -> Folder:
    return Folder(root=str(root), image_size=8, **{"holdout": 0, "labels": True, **settings})


def test_classes_are_those_of_the_table_and_are_in_order_as_people_count(tmp_path):
    found = data(as_stylegan(tmp_path / "set.zip", CLASSES))
    assert found.place.container.kind == "stylegan"
    assert found.class_names == ("2", "9", "10")
    deck = found.deck("train")[torch.arange(6)]
    told = {int(shade): int(label) for shade, label in zip(deck.real[:, 0, 0, 0], deck.label, strict=True)}
    assert told == {0: 0, 3: 0, 2: 1, 4: 1, 1: 2, 5: 2}


def test_without_labels_the_same_images_are_there_in_the_same_order(tmp_path):
    archive = as_stylegan(tmp_path / "set.zip", CLASSES)
    decks = [data(archive, labels=labels).deck("train")[torch.arange(6)] for labels in (False, True)]
    assert torch.equal(decks[0].real, decks[1].real)
    assert decks[0].label is None


def test_processes_read_it_too(tmp_path):
    deck = data(as_stylegan(tmp_path / "set.zip", CLASSES), stream=True).deck("train")
    alone, helped = ([(batch.real, batch.label) for batch in Loader(deck, 2, num_workers=n)] for n in (0, 2))
    for ours, theirs in zip(alone, helped, strict=True):
        assert all(map(torch.equal, ours, theirs))


def test_the_order_of_the_table_says_nothing(tmp_path):
    first, second = (
        StyleGan(as_stylegan(tmp_path / name / "set.zip", labels))
        for name, labels in (("a", CLASSES), ("b", sorted(CLASSES)))
    )
    assert list(first.names) == list(second.names)
    assert first.names[0] == "10/00000/img00000001.png"
    assert Image.open(io.BytesIO(first.read(0))).getpixel((0, 0)) == (1, 1, 1)
    assert "dataset.json" not in first.names


def test_vectors_are_kept_as_they_are(tmp_path):
    vectors = [[place, [place / 2, 1, -3.5]] for place in (4, 2, 0, 1, 3, 5)]
    container = StyleGan(as_stylegan(tmp_path / "set.zip", vectors))
    names, values = container.vectors
    assert names == ("0", "1", "2")
    assert container.names[4] == "00000/img00000004.png"
    assert values.dtype == np.float32
    container.check_labels()
    np.testing.assert_array_equal(values, [[place / 2, 1, -3.5] for place in range(6)])
    assert StyleGan(as_stylegan(tmp_path / "classes.zip", CLASSES)).vectors is None


def test_labels_that_are_null_are_those_of_no_image(tmp_path):
    archive = as_stylegan(tmp_path / "set.zip", None)
    assert len(data(archive, labels=False).deck("train")) == 6
    with pytest.raises(ValueError, match=r"dataset\.json of .*says of no image .*labels=false"):
        data(archive).check()
    assert data(archive, container="zip").class_names == ("00000",)


@pytest.mark.parametrize("labels", [CLASSES[:4], [[place, [1.0, 2.0]] for place in (0, 1, 3, 5)]])
def test_labels_of_some_are_refused_only_where_they_are_asked_for(tmp_path, labels):
    archive = as_stylegan(tmp_path / "set.zip", labels)
    said = r"2 of 6 images of .*set\.zip have no label in its dataset\.json \(the first is .*img0000000[24]\.png"
    with pytest.raises(ValueError, match=said):
        data(archive).check()
    assert len(data(archive, labels=False).deck("train")) == 6


def test_one_that_its_tool_did_not_finish_is_told_of(tmp_path):
    archive = as_stylegan(tmp_path / "set.zip", None, table=False)
    assert StyleGan.recognises(archive)
    with pytest.raises(ValueError, match=r"has no dataset\.json, which .* writes last: its 6 images may be the first"):
        place_of(archive).is_dir()
    assert len(data(archive, labels=False, container="zip").deck("train")) == 6


def test_a_zip_of_ones_own_is_none(tmp_path):
    for name, members in {
        "photos": {"00000/img00000000.png": grey(0), "photo.png": grey(1)},
        "other table": {"1.png": grey(0), "dataset.json": b'{"images": []}'},
        "table elsewhere": {"1.png": grey(0), "notes/dataset.json": b'{"labels": null}'},
        "empty": {},
    }.items():
        assert not StyleGan.recognises(packed(tmp_path / f"{name}.zip", members))
    (tmp_path / "words.zip").write_bytes(b"words")
    assert not StyleGan.recognises(tmp_path / "words.zip")


def test_names_that_windows_wrote_are_those_of_the_members(tmp_path):
    table = json.dumps({"labels": [["00000\\img00000000.png", 3]]}).encode()
    archive = packed(tmp_path / "set.zip", {"00000/img00000000.png": grey(0), "dataset.json": table})
    assert list(StyleGan(archive).names) == ["3/00000/img00000000.png"]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ([["a", 1], ["b", [1.0]]], r"labels of several kinds \(classes, vectors of 1\)"),
        ([["a", [1.0]], ["b", [1.0, 2.0]]], r"labels of several kinds \(vectors of 1, vectors of 2\)"),
        ([["a", "cat"]], r'T: "cat" is no label: write classes as whole numbers from 0 on'),
        ([["a", 1.5]], r"T: 1\.5 is no label"),
        ([["a", -1]], r"T: -1 is no label"),
        ([["a", True]], r"T: true is no label"),
        ([["a", [1.0, float("nan")]]], r"T: \[1\.0, NaN\] is no label"),
        ([["a", [1e300]]], r"T: \[1e\+300\] is no label"),
        ([["a", [10**400]]], r"T: \[10*…? is no label"),
        ([["a", 1], ["a", 2]], r"T has two labels for a: leave one"),
        ([["a"]], r'T: \["a"\] is no pair of a name and a label'),
        ({"a": 1}, r'T: \{"a": 1\} is no pair of a name and a label'),
    ],
)
def test_what_is_no_table_of_labels_is_said(table, said):
    with pytest.raises(ValueError, match=said):
        labels_in({"labels": table}, "T")


def test_a_table_says_labels_or_none():
    assert labels_in({"labels": None}, "T") == labels_in({}, "T") == labels_in([], "T") == {}
    assert labels_in({"labels": [["a", 1], ["a", 1]]}, "T") == {"a": 1}
    assert labels_in({"labels": [["a", [1, 2]]]}, "T") == {"a": (1.0, 2.0)}


def test_a_table_that_cannot_be_read_is_said(tmp_path, monkeypatch):
    archive = packed(tmp_path / "set.zip", {"1.png": grey(0), "dataset.json": b'{"labels": [['})
    with pytest.raises(ValueError, match=r"dataset\.json of .*set\.zip cannot be read \(Expecting value"):
        StyleGan(archive).check_labels()
    assert list(StyleGan(archive).names) == ["1.png"]  # its images are there all the same
    monkeypatch.setattr(guards, "MOST_BYTES", 4)
    with pytest.raises(ValueError, match=r"dataset\.json of .*set\.zip cannot be read \(it unpacks to 13 bytes"):
        StyleGan(archive).check_labels()


@pytest.mark.parametrize("labels", [True, False])
def test_labels_of_images_that_are_not_there_are_said(tmp_path, caplog, labels):
    """Of a zip from which images were taken away, say."""
    path = as_stylegan(tmp_path / "set.zip", [[place, place % 2] for place in range(6)])
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "part.zip", "w") as part:
        for name in [name for name in whole.namelist() if name[-5] not in "35"]:
            part.writestr(name, whole.read(name))
    data = Folder(root=str(tmp_path / "part.zip"), image_size=8, labels=labels, holdout=0)
    assert len(data.deck("train")) == 4
    told = "dataset.json of {} has labels of 2 images that are not in the zip (the first is 00000/img00000003.png)"
    assert told.format(tmp_path / "part.zip") in caplog.text

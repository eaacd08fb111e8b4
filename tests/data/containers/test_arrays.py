"""What all files of arrays share, seen in those of numpy."""

import logging
import pickle

import numpy as np
import pytest
import torch

from gan_runner.data.containers.npz import Npz
from gan_runner.data.containers.opening import place_of
from gan_runner.data.files.decoding import Decoder, find_images
from gan_runner.data.folder import Folder

PIXELS = np.random.default_rng(0)


def drawn(*shape, dtype=np.uint8):
    return PIXELS.integers(0, 256, shape).astype(dtype)


@pytest.fixture
def saved(tmp_path):
    def save(array=None, **arrays):
        np.savez(tmp_path / "set.npz", **arrays)
        return Npz(tmp_path / "set.npz", array)

    return save


def test_items_are_called_by_split_class_and_place(saved):
    container = saved(x_train=drawn(12, 8, 9), y_train=[1] * 11 + [10], x_test=drawn(1, 8, 9), y_test=[1])
    assert list(container.names[:2]) == ["train/1/00", "train/1/01"]
    assert list(container.names[-2:]) == ["train/10/11", "test/1/0"]
    assert container.index_of["train/10/11"] == 11
    assert container.vectors is None
    assert container.plain


def test_medmnist_has_labels_in_columns(saved):
    arrays = {f"{split}_images": drawn(4, 28, 28) for split in ("train", "val", "test")}
    classes = saved(**arrays, **{f"{split}_labels": [[0], [1], [2], [1]] for split in ("train", "val", "test")})
    assert list(classes.names[4:8]) == ["val/0/0", "val/1/1", "val/2/2", "val/1/3"]
    findings = {f"{split}_labels": PIXELS.integers(0, 2, (4, 14)) for split in ("train", "val", "test")}
    several = saved(**arrays, **findings)
    assert list(several.names[:2]) == ["train/0", "train/1"]
    names, values = several.vectors
    assert names == tuple(map(str, range(14)))
    assert values.dtype == np.float32
    assert np.array_equal(values, np.concatenate(list(findings.values())))


def test_volumes_are_dealt_by_slices_which_lie_together(saved, caplog):
    caplog.set_level(logging.INFO)
    volumes = drawn(3, 28, 28, 28)
    container = saved(train_images=volumes, train_labels=[[1], [0], [1]], test_images=volumes[:1], test_labels=[[1]])
    assert len(container.names) == 4 * 28
    assert [container.names[at] for at in (0, 28, 83)] == ["train/1/0-00", "train/0/1-00", "train/1/2-27"]
    assert np.array_equal(container.read(28 + 5), volumes[1, 5])
    assert "train_images (3, 28, 28, 28) uint8: 3 volumes, whose 28 slices are an image each" in caplog.text


def test_slices_have_the_labels_of_their_volume(saved):
    values = np.array([[0.5, 1.0], [2.0, 3.0]])
    container = saved(images=drawn(2, 20, 20, 20), labels=values)
    names, vectors = container.vectors
    assert names == ("0", "1")
    assert np.array_equal(vectors, values.repeat(20, axis=0))


def test_classes_are_called_by_an_array_of_their_names(saved):
    container = saved(images=drawn(3, 8, 8), labels=[2, 0, 2], class_names=["zebra", "ape", "cat"])
    assert list(container.names) == ["cat/0", "zebra/1", "cat/2"]
    assert container.class_names == ("zebra", "ape", "cat")
    data = Folder(root=str(container.path), image_size=8, labels=True)
    assert data.class_names == ("zebra", "cat")
    findings = saved(images=drawn(3, 8, 8), labels=[[0, 1], [1, 1], [0, 0]], class_names=["mass", "hernia"])
    assert findings.vectors[0] == ("mass", "hernia")
    with pytest.raises(ValueError, match=r"labels have the class 3, and class_names has 2 names"):
        saved(images=drawn(3, 8, 8), labels=[3, 0, 1], class_names=["a", "b"]).check_labels()


def test_a_split_without_labels_has_none(saved):
    known = {"test_x": drawn(2, 8, 8), "test_y": [[0.5], [1.5]], "val_x": drawn(1, 8, 8), "val_y": [[7.0]]}
    container = saved(train_x=drawn(3, 8, 8), **known)
    assert list(container.names) == ["train/0", "train/1", "train/2", "test/0", "test/1", "val/0"]
    assert container.vectors[1].tolist()[3:] == [[0.5], [1.5], [7.0]]
    assert np.isnan(container.vectors[1][:3]).all()
    classes = saved(train_x=drawn(3, 8, 8), train_y=[0, 1, 0], test_x=drawn(1, 8, 8))
    assert list(classes.names) == ["train/0/0", "train/1/1", "train/0/2", "test/0"]


@pytest.mark.parametrize("shape", [(5, 8, 9, 3), (5, 8, 9)])
@pytest.mark.parametrize("dtype", ["u1", "<u2", ">u2", "i4", "f4", "f8"])
def test_an_item_is_its_image_in_the_machines_own_order_of_bytes(saved, shape, dtype):
    images = drawn(*shape, dtype=dtype)
    container = saved(images=images)
    assert np.array_equal(container.read(3), images[3])
    assert container.read(3).dtype.isnative
    assert container.plain == (dtype == "u1")


def test_bands_come_last(saved):
    images = drawn(5, 3, 20, 21)
    assert np.array_equal(saved(images=images).read(2), images[2].transpose(1, 2, 0))
    odd = drawn(5, 3, 20, 3)
    assert np.array_equal(saved(":nchw", images=odd).read(2), odd[2].transpose(1, 2, 0))
    assert np.array_equal(saved("images:nhwc", images=odd).read(2), odd[2])


def test_zeros_and_ones_are_black_and_white(saved, caplog):
    caplog.set_level(logging.INFO)
    shapes = PIXELS.integers(0, 2, (20, 8, 8)).astype(np.uint8)
    assert np.array_equal(saved(imgs=shapes).read(3), shapes[3] == 1)
    assert "0 and 1 alone, and 1 is taken as white" in caplog.text
    shapes[19, 0, 0] = 2  # and these are not: bytes stay as they are
    assert np.array_equal(saved(imgs=shapes).read(3), shapes[3])
    black = np.zeros((20, 8, 8), np.uint8)
    assert saved(imgs=black).read(3).dtype == np.uint8


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"images": drawn(5, 4, 28, 28, 3)}, r"images \(5, 4, 28, 28, 3\) uint8 has 5 axes"),
        ({"images": drawn(5, 3, 64, 3)}, "say which by data.array=:nhwc or data.array=:nchw"),
        ({"images": np.empty(2, object)}, r"images \(2,\) of objects, whose pickles are never read"),
        ({"images": np.zeros((2, 8, 8), complex)}, "images are whole numbers or floats"),
        ({"images": drawn(0, 8, 8)}, "holds no images"),
    ],
)
def test_what_is_no_set_of_images_is_said(saved, arrays, said):
    with pytest.raises(ValueError, match=said):
        saved(**arrays).list_names()


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"labels": np.array([[1.0], [np.nan]])}, "labels are no finite numbers: mend them"),
        ({"labels": np.array(["a", " "])}, "labels have an empty word"),
        ({"labels": np.empty(2, object)}, "pickles are never read"),
        ({"labels": np.arange(3)}, "there is not a label for each image"),
        ({"labels": np.arange(2), "class_names": np.array(["a", ""])}, "class_names have an empty word"),
    ],
)
def test_bad_labels_are_said_only_where_labels_are_asked_for(saved, caplog, labels, said):
    caplog.set_level(logging.INFO)
    path = saved(images=drawn(2, 8, 8), **labels).path
    with pytest.raises(ValueError, match=said + ".*, or set data.labels=false"):
        Folder(root=str(path), image_size=8, labels=True).check()
    assert len(Folder(root=str(path), image_size=8, holdout=0).deck("train")) == 2
    assert caplog.text.count("its images are read without labels") == 1


def test_what_is_asked_for_travels_to_a_process(saved):
    container = saved("b", a=drawn(2, 8, 8), b=drawn(2, 8, 8))
    travelled = pickle.loads(pickle.dumps(container))
    assert travelled.array == "b"
    assert np.array_equal(travelled.read(1), container.read(1))


def test_another_array_is_another_set(saved, tmp_path):
    """Whose images are not those that were decoded of the first, nor its contents those."""
    path = saved(a=np.full((8, 8, 8), 50, np.uint8), b=np.full((8, 8, 8), 90, np.uint8)).path
    made = {"image_size": 8, "channels": 1, "cache": str(tmp_path / "cache"), "holdout": 0.0}
    a, b = (Folder(root=str(path), array=array, **made) for array in ("a", "b"))
    contents = [data.fingerprint()["content"] for data in (a, b)]
    assert contents[0] != contents[1]
    assert [int(data.deck("train")[torch.arange(8)].real.max()) for data in (a, b)] == [50, 90]


def test_floats_are_scaled_by_the_set_and_nan_is_left_out(saved, caplog):
    images = PIXELS.random((6, 8, 8)) * 7
    images[0, 0, 0], images[1, 0, 0] = 7, np.nan
    path = saved(images=images).path
    data = Folder(root=str(path), image_size=8, channels=1, holdout=0.0)
    deck = data.deck("train")
    assert len(deck) == 5
    assert data.scales == {"real": [0.0, 7.0]}
    assert "set.npz/1: pixels that are NaN or infinite" in caplog.text


def test_no_item_is_read_to_know_that_it_is_plain(saved, monkeypatch):
    from gan_runner.data.files import survey

    path = saved(images=drawn(6, 8, 8, 3)).path
    monkeypatch.setattr(survey, "look", lambda *_, **__: pytest.fail("looked"))
    place = place_of(path)
    found = survey.settled(Decoder((8, 8), 3, "crop"), place, list(find_images(place)), None)
    assert found.value_range == "type"

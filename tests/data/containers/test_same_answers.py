"""Every container gives the same answers as the folder that it was made from."""

import logging
from collections import Counter
from itertools import product

import numpy as np
import pytest
import torch

from fixtures.containers import (
    NUMBERED,
    UNLABELLED,
    UNSPLIT,
    WRITERS,
    deep_photos,
    files_of,
    idx_of,
    photos,
)
from gan_runner.data.containers.inside import below
from gan_runner.data.containers.opening import place_of
from gan_runner.data.files.decoding import find_images
from gan_runner.data.files.left_out import left_out
from gan_runner.data.folder import Folder
from gan_runner.data.loader import Loader

WAYS = {"memory": {}, "mapped": {"memory_limit_mb": 0}, "stream": {"stream": True}}


def packed(kind, folder, tmp_path):
    (tmp_path / "made").mkdir()
    return WRITERS[kind](folder, tmp_path / "made")


@pytest.fixture
def made(request, tmp_path):
    """A folder of what a container of some kind holds, and the container."""
    folder = photos(tmp_path / "photos")
    root = packed(request.param, folder, tmp_path)
    return folder / "train" if request.param in UNSPLIT else folder, root, request.param


def data(root, tmp_path, **settings) -> Folder:
    made = {"image_size": 8, "labels": True, "splits": "auto", "cache": str(tmp_path / "cache"), **settings}
    return Folder(root=str(root), **made)


def all_of(deck):
    return deck[torch.arange(len(deck))]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_images_labels_and_splits(made, tmp_path, way):
    folder, root, kind = made
    labels = kind not in UNLABELLED
    expected, found = (data(each, tmp_path, labels=labels, **WAYS[way]) for each in (folder, root))
    found.check()
    if labels:
        assert expected.class_names == ("dark", "light")
        assert found.class_names == (("0", "1") if kind in NUMBERED else ("dark", "light"))
    contents = found.fingerprint()["content"]
    assert contents == data(root, tmp_path, labels=labels, cache=None).fingerprint()["content"]
    assert (contents == expected.fingerprint()["content"]) == (kind not in NUMBERED)
    assert (len(found.deck("train")), len(found.deck("test"))) == ((18, 2) if kind in UNSPLIT else (20, 6))
    for split in ("train", "test"):
        ours, theirs = all_of(found.deck(split)), all_of(expected.deck(split))
        assert torch.equal(ours.real, theirs.real)
        assert torch.equal(ours.label, theirs.label) if labels else ours.label is None


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_images_are_called_as_their_files_are(made):
    folder, root, kind = made
    place = place_of(root)
    named = [below(path, place) for path in find_images(place)]
    files = [name for name, _ in files_of(folder)]
    if kind not in NUMBERED:
        assert named == files
        return
    assert len(set(named)) == len(files)
    depth = 1 + (kind not in UNSPLIT)  # a folder of the class, in one of the split
    numbered = [name.replace("dark", "0").replace("light", "1") for name in files]
    if kind not in UNLABELLED:
        folders = [Counter(tuple(name.split("/")[:depth]) for name in names) for names in (named, numbered)]
        assert folders[0] == folders[1]


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_what_is_held_out_and_left_out(made, tmp_path):
    settings = {"splits": "none", "labels": False, "holdout": 0.25, "limit": 9}
    folder, root, kind = made
    expected, found = data(folder, tmp_path, **settings), data(root, tmp_path, **settings)
    assert len(found.deck("train")) == 9
    assert found.has_test_split
    assert expected.holdout_key == found.holdout_key == "data.holdout"
    if kind not in UNLABELLED:
        chosen = data(root, tmp_path, only=[1 if kind in NUMBERED else "light"])
        assert set(all_of(chosen.deck("train")).label.tolist()) == {1}


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_processes_read_it_too(made, tmp_path):
    deck = data(made[1], tmp_path, stream=True, labels=made[2] not in UNLABELLED).deck("train")
    alone, helped = (torch.cat([batch.real for batch in Loader(deck, 4, num_workers=n)]) for n in (0, 2))
    assert torch.equal(alone, helped)


@pytest.mark.parametrize("made", WRITERS, indirect=True)
def test_a_second_run_finds_the_decoded_images(made, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    for _ in range(2):
        caplog.clear()
        data(made[1], tmp_path, labels=made[2] not in UNLABELLED).deck("train")
    assert "20 of 20 images were decoded before" in caplog.text


# ---- what is no image -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["folder", "zip", "tar", "lmdb"])
def test_files_that_are_not_taken_are_told_alike(tmp_path, kind):
    """The others have no place for them."""
    folder = photos(tmp_path / "photos")
    for name in ("notes.txt", "train/photo.heic", "train/dark/.hidden.png", "train/raw.cr2", "train/dark/video.mp4"):
        (folder / name).write_bytes(b"something")
    root = packed(kind, folder, tmp_path)
    told, meant = left_out(place_of(root))
    assert (told, meant) == left_out(folder)
    assert meant
    for part in ("1 HEIC", "1 hidden", "1 raw", "1 video", "1 TXT"):
        assert part in told
    assert len(data(root, tmp_path).deck("train")) == 20


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("folder", "train/dark/3.png"),
        ("zip", "train/dark/3.png"),
        ("tar", "train/dark/3.png"),
        ("lmdb", "train/dark/3.png"),
        ("parquet", "train/dark/3.png"),
        ("webdataset", "train/dark/3.png"),
        ("files in hdf5", "train/0/06"),
        ("stylegan", "0/00000/img00000006.png"),
    ],
)
def test_a_damaged_image_is_skipped_by_name(tmp_path, caplog, kind, name):
    folder = photos(tmp_path / "photos")
    (folder / "train/dark/3.png").write_bytes((folder / "train/dark/3.png").read_bytes()[:40])
    root = packed(kind, folder, tmp_path)
    assert len(data(root, tmp_path, holdout=0).deck("train")) == 19
    assert f"skipped {root}/{name}: " in caplog.text


# ---- depths and bands -----------------------------------------------------------------------------------------------

SIDES = (20, 24)
FILES = ("zip", "tar", "lmdb", "parquet", "webdataset", "files in hdf5")
DEPTHS = {
    "bytes": (0, 255, np.uint8),
    "12 bits in 16": (0, 4095, np.uint16),
    "signed": (-1000, 3000, np.int16),
    "floats": (0, 1, np.float32),
    "double floats": (-700, 90, np.float64),
}


def values(name, bands, count=6):
    """(N, H, W, bands), of which each image has a largest value of its own."""
    low, high, dtype = DEPTHS[name]
    share = np.random.default_rng(0).random((count, *SIDES, bands)) * np.linspace(0.3, 1, count)[:, None, None, None]
    return (low + share * (high - low)).astype(dtype)


def save_npz(path, array):
    np.savez(path, images=array)


def save_hdf5(path, array):
    with pytest.importorskip("h5py").File(path, "w") as file:
        file.create_dataset("images", data=array, chunks=(2, *array.shape[1:]), compression="gzip")


def save_mat(path, array):
    from scipy.io import savemat

    savemat(path, {"images": np.moveaxis(array, 0, -1)})


ARRAYS = {
    "npz": (save_npz, ":nhwc"),
    "npy": (np.save, ":nhwc"),
    "h5": (save_hdf5, ":nhwc"),
    "mat": (save_mat, ":hwcn"),
    "idx": (lambda path, array: path.write_bytes(idx_of(array)), None),
}
"""Suffix -> what writes (N, H, W[, bands]) there, and what says the axes."""


def compared(tmp_path, bands, folder, root, **settings):
    made = {"channels": bands, "labels": False, "splits": "none", "holdout": 0, "image_size": SIDES}
    return [data(each, tmp_path, **made, **asked) for each, asked in ((folder, {}), (root, settings))]


def assert_alike(expected, found):
    ours, theirs = all_of(found.deck("train")).real, all_of(expected.deck("train")).real
    assert torch.equal(ours, theirs)
    assert (found.scales, found.depth) == (expected.scales, expected.depth)


@pytest.mark.parametrize("bands", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("kind", FILES)
def test_depths_and_bands_of_files(tmp_path, kind, depth, bands):
    folder = deep_photos(tmp_path / "photos", values(depth, bands))
    assert_alike(*compared(tmp_path, bands, folder, packed(kind, folder, tmp_path)))


@pytest.mark.parametrize(
    ("kind", "depth", "bands"),
    [("idx", "bytes", 1), *product(["npz", "npy", "h5", "mat"], DEPTHS, [1, 2, 3, 4, 5])],  # of IDX grey bytes alone
)
def test_depths_and_bands_of_arrays(tmp_path, kind, depth, bands):
    array, (save, axes) = values(depth, bands), ARRAYS[kind]
    folder = deep_photos(tmp_path / "photos", array)
    save(tmp_path / f"set.{kind}", array[..., 0] if bands == 1 else array)
    axes = axes.replace("c", "") if axes and bands == 1 else axes
    assert_alike(*compared(tmp_path, bands, folder, tmp_path / f"set.{kind}", array=axes))

import os
import pickle
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from fixtures.containers import as_tar, as_zip, packed, photos
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.opening import READERS, Kind, inside, is_there, place_of, wrapped
from gan_runner.data.files.decoding import find_images
from gan_runner.data.folder import Folder


def test_what_a_root_is_is_found_by_looking(tmp_path):
    folder = photos(tmp_path / "photos")
    archive = as_zip(folder, tmp_path)
    assert place_of(folder) == folder
    assert isinstance(place_of(archive), InsidePath)
    renamed = archive.rename(tmp_path / "no suffix")
    assert place_of(renamed).container.kind == "zip"
    assert inside(folder) is None
    assert inside(tmp_path / "nothing") is None
    place = place_of(renamed) / "train"
    assert place_of(place) is place


def test_there_is_one_container_for_all_who_ask_until_the_file_changes(tmp_path):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    first = place_of(archive).container
    assert place_of(archive).container is first
    os.utime(archive, ns=(1, 1))
    assert place_of(archive).container is not first


@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        (
            "nothing.zip",
            "auto",
            r"data\.root=.*nothing\.zip is not there: set data\.root to a folder of images, or to a",
        ),
        ("notes.txt", "auto", r"notes\.txt is neither a folder nor a container that is known \(.*zip, .*tar"),
        ("notes.txt", "folder", r"notes\.txt is not a folder"),
        ("points.csv", "auto", r"points\.csv is a table and holds no images: .*data\.labels=.*data=points data\.path="),
    ],
)
def test_what_is_neither_is_said(tmp_path, name, kind, said):
    for text in ("notes.txt", "points.csv"):
        (tmp_path / text).write_text("words")
    with pytest.raises(ValueError, match=said):
        place_of(tmp_path / name, kind)


@pytest.mark.parametrize(
    ("name", "content"), [("data_batch_1", pickle.dumps([])), ("set.pt", b"PK"), ("set.pkl", b"x")]
)
def test_pickles_are_never_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is a pickle of Python, which could run any code .*data=cifar10"):
        place_of(tmp_path / name)


def test_arrays_are_asked_for_in_files_of_arrays_alone(tmp_path):
    folder = photos(tmp_path / "photos")
    np.savez(tmp_path / "set.npz", a=np.zeros((2, 8, 8)), b=np.ones((2, 8, 8)))
    a, b = (place_of(tmp_path / "set.npz", array=array).container for array in ("a", "b"))
    assert a is not b
    assert place_of(tmp_path / "set.npz", array="a").container is a
    assert place_of(tmp_path / "set.npz", array="b").container.read(0).all()
    for root, what in ((folder, "a folder"), (as_zip(folder, tmp_path), "a zip")):
        with pytest.raises(ValueError, match=f"data.array=a is for arrays and columns, and .* is {what}: leave it out"):
            place_of(root, array="a")


def test_the_kind_may_be_said(tmp_path):
    np.savez(tmp_path / "set.npz", a=np.zeros((2, 8, 8)))
    assert place_of(tmp_path / "set.npz", "zip").container.kind == "zip"
    assert set(READERS) == set(get_args(Kind)) - {"auto", "folder"}


def test_a_folder_in_a_container_is_a_root(tmp_path):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    place = place_of(archive / "train" / "dark")
    assert place == place_of(archive) / "train/dark"
    assert len(list(find_images(place))) == 10
    assert is_there(archive / "train")
    assert inside(archive / "train/dark/1.png").read_bytes() == (tmp_path / "photos/train/dark/1.png").read_bytes()
    assert not is_there(archive / "nothing")
    with pytest.raises(ValueError, match=r"data\.root=.*set\.zip has no folder nothing: it has test, train$"):
        place_of(archive / "nothing")
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(ValueError, match=r"notes\.txt/train is not there"):
        place_of(tmp_path / "notes.txt" / "train")


@pytest.mark.parametrize("write", [as_zip, as_tar])
def test_a_folder_that_was_packed_whole_is_told_of_where_its_folders_matter(tmp_path, write):
    photos(tmp_path / "packed" / "photos")
    root = write(tmp_path / "packed", tmp_path)
    assert str(wrapped(place_of(root))) == f"{root}/photos"
    said = rf"lies in one folder, photos, .*: set data\.root={root}/photos, or data\.labels=false"
    for wrong in ({"labels": True}, {"splits": "auto"}):
        with pytest.raises(ValueError, match=said):
            Folder(root=str(root), **wrong).check()
    Folder(root=str(root)).check()
    found = Folder(root=f"{root}/photos", labels=True, splits="auto")
    assert found.class_names == ("dark", "light")
    assert len(found.train_paths) == 20


def test_other_single_folders_are_not(tmp_path):
    for number, names in enumerate((["a/1.png"], ["a/b/1.png", "2.png"], ["Train/b/1.png"], ["a/b/1.png", "c/1.png"])):
        assert wrapped(place_of(packed(tmp_path / f"{number}.zip", dict.fromkeys(names, b"")))) is None
    assert wrapped(place_of(photos(tmp_path / "packed" / "photos").parent)) is None


def test_what_may_not_be_read_is_told_of_by_who_reads_it(tmp_path, monkeypatch):
    archive = as_zip(photos(tmp_path / "photos"), tmp_path)
    monkeypatch.setattr(Path, "open", lambda *_, **__: denied())
    assert inside(archive) is None


def denied():
    raise PermissionError(13, "Permission denied")


@pytest.mark.parametrize("kind", ["npz", "hdf5", "mat"])
def test_a_path_names_one_of_several_arrays(tmp_path, kind):
    arrays = {"photos": np.full((3, 8, 8, 3), 10, np.uint8), "drawings": np.full((4, 8, 8, 3), 20, np.uint8)}
    file = tmp_path / f"set.{kind}"
    if kind == "npz":
        np.savez(file, **arrays)
    elif kind == "hdf5":
        with pytest.importorskip("h5py").File(file, "w") as store:
            for name, images in arrays.items():
                store[name] = images
    else:
        pytest.importorskip("scipy.io").savemat(file, {key: np.moveaxis(one, 0, -1) for key, one in arrays.items()})
    with pytest.raises(ValueError, match=rf"by data\.array=\w+, or write .*set\.{kind}/\w+ for the path"):
        place_of(file)
    for name, count, value in (("photos", 3, 10), ("drawings", 4, 20)):
        assert is_there(file / name)
        place = place_of(file / name, key="data.a")
        images = list(find_images(place))
        assert len(images) == count
        assert int(images[0].read().max()) == value
        assert pickle.loads(pickle.dumps(images[0])) == images[0]
    assert place_of(file / "photos") != place_of(file / "drawings")
    assert not is_there(tmp_path / "gone.npz" / "photos")

import os
import pickle
from typing import get_args

import numpy as np
import pytest

from fixtures.containers import as_zip, photos
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.opening import READERS, Kind, inside, place_of


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
        ("nothing", "auto", r"data\.root=.*nothing is not a folder: set data\.root to a folder of images"),
        ("notes.txt", "auto", r"notes\.txt is neither a folder nor a container that is known \(.*zip"),
        ("notes.txt", "folder", r"notes\.txt is not a folder"),
    ],
)
def test_what_is_neither_is_said(tmp_path, name, kind, said):
    (tmp_path / "notes.txt").write_text("words")
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

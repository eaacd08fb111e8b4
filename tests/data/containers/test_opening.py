import os

import pytest

from fixtures.containers import as_zip, photos
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.containers.opening import inside, place_of


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
        ("notes.txt", "auto", r"notes\.txt is neither a folder nor a container that is known \(zip"),
        ("notes.txt", "folder", r"notes\.txt is not a folder"),
    ],
)
def test_what_is_neither_is_said(tmp_path, name, kind, said):
    (tmp_path / "notes.txt").write_text("words")
    with pytest.raises(ValueError, match=said):
        place_of(tmp_path / name, kind)

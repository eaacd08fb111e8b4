"""A container that was written anew is known by its bytes, also where size and time are as they were."""

import io
import os
import shutil

import numpy as np
import pytest
from PIL import Image

from fixtures.containers import packed, taped
from gan_runner.data.containers import marks
from gan_runner.data.containers.marks import mark_of_file
from gan_runner.data.containers.opening import place_of
from gan_runner.data.files.cache import fingerprint
from gan_runner.data.files.decoding import Decoder, find_images

DECODER = Decoder((4, 4), 1, "crop")


def bitmaps(values):
    """Files of equal size."""
    for number, image in enumerate(values):
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "BMP")
        yield f"{number:02}.bmp", buffer.getvalue()


def save_tar(path, values):
    path.write_bytes(b"")
    taped(path, dict(bitmaps(values)))


def save_zip(path, values):
    packed(path, dict(bitmaps(values)))


def written(path, values, save):
    """A file of these images, with the time that all have here."""
    save(path, values)
    os.utime(path, ns=(1, 1))
    return path


def known_as(path):
    place = place_of(path)
    return fingerprint(place, list(find_images(place)), DECODER)


@pytest.mark.parametrize(
    ("name", "save"), [("set.npy", np.save), ("set.npz", np.savez), ("set.tar", save_tar), ("set.zip", save_zip)]
)
def test_other_pixels_of_one_size_and_time_are_other_images(tmp_path, name, save):
    path = tmp_path / name
    images = np.full((20, 8, 8), 7, np.uint8)
    first = known_as(written(path, images, save))
    assert known_as(written(path, images, save)) == first
    images[13, 4, 4] = 8
    assert known_as(written(path, images, save)) != first


@pytest.mark.parametrize(("name", "save"), [("set.npz", np.savez), ("set.zip", save_zip)])
def test_an_archive_with_checksums_is_the_same_when_it_is_touched(tmp_path, name, save):
    path = written(tmp_path / name, np.full((20, 8, 8), 7, np.uint8), save)
    first = known_as(path)
    os.utime(path)
    assert known_as(path) == first


def test_a_sample_is_of_the_whole_file(tmp_path, monkeypatch):
    monkeypatch.setattr(marks, "PIECES", 4)
    monkeypatch.setattr(marks, "PIECE", 16)
    content = bytearray(1000)
    path = tmp_path / "set"
    found = set()
    for place in (None, 0, 330, 999):
        if place is not None:
            content[place] ^= 1
        path.write_bytes(content)
        os.utime(path, ns=(1, 1))
        found.add(mark_of_file(path))
    assert len(found) == 4
    assert {(size, time) for size, time, _ in found} == {(1000, 1)}
    shutil.copy2(path, tmp_path / "copy")
    assert mark_of_file(tmp_path / "copy") in found

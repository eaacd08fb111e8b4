import json
import logging
import os

import numpy as np
import pytest
from PIL import Image

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.inside import InsidePath
from gan_runner.data.files import cache as decoded
from gan_runner.data.files.cache import open_decoded
from gan_runner.data.files.decoding import Decoder, find_images
from gan_runner.waiting import preparing, threads

DECODER = Decoder((4, 4), 1, "crop")


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "root"
    folder.mkdir()
    for shade in range(6):
        Image.new("L", (4, 4), shade).save(folder / f"{shade}.png")
    return folder


def read(root, cache, decoder=DECODER, on_error="skip", memory_limit_mb=10):
    return open_decoded(root, sorted(root.iterdir()), decoder, on_error, cache, memory_limit_mb)


def shades(found) -> list[int]:
    return found.images[:, 0, 0, 0].tolist()


def forbid_decoding(monkeypatch):
    monkeypatch.setattr(decoded, "decode", lambda *_: pytest.fail("decoded again"))


def test_without_cache(root):
    found = read(root, None)
    assert shades(found) == list(range(6))
    assert found.kept == list(range(6))
    assert found.file is None


def test_a_second_run_finds_the_first_ones_images(root, tmp_path, monkeypatch):
    read(root, tmp_path / "cache")
    forbid_decoding(monkeypatch)
    assert shades(read(root, tmp_path / "cache")) == list(range(6))


def test_larger_than_memory_is_mapped(root, tmp_path):
    found = read(root, tmp_path / "cache", memory_limit_mb=0)
    assert isinstance(found.images, np.memmap)
    assert found.file is not None
    assert shades(found) == list(range(6))
    with pytest.raises(ValueError, match=r"data\.memory_limit_mb=0: set data\.cache to a folder or data\.stream"):
        read(root, None, memory_limit_mb=0)


def test_changed_files_and_settings_are_decoded_again(root, tmp_path):
    cache = tmp_path / "cache"
    read(root, cache)
    Image.new("L", (4, 4), 200).save(root / "3.png")
    os.utime(root / "3.png", ns=(1, 1))
    assert shades(read(root, cache)) == [0, 1, 2, 200, 4, 5]
    (root / "0.png").unlink()
    assert shades(read(root, cache)) == [1, 2, 200, 4, 5]
    assert read(root, cache, Decoder((2, 2), 1, "crop")).images.shape == (5, 1, 2, 2)
    assert len(list(cache.iterdir())) == 4


@pytest.mark.parametrize("damage", ["truncated", "flipped", "manifest", "empty manifest", "no pixels"])
def test_a_damaged_cache_is_rebuilt(root, tmp_path, caplog, damage):
    read(root, tmp_path / "cache")
    (folder,) = (tmp_path / "cache").iterdir()
    pixels, manifest = folder / "images.npy", folder / "manifest.json"
    content = bytearray(pixels.read_bytes())
    if damage == "truncated":
        pixels.write_bytes(content[:-7])
    elif damage == "flipped":
        content[-1] ^= 1
        pixels.write_bytes(content)
    elif damage == "no pixels":
        pixels.unlink()
    else:
        manifest.write_text("" if damage == "empty manifest" else json.dumps([]))
    with caplog.at_level(logging.WARNING):
        assert shades(read(root, tmp_path / "cache")) == list(range(6))
    assert "are damaged" in caplog.text
    caplog.clear()
    read(root, tmp_path / "cache")
    assert "are damaged" not in caplog.text


def test_an_interrupted_run_leaves_no_cache(root, tmp_path, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(decoded, "decode", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read(root, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("cached", [False, True])
def test_corrupt_files_are_named(root, tmp_path, caplog, cached):
    cache = tmp_path / "cache" if cached else None
    (root / "2.png").write_text("no image")
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.INFO):
            found = read(root, cache)
        assert shades(found) == [0, 1, 3, 4, 5]
        assert found.kept == [0, 1, 3, 4, 5]
        assert "2.png" in caplog.text
        assert "5 of 6 images" in caplog.text
        with pytest.raises(ValueError, match=r"2\.png.*data\.on_error=skip"):
            read(root, cache, on_error="fail")


def test_a_cache_that_cannot_be_written(root, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"data\.cache=.*file cannot be written"):
        read(root, tmp_path / "file")


def test_how_many_are_decoded_is_told(root, monkeypatch, capsys):
    monkeypatch.setattr(preparing, "PATIENCE", 0.0)
    monkeypatch.setattr(preparing, "SILENCE", 0.0)
    monkeypatch.setattr(threads, "AT_ONCE", 1)
    read(root, None)
    told = capsys.readouterr().out.splitlines()
    assert [line.partition(" (")[0] for line in told[:-1]] == [f"decoding: {done}/6 images" for done in range(1, 7)]
    assert told[-1].startswith("decoding: 6/6 images in 0:00:0")


class Numbered(Container):
    """Files one, two, … of a folder; those of an even number come first in it."""

    kind = "numbered"

    @classmethod
    def recognises(cls, path):
        return False

    def list_names(self):
        return [f"{number}.png" for number in (0, 2, 4, 1, 3, 5)]

    def read(self, index):
        read_at.append(self.names[index])
        return (self.path / self.names[index]).read_bytes()


read_at: list[str] = []


def test_a_container_is_read_in_its_own_order_into_that_of_the_names(root, monkeypatch):
    (root / "2.png").write_bytes(b"no picture")
    monkeypatch.setattr("gan_runner.waiting.threads.cores", lambda: 1)
    monkeypatch.setattr(decoded, "CHUNK", 2)
    read_at.clear()
    place = InsidePath(Numbered(root))
    found = open_decoded(place, list(find_images(place)), DECODER, "skip", None, 10)
    assert list(dict.fromkeys(read_at)) == [f"{number}.png" for number in (0, 2, 4, 1, 3, 5)]
    assert shades(found) == [0, 1, 3, 4, 5]
    assert found.kept == [0, 1, 3, 4, 5]

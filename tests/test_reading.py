"""benchmarks/reading.py: its sets hold the same images, of the sides that it tells, and its table says the spread."""

import io
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from gan_runner.data.containers.opening import place_of
from gan_runner.data.files.decoding import find_images

COUNT = 16


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parent.parent / "benchmarks"))
    return import_module("reading")


def test_images_have_the_sides_and_kinds_that_are_told(reading):
    sides, kinds = set(), []
    for name, content in reading.pictures(COUNT):
        image = Image.open(io.BytesIO(content))
        sides.update(image.size)
        kinds.append(image.format)
        assert name.endswith({"PNG": ".png", "JPEG": ".jpg"}[image.format])
    assert reading.SIDES[0] <= min(sides) < max(sides) <= reading.SIDES[1]
    assert kinds.count("PNG") == COUNT // reading.SHARE_OF_PNG


def test_every_set_holds_the_same_images(reading, tmp_path):
    sets = reading.sets_in(tmp_path, ["folder", *reading.WRITERS], COUNT)
    expected = sorted(path.read_bytes() for path in sets["folder"].rglob("*.*"))
    for path in sets.values():
        place = place_of(path)
        assert sorted(image.read_bytes() for image in find_images(place)) == expected
    assert len(sets) > 1


@pytest.mark.parametrize("part", ["first", "memory"])
def test_a_set_is_read_and_measured(reading, tmp_path, part):
    root = reading.sets_in(tmp_path, ["folder"], reading.BATCH)["folder"]
    if part == "memory" and not Path("/proc/self/status").exists():
        pytest.skip("memory is read from /proc")
    assert all(found >= 0 for found in reading.PARTS[part](root, 0, tmp_path))


def test_a_spread_is_the_median_and_its_ends(reading):
    assert reading.spread([3.0, 1.0, 2.0]) == "2.00 [1.00–3.00]"

"""What is kept of each image: its pixels' hash, its difference hash, its brightness."""

import numpy as np
import torch
from PIL import Image

from gan_runner.data.decks import Memory
from gan_runner.looking import traits as module
from gan_runner.looking.traits import as_bytes, brightness, joined, traits_of


def of(*images: torch.Tensor):
    return traits_of(Memory(torch.stack(images)))


def test_equal_images_have_equal_hashes_and_others_not():
    image = torch.randint(0, 256, (3, 9, 7), dtype=torch.uint8)
    other = image.clone()
    other[0, 0, 0] ^= 1
    found = of(image, other, image.clone())
    assert found.pixels[0] == found.pixels[2] != found.pixels[1]


def test_the_difference_hash_is_that_of_its_author():
    """On a picture of 9 × 8: each bit says whether a pixel is brighter than the one left of it."""
    values = np.random.default_rng(0).integers(0, 256, (8, 9), dtype=np.uint8)
    expected = [values[y, x + 1] > values[y, x] for y in range(8) for x in range(8)]
    found = of(torch.from_numpy(values)[None])
    assert found.bits[0].tolist() == expected
    larger = torch.from_numpy(values).repeat_interleave(4, 0).repeat_interleave(4, 1)[None]
    assert of(larger).bits[0].tolist() == expected


def test_brightness_is_pillows_and_transparency_lies_on_white():
    values = np.random.default_rng(1).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    grey = np.asarray(Image.fromarray(values).convert("L"), np.float32)
    found = brightness(torch.from_numpy(values).permute(2, 0, 1)[None])
    assert np.abs(found[0, 0].numpy() - grey).max() <= 1
    clear = torch.zeros(1, 4, 2, 2, dtype=torch.uint8)
    assert brightness(clear, transparent=True).unique().tolist() == [255]
    assert brightness(clear).unique().tolist() == [0]


def test_empty_and_grey_images_are_known():
    flat = torch.full((3, 8, 8), 7, dtype=torch.uint8)
    coloured = flat.clone()
    coloured[0] = 200
    ramp = torch.arange(64, dtype=torch.uint8).reshape(1, 8, 8).expand(3, -1, -1)
    found = of(flat, coloured, ramp)
    assert found.empty.tolist() == [True, True, False]
    assert found.grey.tolist() == [True, False, True]
    assert np.allclose(found.brightness[0], 7 / 255)


def test_a_large_set_is_looked_at_in_parts(monkeypatch):
    images = torch.randint(0, 256, (10, 3, 8, 8), dtype=torch.uint8)
    whole = traits_of(Memory(images))
    monkeypatch.setattr(module, "PIXELS_AT_ONCE", 500)
    parts = traits_of(Memory(images))
    assert (whole.pixels == parts.pixels).all()
    assert (whole.thumbs == parts.thumbs).all()
    assert len(joined([whole, parts])) == 20
    assert len(traits_of(Memory(images[:0]))) == 0


def test_other_values_than_bytes_become_bytes():
    assert as_bytes(torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1)).flatten().tolist() == [0, 255]

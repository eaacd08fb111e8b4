"""Images that are the same, and those that look alike."""

import numpy as np
import torch
from PIL import Image, ImageEnhance

from fixtures.looked_at import blobs
from gan_runner.data.decks import Memory
from gan_runner.looking import copies as module
from gan_runner.looking.copies import groups, members, near_pairs
from gan_runner.looking.traits import Traits, traits_of


def traits(*images: Image.Image) -> Traits:
    rows = [torch.from_numpy(np.array(image.convert("RGB").resize((32, 32)))).permute(2, 0, 1) for image in images]
    return traits_of(Memory(torch.stack(rows)))


def test_groups_are_of_equal_keys():
    found = groups(["a", "b", "a", "c", "b", "a"])
    assert found == [[0, 2, 5], [1, 4]]
    assert members(found) == 3


def test_another_size_brightness_or_compression_is_a_near_copy():
    image = blobs(0, (64, 64))
    dark = ImageEnhance.Brightness(image).enhance(0.7)
    small = image.resize((24, 24)).resize((64, 64))
    found = near_pairs(traits(image, *(blobs(seed) for seed in range(1, 9)), dark, small))
    assert found.whole
    assert sorted(found.pairs) == [(0, 9), (0, 10), (9, 10)]


def test_equal_empty_and_mirrored_images_are_none():
    image = blobs(0)
    flat = [Image.new("RGB", (8, 8), colour) for colour in ("white", "black", "red")]
    assert near_pairs(traits(image, image, image.transpose(Image.Transpose.FLIP_LEFT_RIGHT), *flat)).pairs == []


def test_all_pairs_are_those_of_a_slow_loop(monkeypatch):
    """In blocks that are smaller than the set."""
    monkeypatch.setattr(module, "BLOCK", 7)
    bits = np.random.default_rng(0).random((40, 64)) < 0.5
    bits[20:30] = bits[:10]
    bits[20:30, :4] ^= np.random.default_rng(1).random((10, 4)) < 0.5
    close, whole = module._close(bits)
    slow = {(i, j) for i in range(40) for j in range(i + 1, 40) if (bits[i] != bits[j]).sum() <= module.NEAR}
    assert {tuple(pair) for pair in close.tolist()} == slow
    assert len(slow) >= 10
    assert whole


def test_what_is_not_compared_is_said(monkeypatch):
    image = blobs(0, (64, 64))
    several = traits(*(ImageEnhance.Brightness(image).enhance(1 - share / 20) for share in range(6)))
    monkeypatch.setattr(module, "MOST_PAIRS", 3)
    assert not near_pairs(several).whole
    monkeypatch.undo()
    monkeypatch.setattr(module, "MOST_IMAGES", 2)
    found = near_pairs(several)
    assert (found.pairs, found.whole) == ([(0, 1)], False)

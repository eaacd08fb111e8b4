"""What translating comes to without learning anything: the source itself, and matched colours."""

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.evaluation.baselines import as_it_is, match_colours


def noise(count: int, channels: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(0, 256, (count, channels, 6, 6), generator=torch.Generator().manual_seed(seed)).byte()


def test_as_it_is() -> None:
    colour = torch.tensor([1.0, -1.0, 0.5]).view(1, 3, 1, 1)
    assert as_it_is(colour, 3) is colour
    assert as_it_is(colour, 1).item() == pytest.approx(0.299 - 0.587 + 0.114 * 0.5)
    assert as_it_is(colour[:, :1], 3).flatten().tolist() == [1.0, 1.0, 1.0]
    assert as_it_is(torch.cat([colour, colour[:, :1]], dim=1), 3).flatten().tolist() == [1.0, -1.0, 0.5]  # and a hole
    assert as_it_is(colour, 2) is not None  # without its last channel
    assert as_it_is(colour[:, :2], 3) is None


def test_a_map_of_channels_is_found_without_pairs() -> None:
    """B = scale · A + shift, and shuffled: the map brings A back onto it."""
    a = noise(40, 2)
    scale, shift = torch.tensor([0.5, 0.25]).view(2, 1, 1), torch.tensor([20.0, 90.0]).view(2, 1, 1)
    b = (a * scale + shift).round().byte()
    colours = match_colours(Memory(a), Memory(b.flip(0)), 2, seed=0)
    assert colours is not None
    mapped = (colours(a / 127.5 - 1) + 1) * 127.5
    assert (mapped - (a * scale + shift)).abs().max() < 0.5
    assert colours.scale.flatten().tolist() == pytest.approx([0.5, 0.25], abs=2e-3)


def test_images_of_one_colour_are_shifted() -> None:
    a, b = torch.full((3, 1, 4, 4), 100, dtype=torch.uint8), noise(9, 1)
    colours = match_colours(Memory(a), Memory(b), 1, seed=0)
    assert colours is not None
    assert colours(a / 127.5 - 1).mean().item() == pytest.approx((b / 127.5 - 1).mean().item(), abs=1e-5)


def test_it_stays_within_what_an_image_can_be_and_needs_channels_to_match() -> None:
    dark, bright = noise(9, 3) // 4, 255 - noise(9, 3) // 4
    colours = match_colours(Memory(dark), Memory(bright), 3, seed=0)
    assert colours is not None
    assert colours(torch.ones(1, 3, 2, 2)).max() == 1
    assert match_colours(Memory(noise(3, 2)), Memory(bright), 3, seed=0) is None

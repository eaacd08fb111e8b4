"""What translating comes to without learning anything: the source itself, and matched colours."""

import pytest
import torch

from gan_runner.data.decks import Memory
from gan_runner.data.degraded import Degraded
from gan_runner.data.digits import Digits
from gan_runner.evaluation.baselines import as_it_is, denoising, match_colours, median, soft_threshold


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


def test_a_median_filter_looks_at_one_image_and_channel_alone() -> None:
    images = torch.rand(3, 2, 6, 7)
    alone = torch.cat([median(image[None]) for image in images])
    assert torch.equal(median(images), alone)
    padded = torch.nn.functional.pad(images, (1, 1, 1, 1), mode="replicate")
    windows = padded.unfold(2, 3, 1).unfold(3, 3, 1).flatten(4)
    assert torch.equal(median(images), windows.median(dim=-1).values)


def test_a_soft_threshold_takes_the_noise_from_black_and_leaves_white() -> None:
    given = torch.tensor([-1.0, -0.7, 0.0, 1.0, 1.3])
    assert soft_threshold(given, sigma=0.4).tolist() == pytest.approx([-1, -1, -0.25, 1, 1], abs=1e-6)


def test_filters_stand_beside_what_removes_noise_alone() -> None:
    noisy = Degraded(of=Digits(), task="denoise", noise_sigma=(0.2, 0.6))
    assert list(denoising(noisy)) == ["median", "soft_threshold"]
    image = torch.rand(2, 1, 8, 8) * 2 - 1
    assert torch.equal(denoising(noisy)["soft_threshold"](image), soft_threshold(image, 0.4))
    assert denoising(Degraded(of=Digits(), task="deblur")) == {}
    assert denoising(Digits()) == {}

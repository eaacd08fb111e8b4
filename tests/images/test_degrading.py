import math

import pytest
import torch
from torch.nn import functional

from gan_runner.images import degrading
from gan_runner.images.counter_random import Fixed, Free

CPU = torch.device("cpu")


def free(count: int) -> Free:
    torch.manual_seed(0)
    return Free(count, CPU)


def image(count: int = 3, channels: int = 3, size: tuple[int, int] = (16, 24)) -> torch.Tensor:
    return torch.rand(count, channels, *size, generator=torch.Generator().manual_seed(0)) * 2 - 1


def test_rectangles_are_whole_and_of_the_area():
    mask = degrading.rectangles(free(300), (40, 60), (0.1, 0.6))
    assert mask.shape == (300, 1, 40, 60)
    assert mask.unique().tolist() == [0, 1]
    rows, columns = mask.amax(3).sum((1, 2)), mask.amax(2).sum((1, 2))
    assert torch.equal(rows * columns, mask.sum((1, 2, 3)))  # each is one rectangle
    share = mask.mean((1, 2, 3))
    assert 0.09 < share.min() < 0.13
    assert 0.57 < share.max() < 0.62
    assert (share.mean() - 0.35).abs() < 0.03
    assert (rows / columns).max() < 2.1
    assert (rows / columns).min() > 0.48
    assert (mask.mean(0)[0, 1:-1, 1:-1] > 0).all()  # they lie everywhere


def test_a_large_rectangle_fits_into_a_narrow_image():
    mask = degrading.rectangles(free(50), (8, 80), (0.8, 0.8))
    torch.testing.assert_close(mask.mean((1, 2, 3)), torch.full((50,), 0.8), atol=0.07, rtol=0)
    assert degrading.rectangles(free(50), (4, 4), (0.001, 0.001)).sum((1, 2, 3)).tolist() == [1] * 50


@pytest.mark.parametrize("size", [(32, 32), (256, 128)])
def test_free_forms_are_of_the_area_and_in_one_piece_or_few(size):
    mask = degrading.free_forms(free(40), size, (0.2, 0.3))
    share = mask.mean((1, 2, 3))
    assert 0.19 < share.min() < share.max() < 0.31
    edges = (mask.diff(dim=-1) != 0).float().mean() + (mask.diff(dim=-2) != 0).float().mean()
    assert edges < 20 / min(size)  # independent pixels would have 0.75


def test_holes_are_zero_and_told_by_a_channel():
    mask = degrading.rectangles(free(3), (16, 24), (0.1, 0.4))
    source = degrading.with_holes(image(), mask)
    assert source.shape == (3, 4, 16, 24)
    hole = mask.bool().expand(-1, 3, -1, -1)
    assert torch.equal(source[:, 3:], mask)
    assert (source[:, :3][hole] == 0).all()
    assert torch.equal(source[:, :3][~hole], image()[~hole])


def test_low_resolution_by_nearest_is_the_mean_of_blocks():
    low = degrading.low_resolution(image(), 4, "nearest")
    assert low.shape == (3, 3, 16, 24)
    torch.testing.assert_close(low[1, 2, 4:8, 8:12], image()[1, 2, 4:8, 8:12].mean().expand(4, 4))


def test_low_resolution_by_bicubic_keeps_size_and_range():
    steps = torch.ones(1, 1, 16, 16)
    steps[..., 8:] = -1
    low = degrading.low_resolution(steps, 2, "bicubic")
    assert low.shape == steps.shape
    assert low.min() == -1
    assert low.max() == 1
    assert 0 < low[0, 0, 0, 7] < 1  # smooth at the step
    flat = torch.full((1, 1, 8, 8), 0.3)
    torch.testing.assert_close(degrading.low_resolution(flat, 8, "bicubic"), flat)


def test_noise_has_a_standard_deviation_of_each_sample():
    noise = degrading.noisy(free(60), torch.zeros(60, 1, 50, 50), (0.1, 0.5))
    deviation = noise.std((1, 2, 3))
    assert 0.09 < deviation.min() < 0.13
    assert 0.46 < deviation.max() < 0.53
    assert noise.mean().abs() < 0.01
    assert torch.equal(degrading.noisy(free(3), image(), (0, 0)), image())


def test_blur_is_a_convolution_with_a_gaussian():
    sigma = 1.3
    blurred = degrading.blurred(free(3), image(), (sigma, sigma))
    radius = math.ceil(3 * sigma)
    line = torch.tensor([math.exp(-((d / sigma) ** 2) / 2) for d in range(-radius, radius + 1)])
    kernel = torch.outer(line, line) / line.sum() ** 2
    padded = functional.pad(image(), (radius,) * 4, mode="reflect")
    expected = functional.conv2d(padded, kernel.expand(3, 1, -1, -1), groups=3)
    torch.testing.assert_close(blurred, expected, atol=1e-6, rtol=1e-5)


def test_blur_differs_between_samples_and_keeps_what_is_flat():
    point = torch.zeros(20, 1, 25, 25)
    point[:, :, 12, 12] = 1
    across = torch.arange(25.0) - 12
    blurred = degrading.blurred(free(20), point, (0.5, 2.5))
    torch.testing.assert_close(blurred.sum((1, 2, 3)), torch.ones(20))
    deviation = (blurred * across**2).sum((1, 2, 3)).sqrt()
    assert 0.4 < deviation.min() < 0.9
    assert 2.0 < deviation.max() < 2.5
    flat = torch.full((20, 1, 25, 25), 0.7)
    torch.testing.assert_close(degrading.blurred(free(20), flat, (0.5, 2.5)), flat)


@pytest.mark.parametrize(
    "damage",
    [
        lambda draws, x: degrading.rectangles(draws, (16, 24), (0.1, 0.4)),
        lambda draws, x: degrading.free_forms(draws, (16, 24), (0.1, 0.4)),
        lambda draws, x: degrading.noisy(draws, x, (0.1, 0.4)),
        lambda draws, x: degrading.blurred(draws, x, (0.5, 2)),
    ],
    ids=["rectangles", "free_forms", "noisy", "blurred"],
)
def test_each_sample_is_damaged_by_its_own_numbers(damage):
    together = damage(Fixed(torch.tensor([4, 9, 2])), image())
    alone = damage(Fixed(torch.tensor([9])), image()[1:2])
    torch.testing.assert_close(together[1:2], alone)
    same = image()[:1].expand(3, -1, -1, -1)
    assert not torch.equal(*damage(Fixed(torch.tensor([4, 9, 2])), same)[:2])

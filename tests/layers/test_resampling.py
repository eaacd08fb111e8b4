"""Doublings and halvings: by hand, and beside those of torch."""

import pytest
import torch
from torch.nn.functional import interpolate

from gan_runner.layers.resampling import DoubleBilinear, HalveBilinear, doubled, halved


def test_doubling_repeats_pixels_and_halving_averages_them():
    maps = torch.tensor([[1.0, 3.0], [5.0, 7.0]]).reshape(1, 1, 2, 2)
    assert doubled(maps)[0, 0].tolist() == [[1, 1, 3, 3], [1, 1, 3, 3], [5, 5, 7, 7], [5, 5, 7, 7]]
    assert halved(maps)[0, 0].tolist() == [[4]]


@pytest.mark.parametrize("times", [0, 1, 3])
def test_several_times_at_once_and_back(times):
    maps = torch.randn(2, 3, 4, 5)
    large = once = doubled(maps, times)
    assert large.shape == (2, 3, 4 * 2**times, 5 * 2**times)
    for _ in range(times):
        once = halved(once)
    torch.testing.assert_close(once, maps)
    torch.testing.assert_close(halved(large, times), maps)


def test_bilinear_doubling_is_torchs_inside_the_border():
    maps = torch.randn(2, 3, 6, 5, dtype=torch.float64)
    expected = interpolate(maps, scale_factor=2.0, mode="bilinear", align_corners=False)
    torch.testing.assert_close(DoubleBilinear().double()(maps)[:, :, 1:-1, 1:-1], expected[:, :, 1:-1, 1:-1])


def test_bilinear_halving_is_torchs_without_aliasing_inside_the_border():
    maps = torch.randn(2, 3, 12, 10, dtype=torch.float64)
    expected = interpolate(maps, scale_factor=0.5, mode="bilinear", antialias=True)
    torch.testing.assert_close(HalveBilinear().double()(maps)[:, :, 1:-1, 1:-1], expected[:, :, 1:-1, 1:-1])


@pytest.mark.parametrize("kind", [DoubleBilinear, HalveBilinear])
def test_the_filter_is_not_saved(kind):
    assert not kind().state_dict()

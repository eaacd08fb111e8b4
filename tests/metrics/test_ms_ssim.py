"""MS-SSIM of pairs: its name, collapse, how many pairs. test_ssim.py holds the similarity of one pair."""

import pytest
import torch

from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.ms_ssim import MsSsim, similarity
from gan_runner.metrics.ssim import ms_ssim, ssim


def measured(real, fake, **settings) -> dict[str, float]:
    metric = MsSsim(**settings)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


def images(count: int, side: int, smooth: int = 4) -> torch.Tensor:
    """Bytes (N, 1, side, side) with structure at several scales."""
    generator = torch.Generator().manual_seed(side)
    small = torch.rand(count, 1, side // smooth, side // smooth, generator=generator)
    return (torch.nn.functional.interpolate(small, (side, side), mode="bicubic").clamp(0, 1) * 255).byte()


def test_the_name_says_what_was_measured():
    assert set(measured(images(4, 28), images(4, 28))) == {"ms_ssim2", "ms_ssim2_excess"}
    assert set(measured(images(4, 16), images(4, 16))) == {"ssim", "ssim_excess"}


def test_collapse_is_an_excess():
    real = images(40, 32)
    assert measured(real, real) == {"ms_ssim2": pytest.approx(measured(real, real)["ms_ssim2"]), "ms_ssim2_excess": 0}
    collapsed = measured(real, real[:1].expand(40, -1, -1, -1))
    assert collapsed["ms_ssim2"] == pytest.approx(1, abs=1e-5)
    assert collapsed["ms_ssim2_excess"] > 0.3


def test_bytes_and_floats_agree_and_only_the_asked_for_pairs_are_kept():
    real = images(30, 32)
    assert measured(real, to_unit_range(real), pairs=5)["ms_ssim2_excess"] == pytest.approx(0, abs=1e-6)
    metric = MsSsim(pairs=5)
    for part in real.split(4):
        metric.update(part, real=False)
    assert sum(len(part) for part in metric.fake) == 10


def test_one_image_makes_no_pair():
    with pytest.raises(ValueError, match="MsSsim needs 2 samples or more, and there are 4 reals and 1 fakes"):
        measured(images(4, 16), images(1, 16))


def test_a_pair_is_compared_at_the_scales_of_its_size():
    small, large = images(2, 16), images(2, 64)
    assert similarity(small[:1], small[1:]).equal(ssim(small[:1], small[1:]))
    assert similarity(large[:1], large[1:]).equal(ms_ssim(large[:1], large[1:], scales=3))

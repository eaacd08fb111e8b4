"""MS-SSIM: scipy's filters by the paper's formula, the number of scales, collapse."""

import numpy as np
import pytest
import torch
from scipy.ndimage import correlate1d

from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.ms_ssim import BETAS, MsSsim, count_scales, similarity


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


def terms(x: np.ndarray, y: np.ndarray, window: int, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and contrast-structure at every pixel."""
    offset = np.arange(window) - window // 2
    kernel = np.exp(-(offset**2) / (2 * sigma**2))
    kernel /= kernel.sum()

    def mean(z):
        return correlate1d(correlate1d(z, kernel, 0, mode="mirror"), kernel, 1, mode="mirror")

    c1, c2 = 0.01**2, 0.03**2
    mx, my = mean(x), mean(y)
    luminance = (2 * mx * my + c1) / (mx**2 + my**2 + c1)
    structure = (2 * (mean(x * y) - mx * my) + c2) / (mean(x * x) - mx**2 + mean(y * y) - my**2 + c2)
    return luminance, structure


def halved(z: np.ndarray) -> np.ndarray:
    return z.reshape(len(z) // 2, 2, -1, 2).mean((1, 3))


@pytest.mark.parametrize(("side", "scales"), [(64, 3), (32, 2)])
def test_against_scipy(side, scales):
    a, other = images(2, side)
    b = (0.7 * a.float() + 0.3 * other.float()).byte()  # alike, but not the same
    x, y = (z[0].double().numpy() / 255 for z in (a, b))
    weights, expected, edge = np.array(BETAS[:scales]) / sum(BETAS[:scales]), 1.0, 5
    for scale in range(scales):
        luminance, structure = terms(x, y, 11, 1.5)
        inner = structure[edge:-edge, edge:-edge].mean()  # away from the mirrored border
        expected *= max(0, inner if scale < scales - 1 else (luminance * structure).mean()) ** weights[scale]
        x, y = halved(x), halved(y)
    assert similarity(a[None], b[None]).item() == pytest.approx(expected, abs=2e-3)
    assert 0.01 < expected < 0.99


@pytest.mark.parametrize(("side", "window", "sigma"), [(16, 11, 1.5), (8, 7, 3 / 3.5)])
def test_plain_ssim_for_tiny_images(side, window, sigma):
    a, b = images(2, side, smooth=2)
    luminance, structure = terms(*(z[0].double().numpy() / 255 for z in (a, b)), window, sigma)
    assert similarity(a[None], b[None]).item() == pytest.approx((luminance * structure).mean(), abs=1e-3)


@pytest.mark.parametrize(
    ("side", "scales"), [(8, 1), (21, 1), (22, 2), (28, 2), (43, 2), (44, 3), (64, 3), (128, 4), (176, 5), (512, 5)]
)
def test_as_many_scales_as_the_size_allows(side, scales):
    assert count_scales(side) == scales
    if side < 200:
        assert similarity(images(1, side), images(1, side)).item() == pytest.approx(1, abs=1e-5)


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
    with pytest.raises(ValueError, match=r"metrics\.ms_ssim compares pairs, and there are 1 images"):
        measured(images(4, 16), images(1, 16))

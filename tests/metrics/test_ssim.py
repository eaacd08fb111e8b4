"""Structural similarity: numbers of scikit-image and piq, the formula window by window, borders that count once."""

import numpy as np
import pytest
import torch
from torch.nn.functional import conv2d

from gan_runner.metrics.ssim import BETAS, TILE, count_scales, down, ms_ssim, ssim, window


def pictures(side: int, colours: int = 1, shorter: int | None = None) -> tuple[torch.Tensor, torch.Tensor]:
    """Two alike images (1, C, H, W) in bytes, without random numbers."""
    row, column = np.mgrid[0 : shorter or side, 0:side]
    layers = [np.sin(row / (5 + c)) * np.cos(column / (7 + 2 * c)) for c in range(colours)]
    other = [0.7 * layer + 0.3 * np.sin((row + 2 * column) / (3 + c)) for c, layer in enumerate(layers)]
    a, b = (np.rint(127.5 + 120 * np.stack(part)).astype(np.uint8) for part in (layers, other))
    return torch.from_numpy(a)[None], torch.from_numpy(b)[None]


def unit(image: torch.Tensor) -> np.ndarray:
    """(1, C, H, W) to (C, H, W) in [0, 1]."""
    return image[0].double().numpy() / 255


def by_windows(x: np.ndarray, y: np.ndarray, size: int = 11, sigma: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Luminance and structure of one colour (H, W) in each window that lies inside, one by one."""
    line = np.exp(-((np.arange(size) - size // 2) ** 2) / (2 * sigma**2))
    weight = np.outer(line, line) / line.sum() ** 2
    c1, c2, found = 0.01**2, 0.03**2, []
    for i in range(x.shape[0] - size + 1):
        for j in range(x.shape[1] - size + 1):
            p, q = x[i : i + size, j : j + size], y[i : i + size, j : j + size]
            mp, mq = (weight * p).sum(), (weight * q).sum()
            vp, vq = (weight * (p - mp) ** 2).sum(), (weight * (q - mq) ** 2).sum()
            both = (weight * (p - mp) * (q - mq)).sum()
            luminance = (2 * mp * mq + c1) / (mp**2 + mq**2 + c1)
            found.append((luminance, (2 * both + c2) / (vp + vq + c2)))
    luminances, structures = zip(*found, strict=True)
    return np.array(luminances), np.array(structures)


def halved(z: np.ndarray) -> np.ndarray:
    z = z[: len(z) // 2 * 2, : z.shape[1] // 2 * 2]
    return z.reshape(len(z) // 2, 2, -1, 2).mean((1, 3))


# scikit-image 0.26.0: structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False,
# data_range=1); piq 0.8.0: ssim(downsample=False), multi_scale_ssim(scale_weights=BETAS[:scales] over their sum).
GOLDEN = [
    (28, 1, 0.4867258, 0.4867258, 2, 0.64324458),
    (32, 3, 0.46011926, 0.46011926, 2, 0.64651112),
    (64, 3, 0.47332976, 0.47332976, 3, 0.72842827),
    (176, 1, 0.4776137, 0.4776137, 5, 0.83354135),
]


@pytest.mark.parametrize(("side", "colours", "skimage", "piq", "scales", "piq_scales"), GOLDEN)
def test_other_libraries_find_the_same(side, colours, skimage, piq, scales, piq_scales):
    a, b = pictures(side, colours)
    assert ssim(a, b).item() == pytest.approx(skimage, abs=1e-6)
    assert ssim(a, b).item() == pytest.approx(piq, abs=1e-6)
    assert count_scales(side) == scales
    assert ms_ssim(a, b, scales).item() == pytest.approx(piq_scales, abs=1e-6)


@pytest.mark.parametrize(("side", "shorter"), [(16, None), (24, 13)])
def test_window_by_window(side, shorter):
    a, b = pictures(side, 3, shorter)
    colours = [by_windows(x, y) for x, y in zip(unit(a), unit(b), strict=True)]
    expected = np.mean([luminance * structure for luminance, structure in colours])
    assert ssim(a, b).item() == pytest.approx(expected, abs=1e-6)
    assert 0.1 < expected < 0.95


@pytest.mark.parametrize("side", [TILE + 9, TILE + 10, TILE + 11, 2 * TILE + 10, 3 * TILE])
def test_large_images_are_weighed_as_by_a_convolution(side):
    image = torch.sin(torch.arange(2 * side * 12, dtype=torch.float64)).view(1, 2, side, 12)
    weight = window(image)
    expected = conv2d(image.flatten(0, 1)[:, None], weight.view(1, 1, -1, 1))
    torch.testing.assert_close(down(image, weight)[0], expected[:, 0], rtol=0, atol=1e-14)


@pytest.mark.parametrize(("side", "size"), [(10, 9), (8, 7), (3, 3), (2, 1), (1, 1)])
def test_images_below_eleven_pixels_get_a_smaller_window(side, size):
    a, b = pictures(side)
    luminance, structure = by_windows(unit(a)[0], unit(b)[0], size, max(size // 2, 1) / 3.5)
    assert ssim(a, b).item() == pytest.approx((luminance * structure).mean(), abs=1e-6)


@pytest.mark.parametrize(("side", "scales"), [(22, 2), (45, 3)])
def test_scales_window_by_window(side, scales):
    a, b = pictures(side, 2)
    weights, colours = np.array(BETAS[:scales]) / sum(BETAS[:scales]), []
    for x, y in zip(unit(a), unit(b), strict=True):
        product = 1.0
        for scale in range(scales):
            luminance, structure = by_windows(x, y)
            product *= (structure if scale < scales - 1 else luminance * structure).mean() ** weights[scale]
            x, y = halved(x), halved(y)
        colours.append(product)
    assert ms_ssim(a, b, scales).item() == pytest.approx(np.mean(colours), abs=1e-6)


def test_a_colour_whose_structure_is_the_opposite_counts_nothing():
    a, _ = pictures(28)
    mixed = torch.cat([a, a], dim=1), torch.cat([a, 255 - a], dim=1)
    assert ms_ssim(*mixed, scales=2).item() == pytest.approx(0.5, abs=1e-6)  # of two colours 1 and 0


def test_paper_around_a_drawing_counts_as_often_as_windows_lie_on_it():
    """A stroke in the middle and nothing around: mirrored borders would add windows of blank paper, which agree."""
    a, b = torch.zeros(1, 1, 28, 28, dtype=torch.uint8), torch.zeros(1, 1, 28, 28, dtype=torch.uint8)
    a[..., 4:24, 10:14], b[..., 12:16, 4:24] = 255, 255
    luminance, structure = by_windows(unit(a)[0], unit(b)[0])
    assert ssim(a, b).item() == pytest.approx((luminance * structure).mean(), abs=1e-6)
    around = np.pad(unit(a)[0], 5, mode="reflect"), np.pad(unit(b)[0], 5, mode="reflect")
    luminance, structure = by_windows(*around)
    assert (luminance * structure).mean() > ssim(a, b).item() + 0.1


def test_bytes_floats_and_batches_agree():
    a, b = pictures(28)
    floats = [image.float() / 127.5 - 1 for image in (a, b)]
    assert ssim(*floats).item() == pytest.approx(ssim(a, b).item(), abs=1e-6)
    both = ssim(torch.cat([a, b]), torch.cat([b, b]))
    assert both.dtype == torch.float32
    assert both.tolist() == pytest.approx([ssim(a, b).item(), 1.0], abs=1e-6)


@pytest.mark.parametrize(
    ("side", "scales"), [(8, 1), (21, 1), (22, 2), (28, 2), (43, 2), (44, 3), (64, 3), (128, 4), (176, 5), (512, 5)]
)
def test_as_many_scales_as_the_size_allows(side, scales):
    assert count_scales(side) == scales
    if side < 200:
        assert ms_ssim(*[pictures(side)[0]] * 2, scales=scales).item() == pytest.approx(1, abs=1e-6)

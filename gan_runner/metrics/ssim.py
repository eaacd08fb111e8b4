"""Structural similarity of two images, at one scale or several, as it was published.

Windows lie inside the images: what is near a border counts less often, and nothing beyond it is made up. So do the
authors' code, scikit-image (Gaussian weights, no sample covariance), piq and kornia (padding="valid"); torchmetrics
since 1.4.2 mirrors the border and counts the windows over it, which finds two digits on black paper alike.

Source: Wang et al. 2004, Image quality assessment; several scales: Wang et al. 2003, Multiscale structural similarity.
"""

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_runner.images.ranges import to_unit_range

BETAS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""The weights of the scales, the finest first."""
WINDOW, SIGMA = 11, 1.5  # pixels
TILE = 128
"""Windows that are weighed in one product: its work grows with their number, pixel by pixel."""
C1, C2 = 0.01**2, 0.03**2
"""Of values in [0, 1]."""


def count_scales(side: int) -> int:
    """How often the shorter side can be halved, the first time not at all, and leave WINDOW pixels."""
    return max(1, len([scale for scale in range(len(BETAS)) if side >> scale >= WINDOW]))


def ssim(a: Tensor, b: Tensor) -> Tensor:
    """Of each pair of images (N, C, H, W), bytes or in [-1, 1]: the mean over windows and colours (N,), float32.

    Windows have 11 pixels; of images with fewer on a side as many as leave an odd number, and are as much narrower.
    """
    luminance, structure = compared(in_unit_interval(a), in_unit_interval(b))
    return (luminance * structure).flatten(1).mean(1).float()


def ms_ssim(a: Tensor, b: Tensor, scales: int) -> Tensor:
    """Likewise over the first `scales` scales, whose weights β are made to sum to 1.

    Πⱼ structureⱼ^βⱼ, with the luminance of the coarsest scale; each factor is a mean over windows. A colour has a
    product of its own, in which a factor below 0 is 0; the mean over colours is told. Between scales, 2 × 2 pixels
    become their mean; an odd row or column is left out.
    """
    a, b = in_unit_interval(a), in_unit_interval(b)
    product = torch.ones(a.shape[:2], dtype=a.dtype, device=a.device)
    for scale in range(scales):
        if scale > 0:
            a, b = avg_pool2d(a, 2), avg_pool2d(b, 2)
        luminance, structure = compared(a, b)
        factor = structure if scale < scales - 1 else luminance * structure
        product *= factor.flatten(2).mean(2).clamp_min(0) ** (BETAS[scale] / sum(BETAS[:scales]))
    return product.mean(1).float()


def compared(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Luminance, and contrast with structure, in each window that lies inside; (N, C, H, W) to (N, C, H', W')."""
    weight = window(a)
    mean_a, mean_b, square_a, square_b, product = (
        down(down(map, weight).mT, weight).mT for map in (a, b, a.square(), b.square(), a * b)
    )
    variance = square_a - mean_a.square() + square_b - mean_b.square()
    luminance = (2 * mean_a * mean_b + C1) / (mean_a.square() + mean_b.square() + C1)
    structure = (2 * (product - mean_a * mean_b) + C2) / (variance + C2)
    return luminance, structure


def window(images: Tensor) -> Tensor:
    """The Gaussian weights of a window along one side, for images (N, C, H, W)."""
    reach = min(WINDOW, *images.shape[-2:]) - 1 >> 1
    sigma = SIGMA if 2 * reach + 1 == WINDOW else max(reach, 1) / 3.5
    offset = torch.arange(-reach, reach + 1, dtype=images.dtype, device=images.device)
    weight = (-(offset / sigma).square() / 2).exp()
    return weight / weight.sum()


def down(images: Tensor, weight: Tensor) -> Tensor:
    """Weighted means of each column, (N, C, H, W) to (N, C, H', W): as products with small matrices, which are several
    times faster than convolutions.
    """
    more = len(weight) - 1
    places = torch.arange(min(TILE, images.shape[-2] - more), device=images.device)[:, None]
    columns = places + torch.arange(len(weight), device=images.device)
    matrix = images.new_zeros(len(places), len(places) + more).scatter_(1, columns, weight.expand(len(places), -1))
    tiles = [images[..., start : start + TILE + more, :] for start in range(0, images.shape[-2] - more, TILE)]
    return torch.cat([matrix[: tile.shape[-2] - more, : tile.shape[-2]] @ tile for tile in tiles], dim=-2)


def in_unit_interval(images: Tensor) -> Tensor:
    """Bytes or values in [-1, 1] as values in [0, 1], float64 where the device has it: variances are differences."""
    exact = torch.float32 if images.device.type == "mps" else torch.float64
    return to_unit_range(images).to(exact) / 2 + 0.5

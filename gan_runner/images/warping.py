"""Affine maps of images, one per image, differentiable in the image as often as wanted."""

import torch
from torch import Tensor


def scaling(x: Tensor, y: Tensor) -> Tensor:
    """Factors (B,) along x and y -> (B, 3, 3)."""
    return _affine(x, torch.zeros_like(x), torch.zeros_like(x), torch.zeros_like(y), y, torch.zeros_like(y))


def rotation(cos: Tensor, sin: Tensor) -> Tensor:
    """Cosine and sine (B,) of the angle -> (B, 3, 3)."""
    return _affine(cos, -sin, torch.zeros_like(cos), sin, cos, torch.zeros_like(cos))


def translation(x: Tensor, y: Tensor) -> Tensor:
    """Shifts (B,) in pixels -> (B, 3, 3)."""
    one, zero = torch.ones_like(x), torch.zeros_like(x)
    return _affine(one, zero, x, zero, one, y)


def warp(image: Tensor, source: Tensor) -> Tensor:
    """Each pixel (x, y, 1) of the result, counted from the image's middle, is read at source @ (x, y, 1).

    (B, C, H, W), (B, 3, 3) -> (B, C, H, W). Bilinear; beyond its borders the image is mirrored. Written with gather
    because torch's grid_sample cannot be differentiated twice, as gradient penalties do.
    """
    height, width = image.shape[2:]
    x, y = _places(source, height, width)
    left, top = x.floor(), y.floor()
    flat = image.flatten(2)  # (B, C, H·W)
    warped = torch.zeros_like(flat)
    for right, below in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = (1 - (x - left - right).abs()) * (1 - (y - top - below).abs())
        index = _mirrored(top + below, height) * width + _mirrored(left + right, width)
        warped = warped + weight[:, None] * flat.gather(2, index[:, None].expand_as(flat))
    return warped.reshape(image.shape)


def _places(source: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where in the image each pixel of the result is read: x and y, (B, H·W)."""
    middle = (width - 1) / 2, (height - 1) / 2
    across = torch.arange(width, device=source.device) - middle[0]
    down = torch.arange(height, device=source.device) - middle[1]
    y, x = (place.flatten() for place in torch.meshgrid(down, across, indexing="ij"))
    rows = source[:, :2, :1] * x + source[:, :2, 1:2] * y + source[:, :2, 2:]  # (B, 2, H·W)
    return rows[:, 0] + middle[0], rows[:, 1] + middle[1]


def _mirrored(place: Tensor, side: int) -> Tensor:
    """Whole-numbered places beyond the borders, reflected about the middles of the border pixels."""
    period = max(1, 2 * (side - 1))
    inside = place.long() % period
    return torch.minimum(inside, period - inside)


def _affine(*rows: Tensor) -> Tensor:
    zero, one = torch.zeros_like(rows[0]), torch.ones_like(rows[0])
    return torch.stack([*rows, zero, zero, one], dim=1).reshape(-1, 3, 3)

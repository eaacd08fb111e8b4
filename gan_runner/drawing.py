"""Pictures of data: grids of images, scatter plots of points, animations. PIL images in, files out; no logging."""

import math
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torch.nn.functional import avg_pool2d
from torchvision.utils import make_grid

CELL = 64
"""The least side of a cell of a grid in pixels: smaller images are enlarged by an integer factor."""
GIF_SIDE = 640
"""The largest side of an animation in pixels."""
CANVAS, DOT, OVERSAMPLING, MARGIN = 512, 1.6, 3, 0.25
GREY, COLOUR = (170, 170, 170), (214, 64, 40)


def to_bytes(images: Tensor) -> Tensor:
    """(N, C, H, W) in [-1, 1] -> uint8 (N, H, W, C) on the processor: the inverse of how bytes became reals."""
    scaled = images.detach().float().cpu().nan_to_num(0.0).clamp(-1, 1).add(1).mul(127.5)
    return scaled.round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def grid(images: Tensor, columns: int | None = None) -> Image.Image:
    """Images (N, C, H, W) in [-1, 1] in rows of `columns` (a square by default), cells of at least 64 pixels."""
    count, _, height, width = images.shape
    factor = max(1, math.ceil(CELL / min(height, width)))
    cells = to_bytes(images).permute(0, 3, 1, 2)
    cells = cells.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)
    sheet = make_grid(cells, nrow=columns or math.ceil(math.sqrt(count)), padding=2, pad_value=255)
    return Image.fromarray(sheet.permute(1, 2, 0).contiguous().numpy())


def scatter(real: Tensor | None, fake: Tensor) -> Image.Image:
    """Points (N, F) in the plane of their first two coordinates: reals in grey, fakes in colour above them.

    The axes are equal and fixed by the reals, with a margin (without reals, by the fakes), so that pictures of one
    data set compare; what falls outside is drawn on the frame.
    """
    frame = fake if real is None else real
    low, high = frame.detach().float().cpu()[:, :2].aminmax(dim=0)
    centre, half = (low + high) / 2, (high - low).max().clamp_min(1e-6) / 2 * (1 + MARGIN)
    canvas = torch.full((CANVAS, CANVAS, 3), 255.0)
    for points, colour in ((real, GREY), (fake, COLOUR)):
        if points is not None and len(points):
            placed = ((points.detach().float().cpu()[:, :2] - centre) / half).nan_to_num(0.0).clamp(-1, 1)
            canvas = canvas.lerp(torch.tensor(colour, dtype=torch.float32), _coverage(placed))
    picture = Image.fromarray(canvas.round().to(torch.uint8).numpy())
    ImageDraw.Draw(picture).rectangle((0, 0, CANVAS - 1, CANVAS - 1), outline=GREY)
    return picture


def _coverage(placed: Tensor) -> Tensor:
    """How much of each pixel the dots at (N, 2) in [-1, 1] cover: (CANVAS, CANVAS, 1) in [0, 1]."""
    side, reach = CANVAS * OVERSAMPLING, math.ceil(DOT * OVERSAMPLING)
    line = torch.arange(-reach, reach + 1)
    around = torch.cartesian_prod(line, line)
    around = around[around.square().sum(1) <= (DOT * OVERSAMPLING) ** 2]
    flipped = placed * torch.tensor([1.0, -1.0])  # rows count downwards
    at = ((flipped + 1) / 2 * (side - 1)).round().long()[:, None] + around  # (N, dot, 2)
    column, row = at.clamp(0, side - 1).flatten(0, 1).unbind(1)
    fine = torch.zeros(side, side)
    fine[row, column] = 1.0
    return avg_pool2d(fine[None], OVERSAMPLING).reshape(CANVAS, CANVAS, 1)


def gif(frames: Sequence[Image.Image], path: Path, milliseconds: int = 120) -> None:
    """Write an endless animation that rests on its last frame. (TensorBoard's add_video needs moviepy and fails.)"""
    size = frames[-1].size
    scale = min(1.0, GIF_SIDE / max(size))
    smaller = (round(size[0] * scale), round(size[1] * scale))
    shown = [frame.convert("RGB") for frame in frames]
    shown = [frame if frame.size == smaller else frame.resize(smaller, Image.Resampling.BOX) for frame in shown]
    durations = [milliseconds] * (len(shown) - 1) + [10 * milliseconds]
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=durations, loop=0)

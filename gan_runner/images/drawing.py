"""Pictures of data: grids of images, scatter plots of points, animations. PIL images in, files out; no logging."""

import math
from collections.abc import Mapping, Sequence
from functools import reduce
from operator import add
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor
from torchvision.utils import make_grid

from gan_runner.images.ranges import to_bytes

CELL = 64
"""The least side of a cell of a grid in pixels: smaller images are enlarged by an integer factor."""
GIF_SIDE = 640
"""The largest side of an animation in pixels."""
CANVAS, DOT, OVERSAMPLING, MARGIN = 512, 1.6, 3, 0.25
PAIRS = 8
"""Columns of a sheet of pairs."""
HEADER = 18
"""Height of a panel's column names in pixels."""
WIDE = 1000
"""About how wide a histogram is in pixels."""
TILES = 128
IN_A_PICTURE = (1, 3, 4)
"""How many bands a PNG holds: grey, colour, colour and transparency."""
GREY, COLOUR, ROSE, GREEN = (150, 150, 150), (214, 64, 40), (250, 200, 205), (170, 225, 180)


def grid(images: Tensor, columns: int | None = None, fourth_is_band: bool = False) -> Image.Image:
    """Images (N, C, H, W) in [-1, 1] in rows of `columns` (a square by default), cells of at least 64 pixels.

    Grey, colour and colour with transparency as they are; of other numbers of bands, and of four where the fourth is no
    transparency, three (`bands_shown`).
    """
    if bands_shown(images.shape[1], fourth_is_band):
        images = in_colour(images)
    count, _, height, width = images.shape
    factor = max(1, math.ceil(CELL / min(height, width)))
    cells = to_bytes(images)
    cells = cells.repeat_interleave(factor, dim=2).repeat_interleave(factor, dim=3)
    sheet = make_grid(cells, nrow=columns or math.ceil(math.sqrt(count)), padding=2, pad_value=255)
    return Image.fromarray(sheet.permute(1, 2, 0).contiguous().numpy())


def pairs(above: Tensor, below: Tensor, fourth_is_band: bool = False) -> Image.Image:
    """Images (P, C, H, W), each above its counterpart, in full rows; fourth_is_band: see `grid`."""
    columns = min(len(above), PAIRS)
    whole = len(above) // columns * columns
    above, below = above[:whole], below[:whole]
    rows = [torch.cat([a, b]) for a, b in zip(above.split(columns), below.split(columns), strict=True)]
    return grid(torch.cat(rows), columns, fourth_is_band)


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures of equal height in one row."""
    sheet = Image.new("RGB", (sum(picture.width for picture in pictures), pictures[0].height), (255, 255, 255))
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width
    return sheet


def panel(columns: Mapping[str, Tensor]) -> Image.Image:
    """Images (N, C, H, W) beside what became of them, of the same sides: a named column each, a row for each image.

    Two channels beside one are a grey image and its hole (data=degraded), which is no colour and not drawn.
    """
    grey = any(images.shape[1] == 1 for images in columns.values())
    shown = [images[:, :1] if grey and images.shape[1] == 2 else images for images in columns.values()]
    cells = torch.stack([in_colour(images).cpu() for images in shown], dim=1)  # (N, columns, 3, H, W)
    sheet = grid(cells.flatten(0, 1), len(columns))
    picture = Image.new("RGB", (sheet.width, sheet.height + HEADER), (255, 255, 255))
    picture.paste(sheet, (0, HEADER))
    draw, width = ImageDraw.Draw(picture), sheet.width / len(columns)
    for index, name in enumerate(columns):
        size = HEADER * 2 / 3
        while draw.textlength(name, font=ImageFont.load_default(size)) > width and size > 1:
            size -= 1
        middle = ((index + 0.5) * width, HEADER / 2)
        draw.text(middle, name, fill=(0, 0, 0), font=ImageFont.load_default(size), anchor="mm")
    return picture


def columns_of(classes: int, count: int) -> int:
    """Columns of a picture whose images go through the classes in turn: about as many as rows, each of one class."""
    return classes * max(1, math.isqrt(count) // classes)


def in_colour(images: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 3, H, W): grey as three equal channels, two bands as red and green without blue, without what
    comes after the third.
    """
    if images.shape[1] == 2:
        return torch.cat([images, torch.full_like(images[:, :1], -1.0)], dim=1)
    return images[:, :3] if images.shape[1] >= 3 else images.expand(-1, 3, -1, -1)


def heat(values: Tensor) -> Tensor:
    """(N, 1, H, W) in [0, 1] as images (N, 3, H, W) in [-1, 1]: from black by red and yellow to white."""
    return torch.cat([(3 * values - place).clamp(0, 1) for place in range(3)], dim=1) * 2 - 1


def bands_shown(channels: int, fourth_is_band: bool = False) -> str:
    """Which bands a picture shows, in words; empty where it shows all as a viewer expects them."""
    if channels in IN_A_PICTURE and not (channels == 4 and fourth_is_band):
        return ""
    return "bands 1 and 2 as red and green" if channels == 2 else f"bands 1, 2 and 3 of {channels} as red, green, blue"


def histogram(counts: Tensor) -> Image.Image:
    """A bar for each of the counts (K,), the highest as high as the picture; a line at their mean."""
    bar = max(1, WIDE // len(counts))
    heights = (counts / counts.max().clamp_min(1) * CANVAS / 2).round().long()
    rows = torch.arange(CANVAS // 2, 0, -1)[:, None]
    filled = (rows <= heights).repeat_interleave(bar, 1)
    if bar > 2:
        filled[:, bar - 1 :: bar] = False
    canvas = torch.where(filled[..., None], torch.tensor(COLOUR), torch.tensor((255, 255, 255)))
    level = CANVAS // 2 - int(counts.float().mean() / counts.max().clamp_min(1) * CANVAS / 2)
    canvas[min(level, CANVAS // 2 - 1)] = torch.tensor(GREY)
    return Image.fromarray(canvas.to(torch.uint8).numpy())


def scatter(real: Tensor | None, fake: Tensor, surface: Tensor | None = None) -> Image.Image:
    """Points (N, F) in the plane of their first two coordinates: reals in grey, fakes in colour above them.

    The axes are equal and fixed by the reals, with a margin (without reals, by the fakes), so that pictures of one
    data set compare; what falls outside is drawn on the frame. surface: a value in [0, 1] for each of the places(real),
    painted below, from rose (0) by white to green (1).
    """
    centre, half = _frame(fake if real is None else real)
    canvas = torch.full((CANVAS, CANVAS, 3), 255.0) if surface is None else _painted(surface)
    for points, colour in ((real, GREY), (fake, COLOUR)):
        if points is not None and len(points):
            placed = ((points.detach().float().cpu()[:, :2] - centre) / half).nan_to_num(0.0).clamp(-1, 1)
            canvas = canvas.lerp(torch.tensor(colour, dtype=torch.float32), _coverage(placed))
    picture = Image.fromarray(canvas.round().to(torch.uint8).numpy())
    ImageDraw.Draw(picture).rectangle((0, 0, CANVAS - 1, CANVAS - 1), outline=GREY)
    return picture


def places(real: Tensor) -> Tensor:
    """(TILES², 2): the middles of the tiles that a scatter plot of those reals is divided in, row by row from above."""
    centre, half = _frame(real)
    middles = (torch.arange(TILES) + 0.5) / TILES * 2 - 1
    y, x = torch.meshgrid(-middles, middles, indexing="ij")
    return centre + half * torch.stack([x.flatten(), y.flatten()], dim=1)


def _frame(points: Tensor) -> tuple[Tensor, Tensor]:
    """The centre (2,) of the axes and half their length."""
    low, high = points.detach().float().cpu()[:, :2].aminmax(dim=0)
    return (low + high) / 2, (high - low).max().clamp_min(1e-6) / 2 * (1 + MARGIN)


def _painted(surface: Tensor) -> Tensor:
    """(CANVAS, CANVAS, 3) from values (TILES²,) in [0, 1]."""
    value = surface.detach().float().cpu().nan_to_num(0.5).reshape(TILES, TILES, 1)
    low, middle, high = (torch.tensor(colour, dtype=torch.float32) for colour in (ROSE, (255, 255, 255), GREEN))
    tiles = torch.where(value < 0.5, low.lerp(middle, 2 * value), middle.lerp(high, 2 * value - 1))
    return tiles.repeat_interleave(CANVAS // TILES, 0).repeat_interleave(CANVAS // TILES, 1)


def _coverage(placed: Tensor) -> Tensor:
    """How much of each pixel the dots at (N, 2) in [-1, 1] cover: (CANVAS, CANVAS, 1) in [0, 1]."""
    side, reach = CANVAS * OVERSAMPLING, math.ceil(DOT * OVERSAMPLING)
    line = torch.arange(-reach, reach + 1)
    dot = torch.cartesian_prod(line, line)
    dot = dot[dot.square().sum(1) <= (DOT * OVERSAMPLING) ** 2]
    flipped = placed * torch.tensor([1.0, -1.0])  # rows count downwards
    at = ((flipped + 1) / 2 * (side - 1)).round().long()
    column, row = ((at[:, i, None] + dot[:, i]).clamp_(0, side - 1) for i in (0, 1))  # (N, dot)
    fine = torch.zeros(side * side, dtype=torch.uint8)  # bytes: a run draws thousands of these
    fine[row.mul_(side).add_(column).flatten()] = 1
    rows = reduce(add, fine.view(CANVAS, OVERSAMPLING, side).unbind(1))
    covered = reduce(add, rows.view(CANVAS, CANVAS, OVERSAMPLING).unbind(2))
    return covered[..., None].float() / OVERSAMPLING**2


def gif(frames: Sequence[Image.Image], path: Path, milliseconds: int = 120) -> None:
    """Write an endless animation that rests on its last frame. (TensorBoard's add_video needs moviepy and fails.)"""
    size = frames[-1].size
    scale = min(1.0, GIF_SIDE / max(size))
    smaller = (round(size[0] * scale), round(size[1] * scale))
    shown = [frame.convert("RGB") for frame in frames]
    shown = [frame if frame.size == smaller else frame.resize(smaller, Image.Resampling.BOX) for frame in shown]
    durations = [milliseconds] * (len(shown) - 1) + [10 * milliseconds]
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=durations, loop=0)

"""Pictures of data: grids of images, scatter plots of points, animations. PIL images in, files out; no logging."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache, reduce
from operator import add
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor
from torchvision.utils import make_grid

from gan_runner.images.captions import FAKE, GREY, INK, LOOKS_FAKE, LOOKS_REAL, REAL, WHITE, Colour
from gan_runner.images.fields import has_field
from gan_runner.images.lettering import below_names, beside_gutter, font, round_numbers, say, titled
from gan_runner.images.ranges import to_bytes

CELL = 64
"""The least side of a cell of a grid in pixels: smaller images are enlarged by an integer factor."""
GIF_SIDE = 640
"""The largest side of an animation in pixels."""
CANVAS, DOT, OVERSAMPLING, MARGIN = 512, 1.6, 3, 0.25
PAIRS = 8
"""Columns of a sheet of pairs."""
REST = 2500
"""Milliseconds that an animation shows its last frame."""
TILES = 128
LEFT, ABOVE, RIGHT, BELOW = 46, 10, 14, 66
"""Pixels around the field of a scatter plot: for the numbers of its axes and, below, its legend."""
SCALE = 120
"""Pixels of the bar that says what the surface's colours mean."""
IN_A_PICTURE = (1, 3, 4)
"""How many bands a PNG holds: grey, colour, colour and transparency."""


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
    picture = Image.fromarray(sheet.permute(1, 2, 0).contiguous().numpy())
    return has_field(picture, (0, 0, *picture.size), (factor * width + 2, factor * height + 2))


def pairs(
    above: Tensor,
    below: Tensor,
    fourth_is_band: bool = False,
    called: tuple[str, str] = ("fake", "real"),
    title: str = "",
) -> Image.Image:
    """Images (P, C, H, W), each above its counterpart, in full rows, which are called left of them and below a title;
    fourth_is_band: see `grid`.
    """
    columns = min(len(above), PAIRS)
    whole = len(above) // columns * columns
    above, below = above[:whole], below[:whole]
    rows = [torch.cat([a, b]) for a, b in zip(above.split(columns), below.split(columns), strict=True)]
    sheet = grid(torch.cat(rows), columns, fourth_is_band)
    picture = beside_gutter(sheet, called * len(rows), (FAKE, REAL) * len(rows))
    return titled(picture, title) if title else picture


def side_by_side(pictures: Sequence[Image.Image]) -> Image.Image:
    """Pictures of equal height in one row."""
    sheet = Image.new("RGB", (sum(picture.width for picture in pictures), pictures[0].height), WHITE)
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
    return below_names(grid(cells.flatten(0, 1), len(columns)), tuple(columns))


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


def scatter(
    real: Tensor | None, fake: Tensor, surface: Tensor | None = None, middle: str = "½", called: str = "fake"
) -> Image.Image:
    """Points (N, F) in the plane of their first two coordinates: reals in blue, fakes in orange above them, between
    axes with numbers and above a legend.

    The axes are equal and fixed by the reals, with a margin (without reals, by the fakes), so that pictures of one
    data set compare; what falls outside is drawn on the frame. surface: a value in [0, 1] for each of the places(real),
    painted below, from orange (0) by white to blue (1); middle: what 0.5 is called in its legend. called: what fakes
    are.
    """
    centre, half = _frame(fake if real is None else real)
    canvas = torch.full((CANVAS, CANVAS, 3), 255.0) if surface is None else _painted(surface)
    for points, colour in ((real, REAL), (fake, FAKE)):
        if points is not None and len(points):
            placed = ((points.detach().float().cpu()[:, :2] - centre) / half).nan_to_num(0.0).clamp(-1, 1)
            canvas = canvas.lerp(torch.tensor(colour, dtype=torch.float32), _coverage(placed))
    kinds = {"real": REAL} if real is not None else {}
    kinds |= {called: FAKE} if len(fake) else {}
    low, high = (centre.double() - half).tolist(), (centre.double() + half).tolist()
    corners = (low[0], low[-1]), (high[0], high[-1])
    sheet = _sheet(*corners, tuple(kinds.items()), "" if surface is None else middle)
    picture = sheet.copy()
    picture.paste(Image.fromarray(canvas.round().to(torch.uint8).numpy()), (LEFT, ABOVE))
    ImageDraw.Draw(picture).rectangle((LEFT, ABOVE, LEFT + CANVAS - 1, ABOVE + CANVAS - 1), outline=GREY)
    return has_field(picture, (LEFT, ABOVE, CANVAS, CANVAS))


@lru_cache(maxsize=8)
def _sheet(
    low: tuple[float, float], high: tuple[float, float], kinds: tuple[tuple[str, Colour], ...], middle: str
) -> Image.Image:
    """What all scatter plots of a run share: the numbers of the axes, and the legend. Drawn once."""
    picture = Image.new("RGB", (LEFT + CANVAS + RIGHT, ABOVE + CANVAS + BELOW), WHITE)
    draw, bottom = ImageDraw.Draw(picture), ABOVE + CANVAS
    finite = all(map(math.isfinite, (*low, *high)))  # what was sampled may be no numbers
    for value in round_numbers(low[0], high[0]) if finite else ():
        at = LEFT + (value - low[0]) / (high[0] - low[0]) * CANVAS
        draw.line((at, bottom, at, bottom + 4), fill=INK)
        say(draw, (at, bottom + 12), f"{value:g}", 11, fill=INK)
    for value in round_numbers(low[1], high[1]) if finite else ():
        at = bottom - (value - low[1]) / (high[1] - low[1]) * CANVAS
        draw.line((LEFT - 4, at, LEFT, at), fill=INK)
        say(draw, (LEFT - 7, at), f"{value:g}", 11, LEFT - 8, INK, "rm")
    line, left = bottom + 38, LEFT + 6
    for name, colour in kinds:
        draw.ellipse((left - 4, line - 4, left + 4, line + 4), fill=colour)
        say(draw, (left + 10, line), name, 13, anchor="lm")
        left += 34 + round(draw.textlength(name, font=font(13)))
    if middle:
        _scale(draw, LEFT + CANVAS, line, middle)
    return picture


def _scale(draw: ImageDraw.ImageDraw, right: int, line: int, middle: str) -> None:
    """What the colours of the surface say: the discriminator's answer, from fake by the middle to real."""
    words = ("the discriminator takes it for fake", "real")
    start = right - round(draw.textlength(words[1], font=font(12))) - 8 - SCALE
    colours = _coloured(torch.linspace(0, 1, SCALE)[:, None]).round().int().tolist()
    for x in range(SCALE):
        draw.line((start + x, line - 6, start + x, line + 6), fill=tuple(colours[x]))
    draw.rectangle((start - 1, line - 7, start + SCALE, line + 7), outline=GREY)
    draw.line((start + SCALE / 2, line - 6, start + SCALE / 2, line + 10), fill=INK)
    say(draw, (start + SCALE / 2, line + 18), middle, 12)
    say(draw, (start - 6, line), words[0], 12, anchor="rm")
    say(draw, (right, line), words[1], 12, anchor="rm")


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
    tiles = _coloured(surface.detach().float().cpu().nan_to_num(0.5).reshape(TILES, TILES, 1))
    return tiles.repeat_interleave(CANVAS // TILES, 0).repeat_interleave(CANVAS // TILES, 1)


def _coloured(value: Tensor) -> Tensor:
    """(…, 3) of values (…, 1) in [0, 1]."""
    low, middle, high = (torch.tensor(colour, dtype=torch.float32) for colour in (LOOKS_FAKE, WHITE, LOOKS_REAL))
    return torch.where(value < 0.5, low.lerp(middle, 2 * value), middle.lerp(high, 2 * value - 1))


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


def gif(frames: Sequence[Image.Image], path: Path, milliseconds: int = 120, titles: Sequence[str] = ()) -> None:
    """Write an endless animation that rests on its last frame; titles: a line above each frame.

    (TensorBoard's add_video needs moviepy and fails.)
    """
    shown = [frame.convert("RGB") for frame in frames]
    shown = [titled(frame, title) for frame, title in zip(shown, titles, strict=True)] if titles else shown
    size = shown[-1].size
    scale = min(1.0, GIF_SIDE / max(size))
    smaller = (round(size[0] * scale), round(size[1] * scale))
    shown = [frame if frame.size == smaller else frame.resize(smaller, Image.Resampling.BOX) for frame in shown]
    durations = [milliseconds] * (len(shown) - 1) + [max(REST, milliseconds)]
    shown[0].save(path, save_all=True, append_images=shown[1:], duration=durations, loop=0)

"""Charts: labelled points and bars. PIL images out."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from gan_runner.images.captions import BLACK, FAINT, FAKE, GREY, INK, REAL, TEN, WHITE, Colour
from gan_runner.images.lettering import font, round_numbers, say

SIDE, EDGE, TITLE, FINE = 560, 40, 30, 3
"""Pixels of a chart's field, around it and above it, and how many times finer it is drawn before it is reduced."""
LEGEND, ROW, IN_LEGEND = 150, 20, 20
RADIUS = 2.2
BLUE = REAL
FEW_BARS = 30
"""Bars that have their numbers above them and their names below."""


def colours(count: int) -> list[Colour]:
    """One for each class."""
    if count <= len(TEN):
        return list(TEN[:count])
    turned = (colorsys.hsv_to_rgb(index / count, 0.9, 0.85 if index % 2 else 0.6) for index in range(count))
    return [(round(255 * red), round(255 * green), round(255 * blue)) for red, green, blue in turned]


def by_class(
    points: Tensor, label: Tensor | None, names: Sequence[str], title: str, axes: tuple[str, str]
) -> Image.Image:
    """Points (N, 2) coloured by their labels (N,), with ticks on equal axes and a legend of the classes that appear.

    All but the farthest hundredth lie inside; the others are drawn on the frame.
    """
    found = [] if label is None else sorted(label.unique().tolist())
    wide = LEGEND if found else 0
    picture = Image.new("RGB", (SIDE + 2 * EDGE + wide, SIDE + 2 * EDGE + TITLE), WHITE)
    low, high = _frame(points)
    paint = colours(len(names))
    kinds = [paint[y] for y in label.tolist()] if label is not None else [BLUE] * len(points)
    picture.paste(_dots((points - low) / (high - low), kinds), (EDGE, EDGE + TITLE))
    draw = ImageDraw.Draw(picture)
    _frame_of(draw, title, axes, SIDE)
    _ticks(draw, float(low[0]), float(high[0]), across=True)
    _ticks(draw, float(low[1]), float(high[1]), across=False)
    for row, y in enumerate(found[:IN_LEGEND]):
        at = (EDGE + SIDE + 20, EDGE + TITLE + 10 + row * ROW)
        draw.ellipse((at[0] - 5, at[1] - 5, at[0] + 5, at[1] + 5), fill=paint[y])
        draw.text((at[0] + 12, at[1]), _short(names[y]), fill=BLACK, font=font(13), anchor="lm")
    if more := len(found[IN_LEGEND:]):
        at = (EDGE + SIDE + 20, EDGE + TITLE + 10 + IN_LEGEND * ROW)
        draw.text(at, f"and {more} more", fill=INK, font=font(13), anchor="lm")
    return picture


def bars(values: Tensor, lit: Tensor, title: str, axes: tuple[str, str]) -> Image.Image:
    """A bar for each of the values (K,), the greatest first, in colour where `lit` (K,); named by their places."""
    order = values.argsort(descending=True, stable=True).tolist()
    picture = Image.new("RGB", (SIDE + 2 * EDGE, SIDE // 2 + 2 * EDGE + TITLE), WHITE)
    draw = ImageDraw.Draw(picture)
    top = max(float(values.max()), 1e-3) * 1.05
    step, height = SIDE / len(order), SIDE // 2
    bottom = EDGE + TITLE + height
    _ticks(draw, 0.0, top, across=False, length=height, lines=True)
    size = min(12.0, step * 0.75)
    for index, place in enumerate(order):
        left = EDGE + index * step
        high = max(0.0, float(values[place])) / top * height
        gap = step * 0.12
        box = (left + gap, bottom - high, max(left + gap, left + step - gap), bottom)
        draw.rectangle(box, fill=BLUE if lit[place] else GREY)
        if size >= 7:
            middle = (left + step / 2, bottom + 4 + size / 2)
            draw.text(middle, str(place), fill=INK, font=font(size), anchor="mm")
    _frame_of(draw, title, axes, height)
    return picture


def tally(counts: Tensor, names: Sequence[str], title: str, axes: tuple[str, str], outside: int = 0) -> Image.Image:
    """How many samples fell on each mode: a bar for each of the counts (K,), in their order, with its number above and
    its name below, a grey bar for those `outside` all of them, and a line where even shares would end.

    Of more than FEW_BARS modes the bars stand alone. Where nothing fell on any mode, it says so.
    """
    found = counts.tolist()
    called = [*map(str, names)]
    many = len(found) > FEW_BARS
    values = [*found, outside] if outside and not many else found
    called = [*called, "none"][: len(values)]
    picture = Image.new("RGB", (SIDE + 2 * EDGE, SIDE // 2 + 2 * EDGE + TITLE), WHITE)
    draw, height = ImageDraw.Draw(picture), SIDE // 2
    top, bottom, step = max(*values, 1) * 1.1, EDGE + TITLE + height, SIDE / len(values)
    _ticks(draw, 0.0, top, across=False, length=height, lines=True)
    for index, value in enumerate(values):
        left, high = EDGE + index * step, value / top * height
        gap = 0 if many else step * 0.12
        if value:
            box = (left + gap, bottom - max(1.0, high), max(left + gap, left + step - gap - (not many)), bottom)
            draw.rectangle(box, fill=FAKE if index < len(found) else GREY)
    if sum(found):
        even = bottom - sum(found) / len(found) / top * height
        draw.line((EDGE, even, EDGE + SIDE, even), fill=INK, width=1)
        say(draw, (EDGE + SIDE + 4, even), "even", 11, EDGE - 4, INK, "lm")
    else:
        say(draw, (EDGE + SIDE / 2, bottom - height / 2), "no sample lies on a mode", 18)
    for index, value in () if many else enumerate(values):
        middle = EDGE + (index + 0.5) * step
        say(draw, (middle, bottom - value / top * height - 8), str(value), 12, step, halo=True)
        say(draw, (middle, bottom + 11), called[index], 12, step - 2, INK)
    _frame_of(draw, title, axes, height)
    return picture


def tiled(pictures: Sequence[Image.Image], columns: int, gap: int = 12) -> Image.Image:
    """Pictures of one size in rows of `columns`."""
    width, height = pictures[0].size
    rows = -(-len(pictures) // columns)
    columns = min(columns, len(pictures))
    sheet = Image.new("RGB", (columns * (width + gap) - gap, rows * (height + gap) - gap), WHITE)
    for index, picture in enumerate(pictures):
        sheet.paste(picture, (index % columns * (width + gap), index // columns * (height + gap)))
    return sheet


def _frame(points: Tensor) -> tuple[Tensor, Tensor]:
    """The lower left and the upper right corner of a square that holds 99 in 100 of the points, with a margin."""
    low, high = torch.quantile(points.float(), torch.tensor([0.005, 0.995]), dim=0)
    least = max(1e-6, 1e-5 * float(high.abs().max()))  # float32 tells no closer ones apart
    half = (high - low).max().clamp_min(least) * 0.55
    return (low + high) / 2 - half, (low + high) / 2 + half


def _dots(places: Tensor, kinds: Sequence[Colour]) -> Image.Image:
    """(SIDE, SIDE): dots at places (N, 2) in [0, 1], counted from the lower left; each class under no other."""
    field = Image.new("RGB", (SIDE * FINE, SIDE * FINE), WHITE)
    draw, reach = ImageDraw.Draw(field), RADIUS * FINE
    inside = places.clamp(0, 1).mul(SIDE * FINE).tolist()
    for (x, y), colour in zip(inside, kinds, strict=True):
        y = SIDE * FINE - y
        draw.ellipse((x - reach, y - reach, x + reach, y + reach), fill=colour)
    return field.resize((SIDE, SIDE), Image.Resampling.BOX)


def _frame_of(draw: ImageDraw.ImageDraw, title: str, axes: tuple[str, str], height: int) -> None:
    draw.rectangle((EDGE, EDGE + TITLE, EDGE + SIDE, EDGE + TITLE + height), outline=GREY)
    say(draw, (EDGE + SIDE / 2, TITLE / 2 + 8), title, 15, SIDE + EDGE)
    say(draw, (EDGE + SIDE / 2, TITLE + height + 2 * EDGE - 10), axes[0])
    say(draw, (4, TITLE + EDGE - 12), axes[1], fill=INK, anchor="lm")


def _ticks(
    draw: ImageDraw.ImageDraw, low: float, high: float, across: bool, length: int = SIDE, lines: bool = False
) -> None:
    """Round numbers along an axis."""
    for value in round_numbers(low, high):
        at = (value - low) / (high - low) * length
        bottom = EDGE + TITLE + length
        if across:
            draw.line((EDGE + at, bottom, EDGE + at, bottom + 4), fill=INK)
            say(draw, (EDGE + at, bottom + 13), f"{value:g}", 12)
        else:
            draw.line((EDGE - 4, bottom - at, EDGE + (SIDE if lines else 0), bottom - at), fill=FAINT if lines else INK)
            draw.text((EDGE - 7, bottom - at), f"{value:g}", fill=INK, font=font(12), anchor="rm")


def _short(name: str) -> str:
    return name if len(name) <= 16 else f"{name[:15]}…"

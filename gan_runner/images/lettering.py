"""Words on pictures: text about a place, names above columns, lines above and below. PIL alone, and no torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gan_runner.images.captions import BLACK, WHITE, Colour
from gan_runner.images.fields import moved

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont
LEAST = 6
"""The smallest letters that are written."""
HEADER = 18
"""Height of a line of column names, in pixels."""
BAND = 26
"""Height of a line above or below a picture, in pixels."""


@cache
def font(size: float) -> Font:
    """Letters of Latin, Greek and Cyrillic, arrows and fractions: DejaVu Sans, which comes with matplotlib."""
    spec = find_spec("matplotlib")  # which is not imported for it
    if spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
        if path.is_file():
            return ImageFont.truetype(str(path), size)
    return ImageFont.load_default(size)


def say(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: float = 12,
    width: float = math.inf,
    fill: Colour = BLACK,
    anchor: str = "mm",
    halo: bool = False,
) -> None:
    """Text about a place, as small as the width demands; what is too long for the smallest letters is cut.

    halo: in white, where it may lie on a line.
    """
    while draw.textlength(text, font=font(size)) > width and size > LEAST:
        size = max(LEAST, size - 1)
    while len(text) > 1 and draw.textlength(text, font=font(size)) > width:
        text = f"{text[:-2]}…"
    draw.text(at, text, fill=fill, font=font(size), anchor=anchor, stroke_width=2 * halo, stroke_fill=WHITE)


@cache
def names_line(names: tuple[str, ...], width: int) -> Image.Image:
    """(width, HEADER): a name above the middle of each of as many columns. It is kept: a run asks for it again."""
    line = Image.new("RGB", (width, HEADER), WHITE)
    draw, each = ImageDraw.Draw(line), width / max(1, len(names))
    for index, name in enumerate(names):
        say(draw, ((index + 0.5) * each, HEADER / 2), name, HEADER * 2 / 3, each - 2)
    return line


def below_names(picture: Image.Image, names: Sequence[str]) -> Image.Image:
    """A grid below a line with the names of its columns."""
    line = names_line(tuple(names), picture.width)
    return moved(picture, stacked([line, picture]), 0, line.height)


def banner(text: str, width: int, size: float = 14) -> Image.Image:
    """(width, BAND): a line of text."""
    line = Image.new("RGB", (width, BAND), WHITE)
    say(ImageDraw.Draw(line), (width / 2, BAND / 2), text, size, width - 4)
    return line


def titled(picture: Image.Image, title: str) -> Image.Image:
    """A picture below a line of text."""
    return moved(picture, stacked([banner(title, picture.width), picture]), 0, BAND)


def stacked(pictures: Sequence[Image.Image]) -> Image.Image:
    """One below the other, from the left; transparent where the last one is."""
    width, height = max(one.width for one in pictures), sum(one.height for one in pictures)
    mode = "RGBA" if pictures[-1].mode == "RGBA" else "RGB"
    sheet, top = Image.new(mode, (width, height), (*WHITE, 255) if mode == "RGBA" else WHITE), 0
    for picture in pictures:
        sheet.paste(picture, (0, top))
        top += picture.height
    return sheet


def beside_gutter(
    picture: Image.Image, names: Sequence[str], colours: Sequence[Colour], width: int = 44
) -> Image.Image:
    """A grid right of the names of its rows."""
    sheet = Image.new(picture.mode, (width + picture.width, picture.height), WHITE)
    sheet.paste(picture, (width, 0))
    draw, each = ImageDraw.Draw(sheet), picture.height / max(1, len(names))
    for index, name in enumerate(names):
        say(draw, (width - 5, (index + 0.5) * each), name, 13, width - 6, colours[index], "rm")
    return moved(picture, sheet, width, 0)


def round_numbers(low: float, high: float, most: int = 7) -> list[float]:
    """At most `most` numbers in [low, high], 1, 2 or 5 times a power of ten apart."""
    apart = (high - low) / most
    power = 10.0 ** math.floor(math.log10(apart))
    step = next(times * power for times in (1, 2, 5, 10) if times * power >= apart * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)  # 1 / 0.2 is a little less than 5
    return [round(index * step, 12) for index in range(first, last + 1)]

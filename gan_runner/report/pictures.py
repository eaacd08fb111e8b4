"""The pictures of a run folder as they lie within a page: data URIs, thinned to what a page may weigh."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping, Sequence
from html import escape
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from gan_runner.waiting.inline import FONT

NUMBERED = re.compile(r"(?:(?P<series>\w+?)_)?(?P<batches>\d{8,})")
"""The stem of a picture of a series: by_mode_00000500; of samples of the same latents the batches alone."""
PLAIN, SIDE, QUALITY = 60_000, 960, 88
"""Bytes up to which a PNG file stays as it is; the longest side in pixels and the quality of a JPEG in its place."""


class Picture(NamedTuple):
    """A picture within a page: its data URI and its size in pixels."""

    source: str
    width: int
    height: int


class Frame(NamedTuple):
    """One of a series: the batches after which it was drawn."""

    batches: int
    picture: Picture


class Series(NamedTuple):
    """The frames of a series that a page shows, and how many pictures there are."""

    frames: Sequence[Frame]
    drawn: int


def series_of(samples: Path) -> dict[str, dict[int, Path]]:
    """The pictures below a folder that show the same thing over time, by name and by batches; "" are samples."""
    found: dict[str, dict[int, Path]] = {}
    for path in sorted(samples.glob("*.png")):
        if match := NUMBERED.fullmatch(path.stem):
            found.setdefault(match["series"] or "", {})[int(match["batches"])] = path
    return found


def encoded(path: Path) -> Picture:
    """A file as it is where it is small; else the smaller one of it and a JPEG of at most SIDE pixels a side."""
    content = path.read_bytes()
    with Image.open(BytesIO(content)) as opened:
        if len(content) <= PLAIN:
            opened.load()  # one that is cut is found out
            return Picture(_uri("png", content), *opened.size)
        lighter = _jpeg(opened)
        if len(lighter) < len(content):
            with Image.open(BytesIO(lighter)) as reduced:
                return Picture(_uri("jpeg", lighter), *reduced.size)
        return Picture(_uri("png", content), *opened.size)


def of_picture(image: Image.Image) -> Picture:
    """A picture that lies in no file, to the bit where it is small; else as `encoded` has it."""
    held = BytesIO()
    image.save(held, "png", optimize=True)
    if len(held.getvalue()) <= PLAIN:
        return Picture(_uri("png", held.getvalue()), *image.size)
    return of_image(image)


def of_image(image: Image.Image) -> Picture:
    """A picture that lies in no file."""
    return Picture(_uri("jpeg", _jpeg(image)), *image.size)


def _jpeg(image: Image.Image) -> bytes:
    shown = image.convert("RGBA") if image.mode in ("P", "LA", "RGBA") else image.convert("RGB")
    if shown.mode == "RGBA":
        white = Image.new("RGBA", shown.size, "white")
        shown = Image.alpha_composite(white, shown).convert("RGB")
    scale = min(1.0, SIDE / max(shown.size))
    if scale < 1:
        size = (max(1, round(shown.width * scale)), max(1, round(shown.height * scale)))
        shown = shown.resize(size, Image.Resampling.BOX)
    held = BytesIO()
    shown.save(held, "jpeg", quality=QUALITY, subsampling=0)
    return held.getvalue()


def _uri(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{b64encode(content).decode('ascii')}"


def frames(found: Mapping[int, Path], most: int, budget: int) -> Series:
    """At most `most` pictures of a series that weigh at most `budget` characters together, spread evenly.

    The newest is always there, whatever it weighs. Files that cannot be read are left out.
    """
    kept: dict[int, Picture | None] = {}
    count = min(most, len(found))
    while True:
        chosen = spread(sorted(found), count)
        for batches in chosen:
            if batches not in kept:
                kept[batches] = _readable(found[batches])
        shown = [Frame(batches, picture) for batches in chosen if (picture := kept[batches]) is not None]
        weight = sum(len(frame.picture.source) for frame in shown)
        if weight <= budget or count <= 1:
            return Series(shown, len(found))
        count = max(1, min(count - 1, int(count * budget / weight)))


def _readable(path: Path) -> Picture | None:
    try:
        return encoded(path)
    except (OSError, ValueError):
        return None


TELLING = ("a2b", "reconstruction", "")
"""Series of pictures, the most telling first: an autoencoder's samples say little of it."""


def newest(samples: Path) -> tuple[int, Path] | None:
    """The newest picture below a folder of the series that tells most, and the batches after which it was drawn."""
    series = series_of(samples)
    name = next((name for name in (*TELLING, *series) if name in series), None)
    return None if name is None else max(series[name].items())


def html_of_file(path: Path, told: str, most: int = 420) -> str:
    """A file as a picture of a page, of at most so many pixels across, above what is told of it; "" of one that cannot
    be read.
    """
    picture = _readable(path)
    return "" if picture is None else html_of(picture, told, most)


def html_of(picture: Picture, told: str, most: int = 420) -> str:
    """A picture of a page, of at most so many pixels across, above what is told of it."""
    style = f"margin: 0; {FONT}"
    image = (
        f'<img src="{picture.source}" width="{min(most, picture.width)}" style="max-width: 100%" alt="{escape(told)}">'
    )
    return f'<figure style="{style}">{image}<figcaption style="opacity: .7">{escape(told)}</figcaption></figure>'


def single(path: Path) -> Picture | None:
    """A picture that is there and can be read."""
    return _readable(path) if path.is_file() else None


def spread(numbers: Sequence[int], count: int) -> list[int]:
    """`count` of them, evenly by their places, the first and the last among them; of one the last."""
    if count >= len(numbers):
        return list(numbers)
    if count == 1:
        return [numbers[-1]]
    return [numbers[round(index * (len(numbers) - 1) / (count - 1))] for index in range(count)]

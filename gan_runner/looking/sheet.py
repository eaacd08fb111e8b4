"""Examples of a set on one picture, as training sees them."""

from __future__ import annotations

import math
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from gan_runner.data.decks import labels_of
from gan_runner.files import replacing
from gan_runner.images.captions import INK
from gan_runner.images.drawing import CELL, bands_shown, grid
from gan_runner.images.fields import notes_of
from gan_runner.images.lettering import beside_gutter, font, titled
from gan_runner.images.ranges import to_unit_range
from gan_runner.looking.findings import Findings

WIDTH = 1024
"""Pixels of the picture, about, with images of up to 128 a side."""
COLUMNS = 12
"""Images in a row at most."""
ROWS = 24
"""Classes that are shown at most: the largest."""
GUTTER = 150
"""Pixels for the names of classes at most."""


def draw(found: Findings, output: Path) -> None:
    """Write a PNG: a row for each class, its name and its number of images beside it; without classes a square."""
    picture = sheet(found)
    with replacing(output) as beside:
        picture.save(beside, pnginfo=notes_of(picture))


def sheet(found: Findings) -> Image.Image:
    """The picture. Of each class images are taken at even distances, the first one first."""
    deck = found.folder.deck("train")
    labels = labels_of(deck) if found.has_classes else None
    side = max(CELL, found.folder.decoder.size[1])
    columns = min(COLUMNS, max(4, WIDTH // side))
    if labels is None:
        rows = [_even(torch.arange(len(deck)), min(columns, math.ceil(math.sqrt(len(deck)))) ** 2)]
        columns = math.ceil(math.sqrt(len(rows[0])))
        names: list[str] = []
    else:
        counts = labels.bincount(minlength=len(found.class_names))
        columns = min(columns, int(counts.max()))
        largest = counts.argsort(descending=True, stable=True)[:ROWS].sort().values.tolist()
        rows = [_even((labels == label).nonzero().flatten(), columns) for label in largest if counts[label]]
        names = [f"{found.class_names[label]} ({int(counts[label]):,})" for label in largest if counts[label]]
    fourth = found.folder.fourth_is_band
    cells = torch.cat([_filled(to_unit_range(deck[row].real), columns if names else 1) for row in rows])
    picture = grid(cells, columns, fourth)
    if names:
        widest = max(ImageDraw.Draw(picture).textlength(name, font=font(13)) for name in names)
        picture = beside_gutter(picture, names, [INK] * len(names), min(GUTTER, round(widest) + 10))
    return titled(picture, _title(found, len(names), bands_shown(found.folder.shape[0], fourth)))


def _title(found: Findings, rows: int, shown: str) -> str:
    height, width = found.folder.decoder.size
    count = len(found.rows["train"])
    classes = sum(number > 0 for number in found.class_counts("train")) if found.has_classes else 0
    some = f", the {rows} largest of {classes} classes" if 0 < rows < classes else ""
    bands = f", {shown}" if shown else ""
    return f"{found.folder.place.name}: {count:,} images to train on, seen at {width} × {height}{some}{bands}"


def _even(positions: Tensor, most: int) -> Tensor:
    """At most so many positions at even distances."""
    if len(positions) <= most:
        return positions
    return positions[torch.linspace(0, len(positions) - 1, most).round().long()]


def _filled(images: Tensor, columns: int) -> Tensor:
    """A row of images, with white in the place of those that it lacks."""
    lacking = max(0, columns - len(images))
    return torch.cat([images, torch.ones(lacking, *images.shape[1:])])

"""Where on a picture its data lies, so that strips of many pictures can leave out the words around it.

A picture notes it of itself, and its PNG file keeps that as text.
"""

from __future__ import annotations

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FIELD, CELLS = "field", "cells"
"""The names of the notes."""


def has_field(picture: Image.Image, box: tuple[int, int, int, int], cell: tuple[int, int] | None = None) -> Image.Image:
    """Note where the data is drawn (left, top, width, height), and the size of the cells of a grid with their gaps."""
    picture.info[FIELD] = " ".join(map(str, box))
    if cell is not None:
        picture.info[CELLS] = " ".join(map(str, cell))
    return picture


def notes_of(picture: Image.Image) -> PngInfo:
    """What `has_field` noted, as a PNG file keeps it."""
    notes = PngInfo()
    for name in (FIELD, CELLS):
        if name in picture.info:
            notes.add_text(name, str(picture.info[name]))
    return notes


def box_of(picture: Image.Image) -> tuple[int, int, int, int]:
    """Where the data is drawn; the whole picture where that is not noted."""
    left, top, width, height = map(int, str(picture.info.get(FIELD, f"0 0 {picture.width} {picture.height}")).split())
    return left, top, width, height


def cell_of(picture: Image.Image) -> tuple[int, int] | None:
    """The size of a grid's cells with their gaps; None of what is no grid, or of earlier versions."""
    noted = str(picture.info.get(CELLS, "")).split()
    return (int(noted[0]), int(noted[1])) if len(noted) == 2 else None


def field_of(picture: Image.Image) -> Image.Image:
    """The data without the words around it."""
    left, top, width, height = box_of(picture)
    return picture.crop((left, top, left + width, top + height))


def moved(picture: Image.Image, onto: Image.Image, right: int, down: int) -> Image.Image:
    """The larger picture, which knows where the data of the smaller one is now."""
    left, top, width, height = box_of(picture)
    return has_field(onto, (left + right, top + down, width, height), cell_of(picture))

"""What is asked of files that hold more than one image, or more than is shown: pages, an axis, a window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pages = tuple[int, int] | Literal["first", "middle", "all", "bands"] | None
"""Which pages of a file are images: [from, to], counted from 1, both included; "bands": all pages of a file are the
bands of one image; null: the first page, and of a volume the slice in its middle.
"""
Axis = Literal["axial", "coronal", "sagittal"]
"""What the slices of a volume are cut across to."""
Window = tuple[float, float] | Literal["file"] | None
"""[centre, width] of the values that are shown; "file": that of each file; null: all values."""


@dataclass(frozen=True)
class Reading:
    """How files are read that are more than one plain image."""

    pages: Pages = None
    axis: Axis = "axial"
    from_file: bool = False
    """Whether each file is shown by its own window."""


def checked_pages(pages: Pages, key: str) -> Pages:
    """As a configuration gives them. Raises ValueError, naming the key, for a part that no file has."""
    if not isinstance(pages, str) and pages is not None:
        first, last = pages
        if first < 1 or last < first:
            raise ValueError(f"{key}=[{first},{last}] names no pages: count from 1, and set the smaller one first")
        return int(first), int(last)
    return pages


def chosen(pages: Pages, count: int) -> range:
    """Which of a file's pages are images, counted from 0. Raises ValueError where it has none of them."""
    if pages is None or pages == "first":
        return range(1)
    if pages == "middle":
        return range(count // 2, count // 2 + 1)
    if isinstance(pages, str):
        return range(count)
    first, last = pages
    if first > count:
        raise ValueError(f"it has {count} page{'s' * (count != 1)}, and data.pages=[{first},{last}] begins behind them")
    return range(first - 1, min(last, count))


def range_of_window(window: tuple[float, float], key: str) -> tuple[float, float]:
    """The values that become black and white by [centre, width]: c − 0.5 ± (w − 1) / 2.

    Source: DICOM PS3.3, C.11.2.1.2 (LINEAR). Raises ValueError, naming the key, for a width of no values.
    """
    centre, width = window
    if width <= 1:
        raise ValueError(f"{key}=[{centre:g},{width:g}] is [centre,width], and the width of a window is above 1")
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2

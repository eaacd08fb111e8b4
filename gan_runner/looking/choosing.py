"""The settings of data=folder that follow from what a set holds: the side of its images, and their channels."""

from __future__ import annotations

from collections.abc import Sequence
from math import log2
from statistics import median

from gan_runner.looking.traits import Traits

LEAST, MOST = 32, 128
"""Pixels a side that are chosen: smaller ones teach networks little, larger ones take a GPU and days."""
MOST_OWN = 256
"""Pixels a side up to which images that all have one size keep it."""
STARTS = (4, 5, 6, 7)
"""The sides that networks of convolutions begin with, and double."""


def side_of(sides: Sequence[tuple[int, int]]) -> int:
    """The side for images of (height, width): their own where all are squares of one size that networks take, else
    the power of two next to the median of their shorter sides.
    """
    if not sides:
        return 64
    height, width = sides[0]
    if height == width <= MOST_OWN and takes(height) and set(sides) == {sides[0]}:
        return height
    shorter = median(min(one) for one in sides)
    return min(MOST, max(LEAST, 1 << round(log2(max(1.0, shorter)))))


def takes(side: int) -> bool:
    """Whether networks that double a side of 4, 5, 6 or 7 at least once come to it."""
    while side % 2 == 0 and side > 2 * STARTS[-1]:
        side //= 2
    return side % 2 == 0 and side // 2 in STARTS


def channels_of(traits: Traits) -> int | None:
    """1 where all images are grey; None where nothing speaks against colour."""
    return 1 if len(traits) and bool(traits.grey.all()) else None

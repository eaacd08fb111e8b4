"""What is kept of each image of a set: enough to find copies, near copies and empty ones, in 300 bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_runner.data.decks import Deck
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.images.resizing import luma
from gan_runner.waiting.preparing import preparing

THUMB = 16
"""Pixels a side of the small grey picture that is kept of each image."""
HASH_ROWS, HASH_COLUMNS = 8, 9
PIXELS_AT_ONCE = 2**25
"""Values that are looked at together."""
EMPTY = 2
"""An image whose pixels differ by no more than this, of 255, in each band, is of one colour."""


@dataclass(frozen=True)
class Traits:
    """Of N images.

    pixels: a hash of what was decoded; two are equal where the images are.
    bits (N, 64): the difference hash, whether each part of a picture of 9 × 8 is brighter than the part left of it
    (Krawetz 2013, hackerfactor.com/blog/?/archives/529-Kind-of-Like-That.html).
    thumbs uint8 (N, THUMB²): grey. brightness (N,): the mean, 0 black to 1 white. empty (N,): of one colour.
    grey (N,): whether all bands of a colour image are equal.
    """

    pixels: NDArray[np.bytes_]
    bits: NDArray[np.bool_]
    thumbs: NDArray[np.uint8]
    brightness: NDArray[np.float32]
    empty: NDArray[np.bool_]
    grey: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.pixels)


def traits_of(deck: Deck, transparent: bool = False) -> Traits:
    """Of a whole deck of images, a part at a time, behind a bar. transparent: the fourth band is opacity."""
    if not len(deck):
        return joined([_traits(torch.zeros(0, 1, 1, 1, dtype=torch.uint8), False)])
    each = int(deck[torch.tensor([0])].real.numel())
    parts = torch.arange(len(deck)).split(max(1, PIXELS_AT_ONCE // each))
    found = []
    with preparing("comparing", len(deck), "images") as done:
        for positions in parts:
            found.append(_traits(as_bytes(deck[positions].real), transparent))
            done(len(positions))
    return joined(found)


def as_bytes(images: Tensor) -> Tensor:
    """Images (N, C, H, W) as a deck holds them, in bytes."""
    return images if images.dtype == torch.uint8 else to_bytes(to_unit_range(images))


def joined(parts: Sequence[Traits]) -> Traits:
    """Of several sets, one after the other."""
    return Traits(*(np.concatenate([getattr(part, name) for part in parts]) for name in Traits.__dataclass_fields__))


def _traits(images: Tensor, transparent: bool) -> Traits:
    count = len(images)
    rows = images.flatten(1).numpy()
    colours = images[:, :3] if images.shape[1] >= 3 else images[:, :1]
    grey = brightness(images, transparent)
    cells = adaptive_avg_pool2d(grey, (HASH_ROWS, HASH_COLUMNS))[:, 0]
    low, high = images.flatten(2).amin(2), images.flatten(2).amax(2)
    return Traits(
        np.array([hashlib.blake2b(row.data, digest_size=16).digest() for row in rows], dtype="S16").reshape(count),
        (cells[..., 1:] > cells[..., :-1]).flatten(1).numpy(),
        adaptive_avg_pool2d(grey, (THUMB, THUMB)).round().to(torch.uint8).flatten(1).numpy(),
        (grey.mean((1, 2, 3)) / 255).numpy(),
        (high - low <= EMPTY).all(1).numpy(),
        (colours == colours[:, :1]).flatten(1).all(1).numpy(),
    )


def brightness(images: Tensor, transparent: bool = False) -> Tensor:
    """Bytes (N, C, H, W) -> float32 (N, 1, H, W), 0 to 255; transparency is laid on white."""
    values = images.float()
    grey = luma(values[:, :3]) if images.shape[1] >= 3 else values[:, :1]
    if not transparent or images.shape[1] != 4:
        return grey
    opacity = values[:, 3:] / 255
    return grey * opacity + 255 * (1 - opacity)

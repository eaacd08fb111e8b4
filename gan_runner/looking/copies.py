"""Images of a set that are the same, or nearly the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from gan_runner.looking.traits import Traits
from gan_runner.waiting.preparing import preparing

NEAR = 4
"""Bits of 64 by which the hashes of near copies differ at most."""
ALIKE = 0.98
"""The least correlation of their small pictures."""
MOST_IMAGES = 60_000
"""As many are compared with each other: the time grows with the square, 60,000 take some seconds."""
MOST_PAIRS = 100_000
"""Pairs that are looked at more closely."""
BLOCK = 2048


def groups(keys: Iterable[Any]) -> list[list[int]]:
    """The positions of equal keys, of those that several have, by the first position."""
    found: dict[Any, list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        found[key].append(position)
    return [positions for positions in found.values() if len(positions) > 1]


class Near(NamedTuple):
    """pairs: of positions, the most alike first. whole: whether all images were compared, and no pair was left out."""

    pairs: list[tuple[int, int]]
    whole: bool


def near_pairs(traits: Traits) -> Near:
    """Pairs of different images whose difference hashes differ in NEAR bits at most, and whose small pictures agree but
    for brightness and contrast: the same picture in another size, compression or brightness. Empty images are none.
    """
    _, first = np.unique(traits.pixels, return_index=True)
    kept = np.sort(first[~traits.empty[first]])
    compared = kept[:MOST_IMAGES]
    close, whole = _close(traits.bits[compared])
    pairs = compared[close]
    agreement = _agreement(traits.thumbs, pairs)
    order = np.argsort(-agreement, kind="stable")
    order = order[agreement[order] >= ALIKE]
    found = [(int(one), int(other)) for one, other in pairs[order]]
    return Near(found, whole and len(compared) == len(kept))


def _close(bits: NDArray[np.bool_]) -> tuple[NDArray[np.int64], bool]:
    """Pairs (P, 2) of rows that differ in NEAR bits at most; whether there are no more.

    Rows of ±1 agree in as many more bits than they differ in as their product says: one product of matrices compares
    all of them.
    """
    signs = torch.from_numpy(bits).float() * 2 - 1
    least = signs.shape[1] - 2 * NEAR
    found, count = [], 0
    with preparing("looking for near copies", len(signs), "images") as done:
        for start in range(0, len(signs), BLOCK):
            block = signs[start : start + BLOCK]
            near = (block @ signs[start:].T >= least).nonzero()
            near = near[near[:, 1] > near[:, 0]] + start
            found.append(near)
            count += len(near)
            done(len(block))
            if count > MOST_PAIRS:
                break
    pairs = torch.cat([*found, torch.zeros(0, 2, dtype=torch.long)]).numpy()
    return pairs[:MOST_PAIRS], count <= MOST_PAIRS


def _agreement(thumbs: NDArray[np.uint8], pairs: NDArray[np.int64]) -> NDArray[np.float32]:
    """The correlation of the small pictures of each pair (P,)."""
    parts = np.array_split(pairs, len(pairs) // BLOCK + 1)
    return np.concatenate([_correlation(thumbs[part[:, 0]], thumbs[part[:, 1]]) for part in parts])


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> NDArray[np.float32]:
    first, second = (values.astype(np.float32) - values.mean(1, keepdims=True) for values in (one, other))
    sizes = np.sqrt((first**2).sum(1) * (second**2).sum(1))
    found: NDArray[np.float32] = ((first * second).sum(1) / np.maximum(sizes, 1e-6)).astype(np.float32)
    return found


def members(equal: Sequence[Sequence[int]]) -> int:
    """How many copies there are beside one of each group."""
    return sum(len(group) - 1 for group in equal)

"""The training images of a run, and which of them a sample is nearest to."""

from __future__ import annotations

from functools import cached_property
from statistics import median
from typing import NamedTuple

import torch
from torch import Tensor

from gan_runner.assemble import build_data
from gan_runner.config.trust import check_targets
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.metrics.base import nearest
from gan_runner.metrics.studying import float64
from gan_runner.types import Origin, Split

MOST = 60_000
"""Training images that are looked at, as metrics.memorization does by default."""
BESIDE = 64
"""Held-out images whose distances say what is usual."""


class Neighbour(NamedTuple):
    """A training image (C, H, W), its label where it has one, its place among those looked at, and its distance."""

    image: Tensor
    label: int | None
    place: int
    distance: float


class TrainingImages:
    """What a run was trained on, read anew; at most `most` of it, the first ones of a fixed order.

    Distances are Euclidean, over all pixels in [-1, 1], of images as files have them (bytes).
    trust: whether the data may be of any class that can be imported. Raises ValueError or OSError, one sentence, where
    the data is not trusted or not there.
    """

    def __init__(self, origin: Origin, trust: bool = False, most: int = MOST) -> None:
        if not trust:
            check_targets({"data": origin.config["data"]}, unbuilt=())
        self.data = build_data(origin.config)
        self.data.settle(origin.scales)
        self.data.check()
        if tuple(self.data.shape) != tuple(origin.shape):
            raise ValueError(f"this run made images of {origin.shape}, and its data now has {tuple(self.data.shape)}")
        deck = self.data.deck("train")
        order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(0))[:most].sort().values
        batch = deck[order]
        self.images, self.labels = _bytes(batch.real), batch.label

    def __len__(self) -> int:
        return len(self.images)

    def nearest(self, sample: Tensor) -> Neighbour:
        """To one sample (C, H, W) in [-1, 1], rounded to bytes."""
        distance, index = nearest(to_bytes(sample[None]), self.images, view=float64)
        place = int(index[0])
        label = int(self.labels[place]) if self.labels is not None and self.labels.ndim == 1 else None
        return Neighbour(to_unit_range(self.images[place][None])[0], label, place, float(distance[0]))

    @cached_property
    def usual(self) -> float | None:
        """The median distance of held-out images to their nearest training image; None where none are held out."""
        if not self.data.has_test_split:
            return None
        held_out = self.some("test", BESIDE)
        return median(nearest(to_bytes(held_out), self.images, view=float64)[0].tolist()) if len(held_out) else None

    def some(self, split: Split, count: int) -> Tensor:
        """At most `count` images of a split in [-1, 1], spread over it."""
        deck = self.data.deck(split)
        return to_unit_range(deck[torch.linspace(0, len(deck) - 1, min(count, len(deck))).long()].real)


def _bytes(images: Tensor) -> Tensor:
    return images if images.dtype == torch.uint8 else to_bytes(images)

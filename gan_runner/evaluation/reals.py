"""The reals that fakes are compared with: what is drawn of the data, held out or not."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck
from gan_runner.types import Batch

TAKEN = 1000
"""Samples that are read from a deck at a time."""


@dataclass(frozen=True)
class Draw:
    """What is drawn of the data, as bytes or points: all of it the same at every draw."""

    reference: Tensor  # what fakes are compared with: held out, where the data has a test split
    training: Tensor  # as many of the training set
    library: Tensor  # more of it, for metrics that study it
    held_out: bool
    reals: tuple[int, int]  # how many there are of the first two kinds, drawn or not
    reference_label: Tensor | None = None
    training_label: Tensor | None = None


def draw(data: DataFamily, count: int, library: int, seed: int) -> Draw:
    """At most `count` of each split, and `library` of the training set.

    Of data that keeps nothing back (data.holdout=0) the two are disjoint halves of the training set.
    """
    train = data.deck("train")
    order = shuffled(len(train), seed)
    if data.has_test_split:
        test = data.deck("test")
        drawn = take(test, shuffled(len(test), seed), count), take(train, order, count)
        there = len(test), len(train)
    else:
        half = len(order) // 2
        drawn = take(train, order[:half], count), take(train, order[half:], count)
        there = half, len(order) - half
    (reference, reference_label, _), (training, training_label, _) = drawn
    studied = take(train, order, library).real if library else training[:0]
    return Draw(reference, training, studied, data.has_test_split, there, reference_label, training_label)


def shuffled(count: int, seed: int) -> Tensor:
    """Positions in random order, by random numbers of their own."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def take(deck: Deck, positions: Tensor, count: int) -> Batch:
    """The samples at the first `count` positions, as the deck keeps them, and their labels."""
    parts = [deck[part] for part in positions[:count].split(TAKEN)]
    labels = [part.label for part in parts if part.label is not None]
    return Batch(torch.cat([part.real for part in parts]), torch.cat(labels) if labels else None)

"""The samples that metrics compare: how they are kept, looked at, and drawn from the data."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gan_runner.data.base import Deck, ImageData
from gan_runner.features.base import Seen
from gan_runner.metrics.base import Needs

TAKEN = 1000
"""Samples that are read from a deck at a time."""


@dataclass
class Samples:
    """Samples as they are kept: images as bytes on the processor. They are looked at when first asked for, once."""

    images: Tensor
    look: Callable[[Tensor], Seen]
    device: torch.device
    seen: Seen | None = field(default=None, init=False)

    def __len__(self) -> int:
        return len(self.images)

    def view(self, needs: Needs) -> Tensor:
        """In the form that a metric asks for, on the device that computes."""
        if needs in ("points", "images"):
            return self.images.to(self.device)
        if self.seen is None:
            self.seen = self.look(self.images)
        found = self.seen.features if needs == "features" else self.seen.logits
        assert found is not None, "the eye gives no logits"
        return found.to(self.device)


@dataclass(frozen=True)
class Draw:
    """What is drawn of the data, as bytes or points: all of it the same at every draw."""

    reference: Tensor  # what fakes are compared with: held out, where the data has a test split
    training: Tensor  # as many of the training set
    library: Tensor  # more of it, for metrics that study it
    held_out: bool


def draw(data: ImageData, count: int, library: int, seed: int) -> Draw:
    """At most `count` of each split, and `library` of the training set.

    Of data that keeps nothing back (data.holdout=0) the two are disjoint halves of the training set.
    """
    train = data.deck("train")
    order = shuffled(len(train), seed)
    held_out = getattr(data, "holdout", None) != 0
    if held_out:
        test = data.deck("test")
        reference, training = take(test, shuffled(len(test), seed), count), take(train, order, count)
    else:
        half = len(order) // 2
        reference, training = take(train, order[:half], count), take(train, order[half:], count)
    return Draw(reference, training, take(train, order, library) if library else training[:0], held_out)


def shuffled(count: int, seed: int) -> Tensor:
    """Positions in random order, by random numbers of their own."""
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))


def take(deck: Deck, positions: Tensor, count: int) -> Tensor:
    """The samples at the first `count` positions, as the deck keeps them."""
    return torch.cat([deck[part].image for part in positions[:count].split(TAKEN)])


def to_bytes(images: Tensor) -> Tensor:
    """(N, C, H, W) in [-1, 1] to uint8 on the processor: the inverse of how bytes became reals."""
    return images.float().clamp(-1, 1).add(1).mul(127.5).round().to(torch.uint8).cpu()

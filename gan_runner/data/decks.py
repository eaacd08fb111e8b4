"""Sets of samples, from which batches are drawn: in memory, or a part of another, held back or limited."""

import math
from collections.abc import Sequence
from typing import Any, Protocol, runtime_checkable

import torch
from torch import Tensor

from gan_runner.types import Batch, Split


class TooFewError(ValueError):
    """A set holds too few samples for what it is asked for."""


class Deck(Protocol):
    """A set from which a whole batch is drawn at once, by a tensor of positions."""

    def __len__(self) -> int: ...

    def __getitem__(self, positions: Tensor) -> Batch: ...


@runtime_checkable
class Portable(Deck, Protocol):
    """A set that can be laid on a GPU, and drawn from there by positions that lie there too."""

    @property
    def nbytes(self) -> int: ...

    @property
    def device(self) -> torch.device: ...

    def at(self, positions: Tensor) -> "Portable":
        """A set of the samples at these positions."""

    def to(self, device: torch.device) -> Deck: ...


class Memory:
    """A set held in memory: images uint8 (N, C, H, W) or points float32 (N, F), labels int64 (N,) or None.

    files: what each sample was read from, where each has a file; parts (N,): which file each is of, where some share
    one.
    """

    parts: Tensor | None = None

    def __init__(self, images: Tensor, labels: Tensor | None = None, files: Sequence[Any] = ()) -> None:
        self.images, self.labels, self.files = images, labels, files

    def __len__(self) -> int:
        return len(self.images)

    @property
    def device(self) -> torch.device:
        return self.images.device

    @property
    def nbytes(self) -> int:
        return self.images.nbytes

    def at(self, positions: Tensor) -> "Memory":
        return Memory(self.images[positions], None if self.labels is None else self.labels[positions])

    def to(self, device: torch.device) -> "Memory":
        return Memory(self.images.to(device), None if self.labels is None else self.labels.to(device))

    def __getitem__(self, positions: Tensor) -> Batch:
        # index_select copies whole images: ten times faster than indexing.
        image = self.images.index_select(0, positions)
        return Batch(image, None if self.labels is None else self.labels[positions])


@runtime_checkable
class Replacing(Deck, Protocol):
    """A set that deals another sample in the place of one that cannot be read."""

    def within(self, positions: Tensor) -> Deck:
        """The same set, numbered as before, of which none but the samples at these positions are dealt."""


class Share:
    """The part of a deck that lies at some positions: one side of a train/test split. None but these are dealt, also
    where one of them cannot be read.
    """

    def __init__(self, deck: Deck, positions: Tensor) -> None:
        self.deck, self.positions = confined(deck, positions), positions

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, positions: Tensor) -> Batch:
        return self.deck[self.positions[positions]]


def confined(deck: Deck, positions: Tensor) -> Deck:
    """A deck of which none but the samples at some positions are dealt, whatever becomes of them."""
    if isinstance(deck, Share):
        inner = confined(deck.deck, deck.positions[positions])
        return deck if inner is deck.deck else Share(inner, deck.positions)
    return deck.within(positions) if isinstance(deck, Replacing) else deck


SHARE_OF_DEVICE = 1 / 16
"""The most of a device's memory that a set may take."""


def resident(deck: Deck, device: torch.device) -> Deck:
    """A set in memory as it lies on a GPU, if it takes at most SHARE_OF_DEVICE of its memory; else the set itself.

    Batches are drawn there, from the same positions: nothing is sent, and nobody waits for the host.
    """
    positions, memory = None, deck
    while isinstance(memory, Share):
        positions = memory.positions if positions is None else memory.positions[positions]
        memory = memory.deck
    if device.type == "cpu" or not isinstance(memory, Portable):
        return deck
    if memory.nbytes * len(deck) / len(memory) > SHARE_OF_DEVICE * _memory_of(device):
        return deck
    return (memory if positions is None else memory.at(positions)).to(device)


def _memory_of(device: torch.device) -> int:
    """Bytes in all; of what is no CUDA device 0."""
    return torch.cuda.get_device_properties(device).total_memory if device.type == "cuda" else 0


def labels_of(deck: Deck) -> Tensor | None:
    """The labels (N,) of a deck that has them all at hand; None of one that has none, or not at once, or numbers."""
    labels = labels_or_numbers_of(deck)
    return None if labels is None or labels.ndim > 1 else labels


def labels_or_numbers_of(deck: Deck) -> Tensor | None:
    """The labels (N,) of a deck, or (N, K) numbers in their place; None of one that does not have them all at hand."""
    if isinstance(deck, Share):
        whole = labels_or_numbers_of(deck.deck)
        return None if whole is None else whole[deck.positions]
    labels = getattr(deck, "labels", None)
    return labels if isinstance(labels, Tensor) else None


def limited(deck: Deck, limit: int | None, seed: int) -> Deck:
    """At most `limit` samples of a deck, drawn by `seed`; None: all of them.

    Of a deck whose labels are at hand as many of each class, as far as there are. A larger limit keeps those of a
    smaller one.
    """
    if limit is None or len(deck) <= limit:
        return deck
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(seed % 2**32))
    labels = labels_of(deck)
    if labels is not None:
        order = order[_turns(labels[order]).argsort(stable=True)]
    return Share(deck, order[:limit].sort().values)


def _turns(labels: Tensor) -> Tensor:
    """Of each label (N,), how many of its class come before it."""
    turns = torch.empty_like(labels)
    for label in labels.unique():
        at = labels == label
        turns[at] = torch.arange(int(at.sum()))
    return turns


def _way_out(deck: Deck, split: Split) -> str:
    """The nearest share that leaves a sample on either side."""
    count = len(deck)
    if count < 2:
        return "no share of a single one would, so add more"
    share = math.ceil(100 / count) / 100 if split == "test" else math.floor(100 * (count - 1) / count) / 100
    return f"set data.holdout={share}, or add more"


def hold_out(deck: Deck, share: float, split: Split, parts: Tensor | None = None) -> Share:
    """Split a deck that has no test split of its own: a random `share` of it is "test", the rest "train".

    parts (N,): what each sample is a part of, its file, say: all samples of one lie on the same side. The split depends
    on the size of the set, and of its parts, alone, not on data.seed, so that runs of several seeds compare.
    """
    if parts is not None:
        return _hold_out_parts(deck, share, split, parts)
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(0))
    held_out = round(share * len(deck))
    positions = order[:held_out] if split == "test" else order[held_out:]
    if len(positions) == 0:
        raise TooFewError(
            f"data.holdout={share} of {len(deck)} samples leaves no {split} split: {_way_out(deck, split)}"
        )
    return Share(deck, positions.sort().values)


def _hold_out_parts(deck: Deck, share: float, split: Split, parts: Tensor) -> Share:
    """So many parts, in random order, that what is held out is as near to the share as they let it be; one at least on
    either side.
    """
    _, part_of, sizes = parts.unique(return_inverse=True, return_counts=True)
    if len(sizes) < 2 and share > 0:
        raise TooFewError(
            f"data.holdout={share} holds out whole files, volumes or series, and all {len(deck)} samples are of one: "
            "set data.holdout=0, or add more"
        )
    order = torch.randperm(len(sizes), generator=torch.Generator().manual_seed(0))
    distance = (sizes[order].cumsum(0) - share * len(deck)).abs()
    count = min(int(distance.argmin()) + 1, len(sizes) - 1) if share > 0 else 0
    held_out = torch.zeros(len(sizes), dtype=torch.bool)
    held_out[order[:count]] = True
    positions = (held_out[part_of] == (split == "test")).nonzero().flatten()
    if len(positions) == 0:
        raise TooFewError(
            f"data.holdout={share} of {len(deck)} samples leaves no {split} split: {_way_out(deck, split)}"
        )
    return Share(deck, positions)

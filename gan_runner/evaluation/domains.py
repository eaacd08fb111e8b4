"""Data of two domains, as each direction of a translation sees them."""

from __future__ import annotations

from typing import NamedTuple

from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck
from gan_runner.data.unpaired import Two, Unpaired
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.types import Batch, Direction, Shape, Split


class Row(NamedTuple):
    """Images that are translated (N, C', H, W), and what they should become (N, C, H, W) where that is known."""

    source: Tensor
    target: Tensor | None


class Sources:
    """The source and, of a deck of pairs, the target at each position, in [-1, 1]."""

    def __init__(self, deck: Deck, direction: Direction, pairs: bool) -> None:
        self.deck = deck if pairs else side(deck, "source" if direction == "a2b" else "real")
        self.direction, self.pairs = direction, pairs

    def __len__(self) -> int:
        return len(self.deck)

    def __getitem__(self, positions: Tensor) -> Row:
        image, _, source = self.deck[positions]
        if not self.pairs:
            return Row(to_unit_range(image), None)
        assert source is not None
        given, wanted = (source, image) if self.direction == "a2b" else (image, source)
        return Row(to_unit_range(given), to_unit_range(wanted))


class Domain(DataFamily):
    """The domain that a direction leads to, as data of one domain: `real` or, from b to a, `source`."""

    def __init__(self, of: DataFamily, direction: Direction) -> None:
        super().__init__(seed=of.seed)
        assert of.source_shape is not None
        self.of, self.direction = of, direction
        self.shape: Shape = of.shape if direction == "a2b" else of.source_shape

    @property
    def num_classes(self) -> int | None:  # type: ignore[override]  # as the other's, which may look at its folder
        return self.of.num_classes if self.direction == "a2b" else None

    @property
    def has_test_split(self) -> bool:
        return self.of.has_test_split

    @property
    def holdout_key(self) -> str | None:
        return self.of.holdout_key

    def read(self, split: Split) -> Deck:
        return side(self.of.deck(split), "real" if self.direction == "a2b" else "source")


class SourcesAsImages:
    """A deck whose images are another's sources, as bytes."""

    def __init__(self, deck: Deck) -> None:
        self.deck = deck

    def __len__(self) -> int:
        return len(self.deck)

    def __getitem__(self, positions: Tensor) -> Batch:
        source = self.deck[positions].source
        assert source is not None
        return Batch(to_bytes(source) if source.is_floating_point() else source)


def side(deck: Deck, which: str) -> Deck:
    """One domain of a deck of two, "source" or "real"; of two decks side by side, that one at its own length."""
    if isinstance(deck, Two):
        return deck.source if which == "source" else deck.real
    return SourcesAsImages(deck) if which == "source" else deck


def measured_split(data: DataFamily) -> Split:
    """What is measured by: the test split, or training images where data.holdout=0 keeps none."""
    return "test" if data.has_test_split else "train"


def check_pairs(data: DataFamily) -> None:
    """Raises ValueError where nothing tells what a source of the test split should become."""
    if isinstance(data, Unpaired):
        try:
            data.hidden_pairs()
        except ValueError as error:
            raise ValueError(f"metrics.reconstruction compares with counterparts: {error}, or leave it out") from error


def pairs(data: DataFamily) -> Deck:
    """Sources of the measured split and what they should become."""
    return (data.hidden_pairs() if isinstance(data, Unpaired) else data).deck(measured_split(data))

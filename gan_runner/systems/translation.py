"""Games that turn images of one domain into images of another."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Protocol

from torch import Tensor, nn

from gan_runner.game import Game
from gan_runner.systems.adversarial import Adversarial
from gan_runner.systems.gan import generate
from gan_runner.types import Batch, Direction, Make, Shape

DIRECTIONS: tuple[Direction, ...] = ("a2b", "b2a")
SHOWN_AT_ONCE = 4
"""Images translated together to be looked at: training has the memory."""


class MakeGame(Protocol):
    """Makes a game of what discriminators see, whose generators `change` tells what they start from."""

    def __call__(self, shape: Shape, change: Callable[[Make], Make]) -> Game: ...


class Translation(Adversarial):
    """Games named by their direction, a2b or b2a: domain A is a batch's `source`, domain B its `image`."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """What there is a translator for."""
        return tuple(name for name in DIRECTIONS if name in self._games)

    @abstractmethod
    def translator(self, direction: Direction = "a2b") -> nn.Module:
        """The network that translates for evaluation: a trick's choice (an average, say), or the generator.

        Raises ValueError for a direction that is not learned.
        """

    def chosen_by(self, direction: Direction) -> str:
        """Who chose the translator: a trick's name, or 'generator'."""
        return self._games[direction].sampler()[1]

    @abstractmethod
    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        """What there is to look at of a batch: direction -> column -> images (B, …, H, W)."""


def source_of(batch: Batch) -> Tensor:
    assert batch.source is not None  # assemble() refuses data of one domain
    return batch.source


def translating(system: Translation) -> dict[Direction, Callable[[Tensor], Tensor]]:
    """Of each direction, images (N, C', H, W) -> what the evaluation network makes of them."""
    return {direction: partial(generate, system.translator(direction)) for direction in system.directions}

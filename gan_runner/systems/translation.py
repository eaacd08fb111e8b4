"""Games that turn images of one domain into images of another."""

from __future__ import annotations

from torch import Tensor

from gan_runner.systems.adversarial import Adversarial
from gan_runner.systems.capabilities import Translates, Views
from gan_runner.types import Batch, Direction

DIRECTIONS: tuple[Direction, ...] = ("a2b", "b2a")
SHOWN_AT_ONCE = 4
"""Images translated together to be looked at: training has the memory."""


class Translation(Adversarial, Translates, Views):
    """Games named by their direction, a2b or b2a: domain A is a batch's `source`, domain B its `real`."""

    needs = frozenset({"game", "source"})

    @property
    def directions(self) -> tuple[Direction, ...]:
        return tuple(name for name in DIRECTIONS if name in self._games)

    def chosen_by(self, direction: Direction) -> str:
        return self._games[direction].sampler()[1]


def source_of(batch: Batch) -> Tensor:
    assert batch.source is not None  # assemble() refuses data of one domain
    return batch.source

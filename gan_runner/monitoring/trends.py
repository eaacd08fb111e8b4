"""How a figure develops over a run: whether a share falls below its own best, whether a magnitude outgrows itself.

Both keep plain numbers of bounded size, so that a resumed run goes on to the bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median

KEPT = 256
"""Values that a record keeps at most."""


@dataclass
class Share:
    """A share of what the reals have, 1 where fakes are as good; as a running mean that looks back `memory` batches.

    lagging: the same mean of the means before, above it while it falls; level: what is judged, the mean of a figure
    that jumps from batch to batch, the newest value of one that an evaluation found; best: its largest level, no more
    than 1, since what exceeds the reals may well be lost again; low_since: the batch since which it has been below
    `low`.
    """

    mean: float = 0.0
    lagging: float = 0.0
    level: float = 0.0
    best: float = 0.0
    at: int = 0
    low_since: int | None = None

    def update(self, value: float, batches: int, memory: float, low: float, exact: bool = False) -> None:
        """exact: the value is no draw of a batch, but what an evaluation found."""
        keep = math.exp(-(batches - self.at) / memory) if self.at else 0.0
        self.lagging = keep * self.lagging + (1 - keep) * self.mean
        self.mean = keep * self.mean + (1 - keep) * value
        self.level = value if exact else self.mean
        self.best = max(self.best, min(self.level, 1.0))
        self.at = batches
        if self.level >= low:
            self.low_since = None
        elif self.low_since is None:
            self.low_since = batches

    @property
    def falls(self) -> bool:
        return self.mean < self.lagging

    @property
    def rises(self) -> bool:
        """Whether it has of late gained an eighth of what it lacks: one mode of 25 is little where nine are missing."""
        return self.mean - self.lagging >= (1 - self.mean) / 8

    @property
    def multiplies(self) -> bool:
        """Whether it has of late become a tenth larger: a share near 0 that is on its way."""
        return self.mean > 1.1 * self.lagging

    @property
    def low_for(self) -> int:
        """Batches that it has been low."""
        return 0 if self.low_since is None else self.at - self.low_since


def eased(threshold: float) -> float:
    """What a share has to reach before it counts as good again, once it was too low: a quarter more than `threshold`.

    A number that hovers about its threshold would otherwise change the state with every look. Near 1, where a quarter
    more is not to be had, half of what is missing.
    """
    return min(1.25 * threshold, (1 + threshold) / 2)


@dataclass
class Vanishing:
    """A gradient against the largest of its run; low_since: the batch since which all of them were next to nothing."""

    largest: float = 0.0
    value: float = 0.0
    at: int = 0
    low_since: int | None = None

    def update(self, value: float, batches: int, vanished: float) -> None:
        self.value, self.at, self.largest = value, batches, max(self.largest, value)
        if value >= vanished * self.largest * (1 if self.low_since is None else 1.25):
            self.low_since = None
        elif self.low_since is None:
            self.low_since = batches

    @property
    def low_for(self) -> int:
        """Batches that it has been low."""
        return 0 if self.low_since is None else self.at - self.low_since


@dataclass
class Magnitude:
    """A number whose size should stay what it was: a running mean of its logarithm against the run's median.

    Sizes below 1 count as 1: a loss that was near 0 may come back. What lies `growth` times beyond the median does
    not enter it, or a run that has diverged would soon count as usual. The record spans the whole run: once full,
    every other value is dropped, and of those to come every other one is kept.
    """

    mean: float = 0.0
    at: int = 0
    record: list[float] = field(default_factory=list)
    stride: int = 1
    passed: int = 0

    def update(self, value: float, batches: int, memory: float, growth: float) -> None:
        size = math.log(max(abs(value), 1.0))
        keep = math.exp(-(batches - self.at) / memory) if self.at else 0.0
        self.mean = keep * self.mean + (1 - keep) * size
        self.at = batches
        if not self.record or size - median(self.record) < math.log(growth):
            self._enter(size)

    def _enter(self, size: float) -> None:
        if self.passed % self.stride == 0:
            self.record.append(size)
        self.passed += 1
        if len(self.record) == KEPT:
            self.record = self.record[::2]
            self.stride *= 2

    @property
    def excess(self) -> float:
        """How many times its median it is, on average of late."""
        return math.exp(min(self.mean - median(self.record), 700.0))

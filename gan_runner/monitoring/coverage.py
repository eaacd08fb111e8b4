"""How much of the data's modes or classes the samples covered, by the last evaluation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from gan_runner.figures import control_of, word_of

COVERAGE = ("modes_covered", "classes_covered")
"""What an evaluation counts of that which there is to find."""
QUALITY = ("modes_high_quality", "class_sure")
"""The share of samples that are on a mode, or that a classifier is sure of."""


class Covered(NamedTuple):
    """name: of the figure; found: modes or classes that the samples covered; there: that real data covers."""

    name: str
    found: float
    there: float

    @property
    def share(self) -> float:
        return self.found / self.there


def covered(measured: Mapping[str, float]) -> Covered | None:
    """What lacks most; None where nothing of the kind is measured, or real data covers nothing either."""
    there = of_reals(measured, COVERAGE)
    counts = [
        Covered(name, found, there[word_of(name)])
        for name, found in measured.items()
        if control_of(name) is None and there.get(word_of(name), 0.0) > 0
    ]
    return min(counts, key=lambda count: count.share, default=None)


def quality(measured: Mapping[str, float]) -> float | None:
    """The samples' quality as a share of the reals'; None where it is not measured."""
    usual = of_reals(measured, QUALITY)
    shares = [
        value / usual[word_of(name)]
        for name, value in measured.items()
        if control_of(name) is None and usual.get(word_of(name), 0.0) > 0
    ]
    return min(shares, default=None)


def of_reals(measured: Mapping[str, float], words: tuple[str, ...]) -> dict[str, float]:
    """Some figures of held-out reals in the place of the samples, by their words."""
    return {
        word_of(name): value
        for name, value in measured.items()
        if control_of(name) == "real" and word_of(name) in words
    }

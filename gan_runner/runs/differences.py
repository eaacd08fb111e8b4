"""By how much settings differ: the same seeds played with both, and an interval for the mean of their differences."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

LEAST = 3
"""Fewer pairs have no interval."""
RESAMPLES = 10_000


class Difference(NamedTuple):
    """The mean over pairs of (a setting − the first one), and the interval that holds it in 95 of 100 resamples."""

    mean: float
    low: float
    high: float
    pairs: int


def paired(setting: Mapping[str, float], first: Mapping[str, float]) -> list[float]:
    """Of figures by seed: differences where both are finite."""
    both = [(setting[seed], first[seed]) for seed in setting if seed in first]
    return [a - b for a, b in both if math.isfinite(a) and math.isfinite(b)]


def difference(differences: Sequence[float]) -> Difference | None:
    """None of fewer than LEAST.

    The interval is the bootstrap's percentile interval: the pairs are drawn again with replacement, by a generator of
    its own, and 2.5 % of the means lie on either side of it. Of few pairs it is too narrow: of normally distributed
    differences it holds the true mean 75 times in 100 for 3 pairs, 85 for 5, 90 for 10 and 93 for 20.
    Source: Efron & Tibshirani 1993, An Introduction to the Bootstrap, §13.3.
    """
    import numpy as np

    if len(differences) < LEAST:
        return None
    values = np.asarray(differences, dtype=float)
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Difference(float(values.mean()), float(low), float(high), len(values))

"""Differences by seed, and an interval for their mean."""

import math

import numpy as np
import pytest

from gan_runner.runs.differences import difference, paired


def test_pairs_are_of_one_seed_and_finite() -> None:
    one = {"0": 3.0, "1": 5.0, "2": math.nan, "4": 1.0}
    first = {"1": 1.0, "0": 2.0, "2": 0.0, "3": 9.0, "4": math.inf}
    assert paired(one, first) == [1.0, 4.0]


def test_three_pairs_by_hand() -> None:
    """Of 27 equally likely resamples of 0, 3, 6 one has the mean 0 and three 1: 2.5 % lie below 0 to 1."""
    found = difference([0.0, 3.0, 6.0])
    assert found is not None
    assert (found.mean, found.pairs) == (3.0, 3)
    assert (found.low, found.high) == (0.0, 6.0)  # a share of 1/27 > 2.5 % each
    assert difference([0.0, 3.0]) is None
    assert difference([2.0, 2.0, 2.0]) == (2.0, 2.0, 2.0, 3)


def test_it_is_the_same_every_time_and_needs_nobodys_random_numbers() -> None:
    values = np.random.default_rng(5).normal(size=8).tolist()
    state = np.random.get_state()[1].tolist()  # type: ignore[union-attr,index]
    assert difference(values) == difference(values)
    assert np.random.get_state()[1].tolist() == state  # type: ignore[union-attr,index]


def test_with_many_pairs_it_is_the_normal_interval() -> None:
    values = np.random.default_rng(1).normal(0.3, 2.0, size=400)
    found = difference(values.tolist())
    assert found is not None
    error = values.std(ddof=1) / 20
    assert found.low == pytest.approx(values.mean() - 1.96 * error, abs=0.02)
    assert found.high == pytest.approx(values.mean() + 1.96 * error, abs=0.02)


@pytest.mark.parametrize(("pairs", "share"), [(3, 0.75), (5, 0.85), (10, 0.90), (20, 0.93)])
def test_how_often_it_holds_the_true_mean(pairs: int, share: float) -> None:
    """What the docstring says of normally distributed differences."""
    draws = np.random.default_rng(pairs)
    found = [difference(draws.normal(size=pairs).tolist()) for _ in range(300)]
    held = [one is not None and one.low <= 0 <= one.high for one in found]
    assert np.mean(held) == pytest.approx(share, abs=3 * math.sqrt(share * (1 - share) / 300) + 0.01)

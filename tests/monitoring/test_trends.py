"""Shares that fall, magnitudes that grow: against numbers by hand."""

from dataclasses import asdict
from math import e, exp, log
from statistics import median

import pytest

from gan_runner.monitoring.trends import KEPT, Magnitude, Share, Vanishing


def test_a_share_forgets_exponentially_and_keeps_its_best() -> None:
    share = Share()
    for batches, value in ((10, 0.8), (20, 0.0), (30, 0.0)):
        share.update(value, batches, memory=10, low=0.2)
    assert share.mean == pytest.approx(0.8 / e**2)
    assert share.best == 0.8
    # Of the means 0, 0.8 and 0.8/e: after the first 0, after the second (1 − 1/e) · 0.8
    assert share.lagging == pytest.approx((1 - 1 / e) * 0.8 / e + (1 - 1 / e) * 0.8 / e)
    assert share.falls


def test_more_than_the_reals_have_is_not_to_be_kept() -> None:
    share = Share()
    share.update(3.0, 10, memory=10, low=0.2)
    assert (share.best, share.falls) == (1.0, False)


def test_a_rising_share_does_not_fall() -> None:
    share = Share()
    for batches, value in ((10, 0.1), (20, 0.3), (30, 0.3)):
        share.update(value, batches, memory=10, low=0.2)
        assert not share.falls


@pytest.mark.parametrize(("factor", "multiplies"), [(1.2, True), (1.02, False), (1.0, False), (0.8, False)])
def test_a_share_that_multiplies(factor: float, multiplies: bool) -> None:
    share = Share()
    for step in range(30):
        share.update(0.01 * factor**step, 10 * step + 10, memory=20, low=0.2)
    assert share.multiplies is multiplies


def test_how_long_a_share_has_been_low() -> None:
    share = Share()
    lengths = []
    for batches, value in ((10, 0.1), (20, 0.1), (40, 0.1), (50, 5.0), (60, 0.0), (300, 0.0), (310, 0.0)):
        share.update(value, batches, memory=10, low=0.2)
        lengths.append(share.low_for)
    assert lengths == [0, 10, 30, 0, 0, 0, 10]  # at 60 the mean is still above


def test_a_gradient_that_vanished_is_back_when_it_is_a_quarter_above_its_threshold() -> None:
    gradient, lengths = Vanishing(), []
    for batches, value in enumerate((2.0, 0.021, 0.019, 0.021, 0.0249, 0.0251, 0.021)):
        gradient.update(value, 10 * batches, vanished=0.01)
        lengths.append(gradient.low_for)
    assert lengths == [0, 0, 0, 10, 20, 0, 0]


def test_a_magnitude_is_compared_with_its_median() -> None:
    magnitude = Magnitude()
    for batches in range(10, 110, 10):
        magnitude.update(-2.0, batches, memory=10, growth=100)
    assert magnitude.excess == pytest.approx(1)
    magnitude.update(2000.0, 110, memory=10, growth=100)
    assert magnitude.excess == pytest.approx(1000 ** (1 - exp(-1)))
    assert median(magnitude.record) == pytest.approx(log(2))


def test_what_has_diverged_never_becomes_usual() -> None:
    magnitude = Magnitude()
    magnitude.update(0.7, 1, memory=200, growth=100)
    for batches in range(50, 50_000, 50):
        magnitude.update(3e4, batches, memory=200, growth=100)
    assert magnitude.record == [0.0]
    assert magnitude.excess == pytest.approx(3e4)


def test_slow_growth_is_usual_and_small_numbers_count_as_one() -> None:
    magnitude = Magnitude()
    for batches in range(50, 20_000, 50):
        magnitude.update(1e-6 * 1.04 ** (batches / 50), batches, memory=200, growth=100)
        assert magnitude.excess < 100


def test_the_record_spans_the_run_in_bounded_memory() -> None:
    magnitude = Magnitude()
    for batches in range(1, 5001):
        magnitude.update(exp(batches / 5000), batches, memory=200, growth=100)
    assert len(magnitude.record) < KEPT
    assert median(magnitude.record) == pytest.approx(0.5, abs=0.01)


def test_they_go_on_to_the_bit() -> None:
    whole = (Share(), Magnitude())
    for batches in range(1, 1000):
        for one in whole:
            one.update(batches % 7 / 7, batches, 20, 0.5)
        if batches == 400:
            halves = (Share(**asdict(whole[0])), Magnitude(**asdict(whole[1])))
        elif batches > 400:
            for one in halves:
                one.update(batches % 7 / 7, batches, 20, 0.5)
    assert halves == whole

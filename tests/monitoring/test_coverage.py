"""Coverage: what lacks most, beside what real data covers."""

from gan_runner.monitoring.coverage import Covered, covered, quality

MODES, REAL = "evaluation/modes_covered/points/2500", "evaluation/modes_covered/points/2000/real"


def test_of_several_counts_the_one_that_lacks_most() -> None:
    measured = {MODES: 6.0, REAL: 8.0, "evaluation/classes_covered/digits/2500": 5.0}
    measured["evaluation/classes_covered/digits/180/real"] = 10.0
    count = covered(measured)
    assert count == Covered("evaluation/classes_covered/digits/2500", 5.0, 10.0)
    assert count.share == 0.5


def test_nothing_to_compare_with_is_none() -> None:
    assert covered({}) is covered({MODES: 3.0}) is covered({MODES: 3.0, REAL: 0.0}) is None
    assert quality({"evaluation/frechet/digits/2500": 3.0}) is None


def test_quality_is_a_share_of_the_reals() -> None:
    measured = {"evaluation/class_sure/digits/2500": 0.49, "evaluation/class_sure/digits/180/real": 0.98}
    assert quality(measured) == 0.5

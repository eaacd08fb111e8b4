"""Diagnosis: scripted figures, each course with the state it should be called by."""

from collections.abc import Callable, Iterable
from math import inf, nan
from typing import Any

import pytest

from gan_runner.monitoring.diagnosis import HEALTHY, STATES, Diagnosis, Finding, State

GAME = "discriminator/gan"


def diagnosis(**changes: Any) -> Diagnosis:
    return Diagnosis(**{
        "low": 0.2, "fall": 0.5, "covered": 0.8, "growth": 100.0, "saturated": 0.95, "vanished": 0.01,
        "patience": 1000, "memory": 200,
        **changes,
    })  # fmt: skip


def followed(
    course: Iterable[dict[str, float]], updates: Callable[[int], int] = lambda batches: batches, every: int = 50
) -> list[tuple[int, Finding]]:
    """Each change of the worst finding, with the batch it came at."""
    judge, held, changes = diagnosis(), HEALTHY, []
    for number, figures in enumerate(course, start=1):
        batches = number * every
        judge.take_figures({k: v for k, v in figures.items() if "evaluation" not in k}, batches)
        judge.take_evaluation({k: v for k, v in figures.items() if "evaluation" in k}, batches)
        worst = max([*judge.findings("gan", held, updates(batches)), HEALTHY], key=lambda finding: finding.code)
        if worst.state != held.state:
            held = worst
            changes.append((batches, worst))
    return changes


def varieties(*values: float) -> list[dict[str, float]]:
    return [{f"{GAME}/variety": value} for value in values]


def states(changes: list[tuple[int, Finding]]) -> list[State]:
    return [finding.state for _, finding in changes]


def test_codes_rise_with_the_trouble() -> None:
    assert [Finding(state).code for state in STATES] == [0, 1, 2, 3, 4, 4, 5]
    assert (STATES[0], STATES[-1]) == ("healthy", "diverged")


def test_variety_that_is_lost_is_collapsing_and_then_collapsed() -> None:
    changes = followed(varieties(*[0.9] * 40, *[0.02] * 40))
    assert states(changes) == ["collapsing", "collapsed"]
    (early, first), (late, second) = changes
    # 0.02 + 0.88 · exp(−n/4) is below 0.45 from n = 3 and below 0.2 from n = 7, 1000 batches before n = 27.
    assert (early, late) == ((40 + 3) * 50, (40 + 27) * 50)
    assert (first.quantity, first.threshold) == (f"{GAME}/variety", pytest.approx(0.45))
    assert second.threshold == 0.2
    assert second.why == f"{GAME}/variety {second.value:.3g} is below 0.2"


def test_variety_that_hovers_about_a_threshold_is_one_stretch() -> None:
    """Each state ends where the number is a quarter better than where it began."""
    around_half = varieties(*[1.0] * 20, *[0.52, 0.47, 0.54, 0.46, 0.58, 0.44] * 20)
    assert states(followed(around_half)) == ["collapsing"]
    around_a_fifth = varieties(*[1.0] * 20, *[0.1] * 30, *[0.24, 0.18, 0.23, 0.19] * 30, *[0.6] * 20)
    assert states(followed(around_a_fifth)) == ["collapsing", "collapsed", "healthy"]


def test_a_collapse_on_its_way_back_is_one_until_variety_is_good() -> None:
    """It is waited for what multiplies in a young game alone."""
    course = varieties(*[0.01] * 40, *[0.01 * 1.2**n for n in range(12)], *[0.09] * 40)
    assert states(followed(course)) == ["collapsed"]


def test_a_gradient_that_has_vanished() -> None:
    judge = diagnosis()
    for batches in range(50, 501, 50):
        judge.take_figures({"generator/gradient_norm": 2.0 if batches < 200 else 2e-10}, batches)
        assert (judge.has_vanished() is None) == (batches < 400)  # 200 batches after it was seen first
    finding = judge.has_vanished()
    assert finding is not None
    assert finding.why == "generator/gradient_norm 2e-10 is below 0.02, 0.01 of the run's largest"
    judge.take_figures({"generator/gradient_norm": 0.1}, 550)
    assert judge.has_vanished() is None


def test_states_of_earlier_versions_are_read() -> None:
    judge, kept = diagnosis(), diagnosis().state_dict()
    share = {"mean": 0.4, "lagging": 0.5, "best": 0.9, "at": 100, "low_since": None}
    del kept["measured"], kept["quality"], kept["gradient"]
    judge.load_state_dict(kept | {"shares": {f"{GAME}/variety": share}})
    assert judge.shares[f"{GAME}/variety"].level == 0.4
    assert judge.has_vanished() is None


def test_less_variety_that_stays_is_collapsing_no_longer_than_it_is_low() -> None:
    changes = followed(varieties(*[1.0] * 20, *[0.4] * 60, *[0.9] * 20))
    assert states(changes) == ["collapsing", "healthy"]


def test_noise_around_a_level_is_healthy() -> None:
    assert followed(varieties(*[0.5, 1.1, 0.7, 0.9, 0.3] * 40)) == []


def test_more_variety_than_the_reals_have_may_be_lost() -> None:
    assert followed(varieties(*[12.0] * 20, *[0.7] * 40)) == []


def test_another_size_is_another_game() -> None:
    def growing(*pixels: int) -> list[dict[str, float]]:
        course = varieties(*[1.0] * 10, *[0.4] * 10)
        return [{**figures, "tricks/gan/growing/pixels": size} for figures, size in zip(course, pixels, strict=True)]

    assert states(followed(growing(*[4] * 20))) == ["collapsing"]
    assert states(followed(growing(*[4] * 10, *[8] * 10))) == []


def test_variety_may_fall_while_a_size_fades_in_but_not_to_nothing() -> None:
    def fading(low: float, shares: list[float]) -> list[dict[str, float]]:
        course = varieties(*[1.0] * 10, *[low] * 40)
        return [{**figures, "tricks/gan/growing/fade": fade} for figures, fade in zip(course, shares, strict=True)]

    fades = [number / 50 for number in range(1, 51)]
    assert states(followed(fading(0.4, [0.0] * 50))) == ["collapsing"]
    assert states(followed(fading(0.4, fades))) == []
    assert states(followed(fading(0.02, fades))) == ["collapsed"]


def test_a_generator_gets_time_to_spread_out() -> None:
    slow = varieties(*[0.01] * 18, *[0.9] * 40)
    assert followed(slow) == []
    at_first = varieties(*[0.01] * 200)
    ((batches, finding),) = followed(at_first)
    assert (batches, finding.state) == (1050, "collapsed")
    assert states(followed(varieties(*[0.0] * 200))) == ["collapsed"]  # one and the same from the first batch on
    # One that moves on every fifth batch is as old after five times as many.
    ((batches, _),) = followed(at_first, updates=lambda batches: batches // 5)
    assert batches == 5000


def test_variety_that_multiplies_is_waited_for() -> None:
    climb = [0.005 * 1.12**step for step in range(46)]  # below 0.2 for 1,600 batches: slower than DCGAN's on MNIST
    assert climb[31] < 0.2 < climb[45]
    assert followed(varieties(*climb)) == []
    ((batches, finding),) = followed(varieties(*climb[:28], *[climb[28]] * 60))  # and one that comes to a halt
    assert 1400 < batches < 2000
    assert finding.state == "collapsed"


def evaluations(name: str, values: Iterable[float], control: float | None) -> list[dict[str, float]]:
    real = {} if control is None else {f"evaluation/{name}/points/2500/real": control}
    return [{f"evaluation/{name}/points/2500": value} | real for value in values]


@pytest.mark.parametrize(("name", "control", "good", "bad"), [
    ("modes_covered", 8.0, 8.0, 1.0), ("classes_covered", 900.0, 850.0, 20.0), ("diversity", 1.01, 0.95, 0.1),
    ("duplicates", 0.01, 0.05, 0.9), ("recall", 0.8, 0.7, 0.05), ("diversity", None, 0.95, 0.1),
])  # fmt: skip
def test_evaluations_that_worsen(name: str, control: float | None, good: float, bad: float) -> None:
    course = evaluations(name, [good, good, bad, bad, bad], control)
    changes = followed(course, every=1000)
    assert states(changes) == ["collapsing", "collapsed"]
    assert [batches for batches, _ in changes] == [3000, 4000]
    assert followed(evaluations(name, [good] * 9, control), every=1000) == []


@pytest.mark.parametrize("gain", [0, 1])
def test_modes_that_stay_missing_are_a_collapse_in_part(gain: int) -> None:
    """15 of 25 modes, and after a thousand batches not two more."""
    ((batches, finding),) = followed(evaluations("modes_covered", [15.0, *[15.0 + gain] * 4], 25.0), every=1000)
    assert (batches, finding.state) == (2000, "collapsed")
    assert (finding.value, finding.threshold, finding.of) == (15 + gain, 20, "0.8 of the reals' 25")


def test_the_number_quoted_is_the_one_that_the_evaluation_told() -> None:
    changes = followed(evaluations("modes_covered", [*[8.0] * 9, 3.0, 1.0], 8.0), every=100)
    assert changes[0][1].why == "evaluation/modes_covered/points/2500 3 is below 4, 0.5 of the reals' 8"
    (_, finding), *_ = followed(evaluations("duplicates", [0.05, 0.05, 0.9, 0.9], 0.01), every=1000)
    assert (finding.value, finding.threshold) == (0.9, pytest.approx(1 - 0.5 * 0.95 * 1.0, abs=0.03))
    assert "0.9 is not below" in finding.why


def test_one_mode_of_good_samples_is_a_collapse_and_of_bad_ones_none() -> None:
    def course(quality: float) -> list[dict[str, float]]:
        told = {"evaluation/modes_high_quality/points/2500": quality}
        real = {"evaluation/modes_high_quality/points/2000/real": 0.99}
        return [row | told | real for row in evaluations("modes_covered", [1.0] * 4, 8.0)]

    ((batches, finding),) = followed(course(0.9), every=1000)
    assert (batches, finding.state, finding.value) == (2000, "collapsed", 1.0)
    assert followed(course(0.1), every=1000) == []


@pytest.mark.parametrize("course", [[14, 16, 18, 20], [21] * 4, [2] * 4], ids=["rises", "nearly all", "never learned"])
def test_modes_that_are_still_being_found_are_no_collapse(course: list[float]) -> None:
    assert followed(evaluations("modes_covered", course, 25.0), every=1000) == []


def test_a_generator_that_never_varied_under_too_strong_a_discriminator_has_not_collapsed() -> None:
    judge = diagnosis()
    for batches in range(50, 2001, 50):
        judge.take_figures({f"{GAME}/variety": 0.01}, batches)
    assert [finding.state for finding in judge.findings("gan", HEALTHY, 2000)] == ["collapsed"]
    assert list(judge.findings("gan", HEALTHY, 2000, stifled=True)) == []


def test_evaluations_that_were_never_good_are_no_collapse() -> None:
    assert followed(evaluations("modes_covered", [0.0] * 9, 8.0), every=1000) == []


def test_controls_that_leave_nothing_to_compare_with() -> None:
    assert followed(evaluations("duplicates", [0.0, 1.0, 1.0, 1.0], 1.0), every=1000) == []
    assert followed(evaluations("modes_covered", [nan] * 4, 8.0), every=1000) == []
    assert followed(evaluations("frechet", [1.0, 1e9, 1e9], 1.0), every=1000) == []


@pytest.mark.parametrize(
    "key", [f"{GAME}/adversarial", "generator/gan/adversarial", f"{GAME}/fake_scale", "generator/gradient_norm"]
)
def test_sizes_without_bound_have_diverged(key: str) -> None:
    usual = [{key: value} for value in (0.7, 1.3, 5.0, 2.0) * 10]
    ((batches, finding),) = followed([*usual, *[{key: 1e4}] * 40])
    # 9.21 − (9.21 − 0.64) · exp(−n/4) exceeds log(100) + (log 1.3 + log 2)/2 = 5.08 from n = 2.92.
    assert (finding.state, finding.quantity, batches) == ("diverged", f"{key} over its median", 43 * 50)
    assert finding.value >= finding.threshold == 100
    assert "is not below 100" in finding.why


def test_a_run_that_diverges_at_once_has_the_first_batch_to_compare_with() -> None:
    changes = followed([{f"{GAME}/adversarial": 1.4}, *[{f"{GAME}/adversarial": 1e5}] * 30])
    assert states(changes) == ["diverged"]


def test_one_spike_is_no_divergence() -> None:
    course = [{f"{GAME}/adversarial": 1.0}] * 20
    assert followed([*course, {f"{GAME}/adversarial": 1e6}, *course, {f"{GAME}/adversarial": inf}, *course]) == []


def test_gradients_that_grow_slowly_are_usual() -> None:
    assert followed([{"generator/gradient_norm": 0.1 * 1.05**n} for n in range(150)]) == []


def test_a_critics_level_may_wander() -> None:
    key = "generator/gan/adversarial"
    wandering = [{key: -1.0 * n, f"{GAME}/logit_real": 1.0 * n, f"{GAME}/adversarial": -3.0} for n in range(4000)]
    assert followed(wandering[::10]) == []
    ((_, finding),) = followed([{key: 1.0, f"{GAME}/D_real": 0.5}, *[{key: 1e4, f"{GAME}/D_real": 0.5}] * 30])
    assert finding.state == "diverged"


def test_black_and_white_fakes_have_diverged() -> None:
    ((batches, finding),) = followed([{f"{GAME}/saturated": 0.999}] * 60)
    assert (batches, finding.state, finding.threshold) == (1050, "diverged", 0.95)
    assert followed([{f"{GAME}/saturated": 0.9}] * 60) == []


def test_other_games_are_left_alone() -> None:
    judge = diagnosis()
    for batches in range(50, 2050, 50):
        judge.take_figures({"discriminator/a2b/variety": 0.01, "discriminator/b2a/variety": 1.0}, batches)
    assert [finding.state for finding in judge.findings("a2b", HEALTHY, 2000)] == ["collapsed"]
    assert [*judge.findings("b2a", HEALTHY, 2000)] == []
    judge.magnitudes.clear()
    for batches in (1, *range(50, 1050, 50)):
        judge.take_figures({"generator/gradient_norm": 1.0 if batches == 1 else 1e5}, batches)
    assert "diverged" in {finding.state for finding in judge.findings("b2a", HEALTHY, 2000)}


def test_figures_at_another_number_of_samples_take_the_place_of_those_of_before() -> None:
    """As of a run that an older version began: what it measured would stand still, and hold for ever."""
    judge = diagnosis()
    for batches in range(100, 2100, 100):
        judge.take_evaluation({"evaluation/recall/x/2500": 0.9 if batches < 500 else 0.01}, batches)
    assert any(finding.state == "collapsed" for finding in judge.findings("gan", HEALTHY, 2000))
    judge.take_evaluation({"evaluation/recall/x/180": 0.8, "evaluation/recall/x/180/real": 0.9}, 2100)
    assert list(judge.shares) == ["evaluation/recall/x/180"]
    assert not list(judge.findings("gan", HEALTHY, 2100))

"""Figures at equal numbers: subsets, their mean and spread, what is not finite."""

import math
import statistics

import pytest
import torch

from gan_runner.evaluation.equal import SUBSETS, Figure, Shown, ask, joined, subsets, told
from gan_runner.metrics.base import Measure
from gan_runner.metrics.diversity import Diversity
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.prdc import PRDC


class Counting(Measure):
    """Says how many it was shown, and the mean of the fakes."""

    needs = "points"

    def compare(self, real, fake):
        self.assigned = fake[:, 0].long()
        return {"reals": torch.tensor(len(real)), "fakes": torch.tensor(len(fake)), "mean": fake.mean()}


def shown(reals: int, fakes: int, **more) -> Shown:
    return Shown(torch.zeros(reals, 1), torch.arange(float(fakes))[:, None], **more)


def test_subsets_are_disjoint_and_whole_and_not_too_many():
    assert [(part.start, part.stop) for part in subsets(11, 3)] == [(0, 3), (3, 6), (6, 9)]
    assert [(part.start, part.stop) for part in subsets(3, 3)] == [(0, 3)]
    assert len(list(subsets(5000, 2))) == SUBSETS


def test_as_many_fakes_as_reals_one_subset_after_the_other():
    metric = Counting()
    found = ask(metric, shown(7, 11), 3)
    assert found["reals"] == Figure(3, 0)
    assert found["fakes"] == Figure(3, 0)
    assert found["mean"] == Figure(4, pytest.approx(statistics.stdev([1, 4, 7])))
    assert metric.assigned.tolist() == list(range(9))
    assert metric.real == metric.fake == []  # nothing is kept
    assert told(metric, 11, 3) == 3


def test_what_is_of_the_reals_alone_is_found_once_for_all_subsets():
    class Remembering(Counting):
        found = 0

        def find(self, real):
            self.found += 1
            return real.mean()

        def compare(self, real, fake):
            return {"ratio": fake.mean() / (1 + self.of_reals(real, self.find))}

    metric = Remembering()
    reals = torch.arange(4.0)[:, None]
    first = ask(metric, Shown(reals, torch.arange(8.0)[:, None]), 4)
    assert metric.found == 1
    reals += 1  # another judgement looks again, and holds nothing between
    second = ask(metric, Shown(reals, torch.arange(8.0)[:, None]), 4)
    assert metric.found == 2
    assert (first["ratio"].value, second["ratio"].value) == pytest.approx((3.5 / 2.5, 3.5 / 3.5))


@pytest.mark.parametrize("metric", [PRDC(k=2), Diversity(), Frechet()])
def test_figures_are_those_of_each_subset_by_itself(metric):
    generator = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(count, 3, generator=generator) for count in (30, 90))
    found = ask(metric, Shown(real, fake), 30)
    alone = [ask(metric, Shown(real, part), 30) for part in fake.split(30)]
    for name, figure in found.items():
        assert figure.value == pytest.approx(statistics.fmean(one[name].value for one in alone), rel=1e-6)


def test_labels_and_training_images_come_along():
    class Labels(Counting):
        studied = 0

        def update(self, samples, real, label=None):
            super().update(samples, real)
            if not real:
                assert label.equal(samples[:, 0])

        def study(self, training):
            self.studied += len(training)

    metric = Labels()
    ask(metric, shown(3, 9, label=torch.arange(9.0), training=torch.zeros(4, 1)), 3)
    assert metric.studied == 12


def test_a_labelled_metric_learns_what_reals_and_training_images_are():
    class Labels(Counting):
        numbers = "training"

        def update(self, samples, real, label=None):
            super().update(samples, real)
            assert label.equal(torch.full((7,), 5.0) if real else torch.arange(3.0))

        def study(self, training, label=None):
            assert (len(training), label.tolist()) == (3, [2.0, 2.0, 2.0])

    real_label, training_label = torch.full((7,), 5.0), torch.full((3,), 2.0)
    labels = {"label": torch.arange(11.0), "real_label": real_label, "training_label": training_label}
    found = ask(Labels(), shown(7, 11, training=torch.zeros(3, 1), **labels), 3)
    # as many fakes as training reals, and all held-out ones
    assert {name: figure.value for name, figure in found.items()} == {"reals": 7, "fakes": 3, "mean": 1}
    assert told(Labels(), 11, 3) == 3


def test_what_a_metric_finds_again_and_again_has_a_mean_and_a_spread():
    class Repeating(Counting):
        def compare(self, real, fake):
            return {"a": torch.tensor([1.0, 2.0, 6.0]), "b": torch.tensor([1.0, math.nan, 1.0])}

    metric = Repeating()
    metric.numbers = "training"
    found = ask(metric, shown(3, 3), 3)
    assert found["a"] == Figure(3, pytest.approx(statistics.stdev([1, 2, 6])))
    assert math.isnan(found["b"].value)


@pytest.mark.parametrize(("numbers", "reals", "number"), [("any", 7, 11), ("its own", 3, 3)])
def test_other_metrics_are_handed_all_fakes_at_once(numbers, reals, number):
    metric = Counting()
    metric.numbers = numbers
    found = ask(metric, shown(7, 11), 3)
    assert {name: figure.value for name, figure in found.items()} == {"reals": reals, "fakes": 11, "mean": 5}
    assert found["mean"].spread is None
    assert told(metric, 11, 3) == number


def test_what_is_not_finite_in_one_subset_is_not_finite_and_says_why():
    figures = joined([{"a": 1.0, "b": 2.0}, {"a": math.nan, "b": 4.0}, {"a": 3.0, "b": 6.0}], {"a": "no mode"}.get, {})
    assert math.isnan(figures["a"].value)
    assert figures["a"][1:3] == (None, "no mode")
    assert figures["b"] == Figure(4, 2)
    (alone,) = joined([{"a": math.inf}], {}.get, {}).values()
    assert alone.reason == "the features are not finite"


def test_what_must_be_known_of_a_figure_is_that_of_the_first_subset_that_tells_it():
    class Telling(Measure):
        needs = "points"
        gives = ("mean",)

        def compare(self, real, fake):
            mean = fake.mean()
            self.beside = {"mean": f"of {mean:g}"} if mean > 2 else {}
            return {"mean": mean}

    found = ask(Telling(), Shown(torch.zeros(2, 1), torch.arange(6.0)[:, None]), 2)
    assert found["mean"].beside == "of 2.5"

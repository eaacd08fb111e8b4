"""Fréchet class by class: scipy's matrix root, swapped classes, classes without samples."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg
import torch

from gan_runner.data.digits import Digits
from gan_runner.data.synthetic import Synthetic
from gan_runner.evaluation.judge import Judge
from gan_runner.features.random_conv import RandomConv
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics import class_frechet
from gan_runner.metrics.class_frechet import ClassFrechet


def data_of(names, kept=None):
    return SimpleNamespace(num_classes=len(names), class_names=names, kept_labels=lambda: kept)


def metric_of(*names, kept=None) -> ClassFrechet:
    metric = ClassFrechet()
    metric.meet(data_of(names, kept))
    return metric


def measured(metric, real, real_label, fake, fake_label) -> dict[str, float]:
    metric.reset()
    metric.update(real, real=True, label=torch.tensor(real_label))
    metric.update(fake, real=False, label=torch.tensor(fake_label))
    found = {name: value.item() for name, value in metric.compute().items()}
    assert set(found) == set(metric.gives)
    return found


def clouds(count, classes=3, size=4, seed=0) -> tuple[torch.Tensor, list[int]]:
    """Features of classes that lie apart, and their labels."""
    generator = torch.Generator().manual_seed(seed)
    label = torch.arange(classes).repeat(count)
    return torch.randn(len(label), size, generator=generator) + 9 * label[:, None], label.tolist()


def by_scipy(a: np.ndarray, b: np.ndarray) -> float:
    covariances = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(sum(covariances) - 2 * root))


def test_each_class_against_scipy_and_the_mean_and_the_worst():
    (real, is_label), (fake, asked) = clouds(40), clouds(40, seed=1)
    fake[torch.tensor(asked) == 2] += 1
    found = measured(metric_of("cat", "dog", "two words"), real, is_label, fake, asked)
    expected = [by_scipy(real[c::3].double().numpy(), fake[c::3].double().numpy()) for c in range(3)]
    names = [f"class_frechet_{name}" for name in ("cat", "dog", "two_words")]
    assert [found[name] for name in names] == pytest.approx(expected, rel=1e-6)
    assert found["class_frechet_mean"] == pytest.approx(np.mean(expected), rel=1e-6)
    assert found["class_frechet_worst"] == found["class_frechet_two_words"] > 4


def test_swapped_classes_are_seen_here_and_not_by_all_together():
    (real, is_label), (fake, _) = clouds(60), clouds(60, seed=1)
    swapped = [{0: 1, 1: 0, 2: 2}[label] for label in is_label]
    right = measured(metric_of("0", "1", "2"), real, is_label, fake, is_label)
    wrong = measured(metric_of("0", "1", "2"), real, is_label, fake, swapped)
    assert right["nearest_as_asked"] == 1
    assert wrong["nearest_as_asked"] == pytest.approx(1 / 3)
    assert wrong["class_frechet_2"] == right["class_frechet_2"] < 2
    assert wrong["class_frechet_0"] > 300 > 2 > right["class_frechet_worst"]


def test_of_more_samples_than_reals_subsets_of_as_many(monkeypatch):
    """So a class has the bias of its reals' number, and so has the control."""
    monkeypatch.setattr(class_frechet, "SUBSETS", 2)
    (real, is_label), (fake, asked) = clouds(8, classes=1), clouds(30, classes=1, seed=1)
    found = measured(metric_of("0"), real, is_label, fake, asked)
    parts = [by_scipy(real.double().numpy(), fake[at : at + 8].double().numpy()) for at in (0, 8)]
    assert found["class_frechet_0"] == pytest.approx(np.mean(parts), rel=1e-5)


def test_few_samples_say_that_they_are_mostly_bias():
    (real, is_label), (fake, asked) = clouds(5), clouds(5, seed=1)
    metric = metric_of("0", "1", "2")
    measured(metric, real[:, :2], is_label, fake[:, :2], asked)
    assert metric.beside == {"class_frechet_mean": "3 classes at 5 samples or more each"}
    found = measured(metric, real.repeat(1, 2), is_label, fake.repeat(1, 2), asked)
    assert math.isfinite(found["class_frechet_worst"])  # fewer samples than features
    assert metric.beside["class_frechet_mean"].endswith("each, mostly bias: fewer than the 8 dimensions")


def test_equal_sets_are_at_0_and_two_samples_do():
    real, is_label = clouds(2)
    found = measured(metric_of("0", "1", "2"), real, is_label, real, is_label)
    assert found["class_frechet_worst"] == pytest.approx(0, abs=1e-6)
    assert found["nearest_as_asked"] == 1


@pytest.mark.parametrize("side", ["reals", "samples"])
@pytest.mark.parametrize("left", [0, 1])
def test_a_class_without_two_of_either_is_told_and_counts_in_no_mean(side, left):
    metric = metric_of("ant", "bee", "cat")
    (real, is_label), (fake, asked) = clouds(6), clouds(6, seed=1)
    kept = [i for i, label in enumerate(is_label) if label != 1 or i < 3 * left]
    if side == "reals":
        real, is_label = real[kept], [is_label[i] for i in kept]
    else:
        fake, asked = fake[kept], [asked[i] for i in kept]
    found = measured(metric, real, is_label, fake, asked)
    assert math.isnan(found["class_frechet_bee"])
    assert metric.reason("class_frechet_bee") == "fewer than 2 reals or samples of this class"
    assert found["class_frechet_mean"] == pytest.approx((found["class_frechet_ant"] + found["class_frechet_cat"]) / 2)
    assert metric.beside["class_frechet_mean"].startswith("2 classes at 6 samples")
    assert metric.remark == ("metrics.class_frechet leaves out 1 of 3 classes, with fewer than 2 reals or samples: bee")
    assert found["nearest_as_asked"] == 1  # nobody asks about what has no real


def test_without_any_class_to_measure_there_are_reasons():
    metric = metric_of("ant", "bee")
    found = measured(metric, torch.randn(3, 2), [0, 0, 0], torch.randn(3, 2), [1, 1, 1])
    assert all(math.isnan(value) for value in found.values())
    assert metric.reason("class_frechet_worst") == "no class has 2 reals and 2 samples"
    assert metric.reason("nearest_as_asked") == "no class that was asked for has reals"


def test_of_many_classes_the_mean_and_the_worst_alone():
    metric = metric_of(*map(str, range(class_frechet.MOST + 1)))
    assert metric.gives == ("class_frechet_mean", "class_frechet_worst", "nearest_as_asked")
    real, label = clouds(2, classes=101)
    assert measured(metric, real, label, real, label)["class_frechet_mean"] == pytest.approx(0, abs=1e-6)


def test_classes_that_are_kept_from_training_are_not_asked_about():
    metric = metric_of("ant", "bee", "mean", kept=[2, 0])
    assert metric.gives[3:] == ("class_frechet_ant", "class_frechet_2")  # a name that the mean has taken


def test_data_without_labels_is_refused():
    with pytest.raises(ValueError, match=r"metrics\.class_frechet compares class by class, and Synthetic gives no"):
        ClassFrechet().meet(Synthetic(image_size=8, num_classes=None))
    with pytest.raises(ValueError, match=r"metrics\.class_frechet needs labels"):
        ClassFrechet().update(torch.randn(3, 2), real=True)


# ---- judged ---------------------------------------------------------------------------------------------------------


def labelled(data, wrong=0):
    deck = data.deck("train")

    def draw(count):
        batch = deck[torch.randperm(len(deck), generator=torch.Generator().manual_seed(5)).repeat(2)[:count]]
        return to_unit_range(batch.real), (batch.label + wrong) % 10

    return draw


def test_the_control_is_found_at_the_same_numbers():
    data = Digits(image_size=8)
    judge = Judge({"class_frechet": ClassFrechet()}, RandomConv(), labelled=True)
    report = judge.judge(labelled(data), data, 600)
    name = "class_frechet_mean/random_conv64/180"
    assert report.scalars[name] == pytest.approx(report.scalars[f"{name}/real"], rel=0.1)
    assert report.scalars["nearest_as_asked/random_conv64/180"] == pytest.approx(
        report.scalars["nearest_as_asked/random_conv64/180/real"], abs=0.05
    )
    assert "mostly bias" in report.beside[name]
    wrong = judge.judge(labelled(data, wrong=1), data, 600).scalars
    assert wrong[name] > 2 * report.scalars[name]
    assert wrong["nearest_as_asked/random_conv64/180"] < 0.2


def test_a_run_whose_samples_are_held_to_no_class_leaves_it_out():
    judge = Judge({"class_frechet": ClassFrechet()}, RandomConv())
    why = "it looks at each class alone, and the samples of this run are held to none"
    assert judge.leave_out(Digits(image_size=8)) == {"class_frechet": why}
    assert judge.gives == []

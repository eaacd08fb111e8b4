"""The judge: figures by name, one look at each image, cached reals, controls, refusals."""

import math

import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.evaluation.judge import Judge
from gan_runner.features.classifier import Classifier
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics.class_modes import ClassModes
from gan_runner.metrics.diversity import Diversity
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.ms_ssim import MsSsim
from gan_runner.metrics.prdc import PRDC


def small(**settings) -> Synthetic:
    return Synthetic(image_size=8, channels=1, num_samples=120, **settings)


# ---- figures --------------------------------------------------------------------------------------------------------


def test_points_are_counted_and_controlled():
    data = Gaussians(layout="ring", num_samples=400)
    report = Judge({"modes": Modes()}).judge(lambda n: (torch.tensor([[1.0, 0.0]]).repeat(n, 1), None), data, 300)
    assert report.scalars["modes_covered/points/300"] == 1
    assert report.scalars["modes_high_quality/points/300"] == 1
    assert report.scalars["modes_kl/points/300"] == pytest.approx(math.log(8))
    assert report.scalars["modes_covered/points/300/real"] == 8
    assert (report.fakes, report.reals, report.held_out, report.pairs) == (300, 300, True, None)


def test_names_say_what_was_looked_through_and_at_how_many(from_deck):
    metrics = {"frechet": Frechet(), "ms_ssim": MsSsim(pairs=10), "memorization": Memorization(pairs=3)}
    data = small()
    report = Judge(metrics, RandomConv()).judge(from_deck(data), data, 50)
    # every control but that of memorization, which is one itself
    assert set(report.scalars) == {
        f"{name}/50{ending}"
        for name in ("frechet/random_conv64", "ssim/pixels", "ssim_excess/pixels")
        for ending in ("", "/real")
    } | {"memorization_ratio/random_conv64/50", "memorized/random_conv64/50"}


def test_a_control_carries_its_own_number(from_deck):
    data = Digits(image_size=8)
    report = Judge({"frechet": Frechet()}, RandomConv()).judge(from_deck(data, "train"), data, 300)
    assert set(report.scalars) == {"frechet/random_conv64/300", "frechet/random_conv64/180/real"}
    assert (report.fakes, report.reals) == (300, 180)


# ---- work -----------------------------------------------------------------------------------------------------------


def test_every_image_is_looked_at_once_and_reals_never_again(from_deck, counting):
    data, net = small(), counting
    metrics = {"frechet": Frechet(), "prdc": PRDC(k=2), "class_modes": ClassModes(), "diversity": Diversity()}
    judge = Judge(metrics, net)
    first = judge.judge(from_deck(data), data, 40)
    assert net.looks == 3 * 40  # fakes, held-out and training reals
    second = judge.judge(from_deck(data), data, 40)
    assert net.looks == 4 * 40
    assert first.scalars == second.scalars
    judge.judge(from_deck(data), data, 41)
    assert net.looks == 4 * 40 + 3 * 41
    assert all(not metric.fake for metric in metrics.values())


def test_without_the_control_it_is_not_computed(from_deck, counting):
    data, net = small(), counting
    report = Judge({"frechet": Frechet()}, net, control=False).judge(from_deck(data), data, 40)
    assert net.looks == 80
    assert not any(name.endswith("/real") for name in report.scalars)


def test_fakes_come_in_batches_from_random_numbers_that_the_run_does_not_notice():
    data, counts = small(), []

    def draw(count):
        counts.append(count)
        return torch.rand(count, 1, 8, 8) * 2 - 1, None

    judge = Judge({"frechet": Frechet()}, RandomConv(), batch_size=20)
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    first = judge.judge(draw, data, 50)
    assert torch.rand(2).equal(expected)
    assert counts == [20, 20, 10]
    assert judge.judge(draw, data, 50).scalars == first.scalars


def test_data_that_keeps_nothing_back_is_compared_with_its_own_half(from_deck):
    data = Digits(image_size=8, holdout=0.0)
    report = Judge({"frechet": Frechet()}, RandomConv()).judge(from_deck(data, "train"), data, 100)
    assert not report.held_out
    assert report.scalars["frechet/random_conv64/100/real"] > 0  # never the same images


# ---- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metric", "features", "data", "sentence"),
    [
        (Modes(), None, small(), r"metrics\.given measures points, and Synthetic has images"),
        (MsSsim(), None, Gaussians(), r"metrics\.given measures images, and Gaussians has points"),
        (ClassModes(), Classifier(), Gaussians(), r"metrics\.given measures logits, and Gaussians has points"),
        (Frechet(), None, small(), r"features is null: set features=classifier"),
        (ClassModes(), RandomConv(), small(), r"metrics\.given needs a classifier: set features=classifier"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_read(metric, features, data, sentence):
    judge = Judge({"given": metric}, features)
    with pytest.raises(ValueError, match=sentence):
        judge.meet(data)
    assert not data._decks


def test_samples_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="samples are not finite"):
        Judge({"modes": Modes()}).judge(lambda n: (torch.full((n, 2), torch.nan), None), Gaussians(num_samples=50), 10)


def test_a_metric_that_needs_held_out_reals_is_left_out_where_none_are_kept():
    judge = Judge({"memorization": Memorization(), "frechet": Frechet()}, RandomConv())
    assert judge.leave_out(Digits(image_size=8)) == {}
    assert list(judge.leave_out(Digits(image_size=8, holdout=0.0))) == ["memorization"]
    assert list(judge.metrics) == ["frechet"]

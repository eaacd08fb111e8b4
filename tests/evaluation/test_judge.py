"""The judge: figures by name, one look at each image, cached reals, controls, refusals."""

import math
import statistics

import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.evaluation.judge import Judge
from gan_runner.evaluation.reals import draw
from gan_runner.evaluation.report import pictures
from gan_runner.evaluation.samples import looking
from gan_runner.evaluation.translations import dealing
from gan_runner.features.classifier import Classifier
from gan_runner.features.random_conv import RandomConv
from gan_runner.figures import scalar_of
from gan_runner.images.ranges import to_bytes
from gan_runner.metrics.authenticity import Authenticity
from gan_runner.metrics.class_modes import ClassModes
from gan_runner.metrics.diversity import Diversity
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.ms_ssim import MsSsim
from gan_runner.metrics.prdc import PRDC


def drawn(data, count):
    """Held-out and training reals, as the judge draws them."""
    found = draw(data, count, 0, seed=0)
    return found.reference, found.training


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


def test_a_control_is_found_at_the_number_of_the_figure(from_deck):
    data = Digits(image_size=8)
    report = Judge({"frechet": Frechet()}, RandomConv()).judge(from_deck(data, "train"), data, 600)
    name = "frechet/random_conv64/180"  # as many as are held out, in three subsets of the fakes
    assert set(report.scalars) == {name, f"{name}/real"}
    assert (report.fakes, report.reals) == (600, 180)
    assert set(report.spreads) == set(report.scalars)


def test_figures_at_equal_numbers_are_means_over_subsets_of_the_fakes_and_of_the_reals_in_their_place(from_deck):
    data, k = Digits(image_size=8), 3
    report = Judge({"prdc": PRDC(k=k)}, RandomConv()).judge(from_deck(data, "train"), data, 400)
    reference, training = drawn(data, 400)
    look = looking(RandomConv().extractor(data, torch.device("cpu")), 500)
    fakes = from_deck(data, "train")(400)[0]
    for place, ending in ((to_bytes(fakes), ""), (training, "/real")):
        found = []
        for part in (place[:180], place[180:360]):
            metric = PRDC(k=k)
            metric.update(look(reference).features, real=True)
            metric.update(look(part).features, real=False)
            found.append(metric.compute()["recall"].item())
        assert len(reference) == 180
        assert report.scalars[f"recall/random_conv64/180{ending}"] == pytest.approx(statistics.fmean(found))
        assert report.spreads[f"recall/random_conv64/180{ending}"] == pytest.approx(statistics.stdev(found))


def test_a_generator_as_good_as_reals_has_the_figures_of_its_control():
    """Whatever the number of fakes: at unequal ones coverage was 1.0 beside 0.4."""
    data = Digits(image_size=8)
    metrics = {"prdc": PRDC(), "diversity": Diversity(), "frechet": Frechet(), "ms_ssim": MsSsim()}
    deck = data.deck("train")
    fakes = deck[torch.randperm(len(deck), generator=torch.Generator().manual_seed(5))].real
    scalars = Judge(metrics, RandomConv()).judge(dealing(fakes), data, 1600).scalars
    for scalar in ("coverage", "recall", "precision", "density", "diversity", "diversity_nearest"):
        found, control = (scalars[f"{scalar}/random_conv64/180{ending}"] for ending in ("", "/real"))
        assert found == pytest.approx(control, rel=0.06), scalar
    assert scalars["ssim/pixels/180"] == pytest.approx(scalars["ssim/pixels/180/real"], abs=0.02)


def test_what_is_of_fakes_alone_has_held_out_reals_for_control():
    data = Gaussians(layout="ring", num_samples=400)
    scalars = Judge({"modes": Modes()}).judge(lambda n: (torch.zeros(n, 2), None), data, 300).scalars
    metric = Modes()
    metric.meet(data)
    metric.update(drawn(data, 300)[0], real=False)
    expected = {f"{name}/points/300/real": value.item() for name, value in metric.compute().items()}
    assert {name: value for name, value in scalars.items() if name.endswith("/real")} == expected


def test_distances_of_single_fakes_are_of_all_of_them(from_deck):
    data = Digits(image_size=8)
    scalars = Judge({"memorization": Memorization()}, RandomConv()).judge(from_deck(data), data, 400).scalars
    assert set(scalars) == {"memorization_ratio/random_conv64/400", "memorized/random_conv64/400"}


def test_points_near_training_points_are_counted_and_no_picture_is_drawn(from_deck):
    data = Gaussians(layout="ring", num_samples=400)
    metrics = {"memorization": Memorization(), "authenticity": Authenticity()}
    report = Judge(metrics).judge(from_deck(data, "train"), data, 300)
    assert report.scalars["memorized/points/300"] == 1
    assert report.scalars["authentic/points/300"] == 0
    assert 0.3 < report.scalars["authentic/points/300/real"] < 0.7
    assert pictures(report) == {}


def test_the_modes_of_all_subsets_are_drawn(from_deck):
    data = Gaussians(layout="ring", num_samples=400)
    data.num_test_samples = 50
    report = Judge({"modes": Modes()}).judge(lambda n: (torch.tensor([[1.0, 0.0]]).repeat(n, 1), None), data, 170)
    assert report.found is not None
    counted = sum(report.found.counts.tolist())
    assert counted == 170 // report.reals * report.reals


def test_what_is_not_finite_has_a_reason():
    data = Gaussians(layout="ring", num_samples=400)
    report = Judge({"modes": Modes()}).judge(lambda n: (torch.full((n, 2), 9.0), None), data, 300)
    assert math.isnan(report.scalars["modes_kl/points/300"])
    assert report.reasons == {"modes_kl/points/300": "no point is on a mode"}


# ---- few reals ------------------------------------------------------------------------------------------------------


def few(count: int, **settings) -> Synthetic:
    """As many reals as training images."""
    return Synthetic(image_size=8, channels=1, num_samples=count, **settings)


def test_a_metric_that_lacks_reals_leaves_out_itself_alone(from_deck):
    data = Digits(image_size=8, holdout=0.002)  # 4 of 1,797
    judge = Judge({"prdc": PRDC(k=5), "frechet": Frechet()}, RandomConv())
    report = judge.judge(from_deck(data), data, 40)
    assert {scalar_of(name) for name in report.scalars} == {"frechet"}
    assert [str(note) for note in report.notes] == [
        "metrics.prdc is left out, with 4 reals and samples in the place of 6: set data.holdout=0.01, or set "
        "metrics.prdc.k=3",
        "4 reals are few for metrics.frechet (what fewer than 100 say is mostly chance): set "
        "evaluation.num_samples=100 and set data.holdout=0.06",
    ]
    bench = judge.prepare(data, 40)
    assert bench.measures
    assert bench.untrusted == {"frechet", "precision", "recall", "density", "coverage"}


def test_there_is_nothing_to_measure_where_every_metric_lacks_reals(from_deck):
    data = Digits(image_size=8, holdout=0.002)
    assert not Judge({"prdc": PRDC(k=5)}, RandomConv()).prepare(data, 40).measures


def test_duplicates_among_the_reals_are_told(from_deck):
    data = few(40)
    deck = data.deck("test")
    deck.images[:] = deck.images[:1]
    notes = Judge({"prdc": PRDC(k=2)}, RandomConv()).prepare(data, 40).notes
    assert any("reals equal 2 others or more" in note.fact for note in notes)


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

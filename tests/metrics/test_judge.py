"""The judge: figures by name, one look at each image, cached reals, controls, refusals; and the recipes compose."""

import math

import pytest
import torch
from hydra import compose, initialize_config_dir
from hydra.utils import instantiate

from gan_runner.cli.groups import CONFIGS
from gan_runner.data.base import Memory, to_unit_range
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.data.mnist import MNIST
from gan_runner.data.stacked_mnist import StackedMNIST
from gan_runner.data.synthetic import Synthetic
from gan_runner.features.base import Eye, FeatureNet, Seen
from gan_runner.features.classifier import Classifier
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics.class_modes import ClassModes
from gan_runner.metrics.diversity import Diversity
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.judge import Judge, by_mode
from gan_runner.metrics.kid import KID
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.ms_ssim import MsSsim
from gan_runner.metrics.prdc import PRDC


class Counting(FeatureNet):
    """Pixels as features and their first ten as logits; counts the images it looks at."""

    classifies = True

    def __init__(self) -> None:
        self.looks = 0

    def meet(self, data) -> None: ...

    def eye(self, data, device):
        net = self

        class Pixels(Eye):
            accuracy, tested = 0.5, 7

            def look(self, image):
                net.looks += len(image)
                flat = image.flatten(1) + 0 * self.network.weight.sum()
                return Seen(flat, flat[:, :10])

        return Pixels("pixel_eye", torch.nn.Linear(1, 1))


def from_deck(data, split="test"):
    """A generator that has learned a split by heart: deals it in order, again and again, in [-1, 1]."""
    images, state = data.deck(split)[torch.arange(len(data.deck(split)))].image, {"at": 0}

    def draw(count):
        at = torch.arange(state["at"], state["at"] + count) % len(images)
        state["at"] += count
        return to_unit_range(images[at]), None

    return draw


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


def test_names_say_what_was_looked_through_and_at_how_many():
    metrics = {"frechet": Frechet(), "ms_ssim": MsSsim(pairs=10), "memorization": Memorization(pairs=3)}
    data = small()
    report = Judge(metrics, RandomConv()).judge(from_deck(data), data, 50)
    # every control but that of memorization, which is one itself
    assert set(report.scalars) == {
        f"{name}/50{ending}"
        for name in ("frechet/random_conv64", "ssim/pixels", "ssim_excess/pixels")
        for ending in ("", "/real")
    } | {"memorization_ratio/random_conv64/50", "memorized/random_conv64/50"}


def test_a_control_carries_its_own_number():
    data = Digits(image_size=8)
    report = Judge({"frechet": Frechet()}, RandomConv()).judge(from_deck(data, "train"), data, 300)
    assert set(report.scalars) == {"frechet/random_conv64/300", "frechet/random_conv64/180/real"}
    assert (report.fakes, report.reals) == (300, 180)


def test_labelled_data_through_its_classifier(tmp_path):
    data = Digits(image_size=8)
    features = Classifier(cache=str(tmp_path), steps=60, batch_size=64, lr=1e-2)
    asked = data.deck("train")[torch.arange(0, 170)]

    def draw(count):
        return to_unit_range(asked.image[:count]), asked.label[:count]

    metrics = {"class_modes": ClassModes(), "frechet": Frechet(), "prdc": PRDC(), "kid": KID(subsets=2)}
    scalars = Judge(metrics, features, batch_size=200).judge(draw, data, 170).scalars
    eye = "classifier_digits"
    assert scalars[f"accuracy/{eye}/180"] > 0.9
    assert scalars[f"classes_covered/{eye}/170"] == 10
    assert scalars[f"class_as_asked/{eye}/170"] > 0.9
    assert scalars[f"class_kl/{eye}/170/real"] < 0.1
    collapsed = Judge(metrics, features).judge(
        lambda n: (to_unit_range(asked.image[:1]).repeat(n, 1, 1, 1), None), data
    )
    assert collapsed.scalars[f"classes_covered/{eye}/2500"] == 1
    assert collapsed.scalars[f"class_kl/{eye}/2500"] == pytest.approx(math.log(10))
    assert collapsed.scalars[f"recall/{eye}/2500"] < 0.1 < scalars[f"recall/{eye}/170"]
    assert collapsed.scalars[f"frechet/{eye}/2500"] > 5 * scalars[f"frechet/{eye}/170"]


def test_stacked_digits_are_a_thousand_modes(tmp_path, monkeypatch):
    digits = Digits(image_size=8)
    decks = {split: digits.read(split)[torch.arange(len(digits.read(split)))] for split in ("train", "test")}
    monkeypatch.setattr(MNIST, "read", lambda self, split: Memory(*decks[split]))
    data = StackedMNIST(root=str(tmp_path), image_size=8, num_samples=600, num_test_samples=500)
    judge = Judge({"class_modes": ClassModes()}, Classifier(steps=60, batch_size=64, lr=1e-2))
    scalars = judge.judge(from_deck(data, "train"), data, 500).scalars
    # 500 even draws of 1,000 cover 1000 (1 − e^−½) = 393 of them
    assert scalars["classes_covered/classifier_mnist/500"] == pytest.approx(393, abs=40)
    assert scalars["classes_covered/classifier_mnist/500/real"] == pytest.approx(393, abs=40)


def test_a_generator_that_copies_is_told_by_pairs():
    data = small(kind="noise")
    train = data.deck("train")[torch.arange(120)].image
    report = Judge({"memorization": Memorization(space="pixels", pairs=4)}).judge(from_deck(data, "train"), data, 30)
    assert report.scalars["memorized/pixels/30"] == 1
    assert report.pairs.fake.shape == (4, 1, 8, 8)
    assert report.pairs.fake.equal(report.pairs.training)
    assert report.pairs.distance.tolist() == [0] * 4
    assert (report.pairs.fake[0] == to_unit_range(train)).flatten(1).all(1).any()


# ---- work -----------------------------------------------------------------------------------------------------------


def test_every_image_is_looked_at_once_and_reals_never_again():
    data, net = small(), Counting()
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


def test_without_the_control_it_is_not_computed():
    data, net = small(), Counting()
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


def test_data_that_keeps_nothing_back_is_compared_with_its_own_half():
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


# ---- recipes --------------------------------------------------------------------------------------------------------


RECIPES = ("points", "labels", "images", "none")


def composed(metrics: str):
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return compose("train", [f"metrics={metrics}", "paths.run=unused"])


@pytest.mark.parametrize(
    ("recipe", "data", "features"),
    [
        ("points", Gaussians(num_samples=100), None),
        ("labels", Digits(image_size=8), Counting()),
        ("images", Digits(image_size=8), RandomConv()),
    ],
)
def test_a_recipe_fits_its_kind_of_data(recipe, data, features):
    metrics = {name: instantiate(node) for name, node in composed(recipe).metrics.items()}
    for metric in metrics.values():
        if isinstance(metric, KID):
            metric.subsets = 2
    report = Judge(metrics, features).judge(from_deck(data), data, 60)
    assert all(math.isfinite(value) for value in report.scalars.values())
    given = {name for metric in metrics.values() for name in metric.gives}
    assert {name.split("/")[0] for name in report.scalars} - {"accuracy"} == given - {"class_as_asked"}


@pytest.mark.parametrize("path", sorted((CONFIGS / "metrics").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_metric_composes_under_its_own_name(path):
    metrics = composed(path.stem if path.stem in RECIPES else f"[{path.stem}]").metrics
    assert path.stem in metrics or path.stem in RECIPES
    assert all(node._target_.split(".")[-2] == name for name, node in metrics.items())


def test_a_metric_that_needs_held_out_reals_is_left_out_where_none_are_kept():
    judge = Judge({"memorization": Memorization(), "frechet": Frechet()}, RandomConv())
    assert judge.leave_out(Digits(image_size=8)) == []
    assert judge.leave_out(Digits(image_size=8, holdout=0.0)) == ["memorization"]
    assert list(judge.metrics) == ["frechet"]


def test_fakes_are_sorted_by_the_mode_they_fell_on():
    images = torch.arange(6.0)[:, None, None, None].expand(6, 1, 2, 2)
    sheet = by_mode(images, torch.tensor([2, 0, 2, -1, 0, 2]), 3).reshape(8, 3, 1, 2, 2)[:, :, 0, 0, 0]
    assert sheet[:3].nan_to_num(-1).tolist() == [[1, -1, 0], [4, -1, 2], [-1, -1, 5]]
    many = by_mode(images, torch.tensor([0, 999, 3, 3, -1, 1]), 1000)[:, 0, 0, 0]
    assert many[:5].nan_to_num(-1).tolist() == [0, 5, -1, 2, -1]


def test_how_the_fakes_fall_on_the_modes_is_reported():
    data = Gaussians(num_samples=100)
    modes = Modes()
    report = Judge({"modes": modes}).judge(lambda count: (data.centres[2].expand(count, 2), None), data, 20)
    assert report.found is not None
    assert report.found.counts.tolist() == [0, 0, 20, 0, 0, 0, 0, 0]
    assert report.found.examples is None

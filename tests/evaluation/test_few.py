"""Too few reals: the settings that are named do help, and none is named that cannot."""

import pytest
import torch

from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.few import Note, Supply, lacking, of_one_class, untrusted
from gan_runner.evaluation.judge import Judge
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.kid import KID
from gan_runner.metrics.memorization import Memorization
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.prdc import PRDC
from gan_runner.metrics.usefulness import Usefulness

DIGITS = Digits(image_size=8)
MORE = "add data until data.holdout keeps {} samples from training ({} are all there are)"


def test_a_note_is_a_fact_and_a_remedy() -> None:
    assert str(Note("few", "more")) == "few: more"
    assert str(Note("few")) == "few"


def test_how_many_a_metric_sees() -> None:
    supply = Supply(DIGITS, asked=500, fakes=400, held_out=300, training=200)
    assert supply.of(Frechet()) == 200
    assert supply.of(Modes()) == 300  # compared with nothing


def test_what_learns_from_samples_sees_as_many_as_training_reals_and_rests_on_the_held_out_ones() -> None:
    supply = Supply(DIGITS, asked=2500, fakes=2500, held_out=99, training=1698)
    assert supply.of(Usefulness()) == 1698
    assert (supply.judging(Usefulness()), supply.judging(Frechet())) == (99, 99)
    found = untrusted({"usefulness": Usefulness()}, supply, width=0)
    assert set(found) == {"usefulness", "usefulness_both"}
    assert str(found["usefulness"]).startswith("99 reals are few for metrics.usefulness")
    assert untrusted({"usefulness": Usefulness()}, Supply(DIGITS, 2500, 2500, 100, 1697), width=0) == {}


def test_where_all_training_reals_are_of_one_class_there_is_nothing_to_teach() -> None:
    metrics = {"frechet": Frechet(), "usefulness": Usefulness()}
    found = of_one_class(metrics, torch.tensor([3, 3]))
    assert list(found) == ["usefulness"]
    assert str(found["usefulness"]) == (
        "metrics.usefulness is left out: all 2 training reals are of one class, and there is nothing to tell apart: "
        "train on two classes or more"
    )
    assert of_one_class(metrics, torch.tensor([3, 4])) == of_one_class(metrics, None) == {}


@pytest.mark.parametrize(
    ("asked", "fakes", "held_out", "training", "remedy"),
    [
        (64, 64, 500, 500, "set evaluation.num_samples=100"),
        (2500, 2500, 50, 950, "set data.holdout=0.1"),
        (2500, 2500, 950, 50, "set data.holdout=0.9"),
        (64, 64, 50, 950, "set evaluation.num_samples=100 and set data.holdout=0.1"),
        (2500, 2500, 10, 90, MORE.format(100, 100)),
        (2500, 50, 50, 950, "set data.holdout=0.1"),  # translations of all sources there are
        (2500, 50, 200, 800, "set data.holdout=0.2"),
    ],
)
def test_what_would_give_a_hundred(asked: int, fakes: int, held_out: int, training: int, remedy: str) -> None:
    assert Supply(DIGITS, asked, fakes, held_out, training).more(100) == remedy


@pytest.mark.parametrize("holdout", [0.002, 0.01, 0.02])
@pytest.mark.parametrize("least", [40, 150])
def test_the_share_that_is_named_is_enough_and_not_much_more(holdout: float, least: int) -> None:
    held = len(Digits(image_size=8, holdout=holdout).deck("test"))
    said = Supply(DIGITS, 2500, 2500, held, 1797 - held).more(least)
    share = float(said.removeprefix("set data.holdout="))
    assert least <= len(Digits(image_size=8, holdout=share).deck("test")) < least + 18


def test_data_with_a_test_split_of_its_own_has_no_share_to_set() -> None:
    assert Supply(Gaussians(), 2500, 2500, 5, 900).more(100) == "add samples to the test split"
    assert Supply(Gaussians(), 2500, 2500, 900, 5).more(100) == "add samples to the training split"
    assert Supply(Gaussians(), 2500, 2500, 5, 5).more(100) == "add samples to the test and the training split"
    assert Supply(Gaussians(), 2500, 50, 900, 900).more(100) == "add samples to the test split"  # sources are lacking


def test_data_that_keeps_nothing_back_needs_more_of_it() -> None:
    assert Supply(Digits(image_size=8, holdout=0.0), 2500, 2500, 30, 30).more(100) == MORE.format(100, 60)


def test_metrics_that_can_say_nothing_are_named_with_what_they_can_do_with() -> None:
    metrics = {"prdc": PRDC(k=5), "kid": KID(), "frechet": Frechet(), "modes": Modes()}
    found = lacking(metrics, Supply(DIGITS, 2500, 2500, 3, 1794))
    assert list(found) == ["prdc", "kid"]
    assert str(found["prdc"]) == (
        "metrics.prdc is left out, with 3 reals and samples in the place of 6: set data.holdout=0.01, or set "
        "metrics.prdc.k=2"
    )
    assert lacking(metrics, Supply(DIGITS, 2500, 2500, 6, 1791)) == {}
    metrics |= {"memorization": Memorization()}
    found = lacking(metrics, Supply(DIGITS, 2500, 2500, 1, 1796))
    assert found["frechet"] == found["memorization"]  # said once
    assert str(found["frechet"]).startswith("metrics.frechet, memorization are left out, with 1 reals and samples")


def test_fewer_than_a_hundred_reals_choose_no_state() -> None:
    metrics = {"prdc": PRDC(), "kid": KID(), "frechet": Frechet(), "memorization": Memorization(), "modes": Modes()}
    found = untrusted(metrics, Supply(DIGITS, 2500, 2500, 99, 1698), width=64)
    assert set(found) == {
        "precision", "recall", "density", "coverage", "kid", "kid_std", "frechet", "memorization_ratio", "memorized",
    }  # fmt: skip
    (note,) = set(found.values())
    assert str(note) == (
        "99 reals are few for metrics.prdc, kid, frechet, memorization (what fewer than 100 say is mostly chance): set "
        "data.holdout=0.06"
    )
    assert untrusted(metrics, Supply(DIGITS, 2500, 2500, 100, 1697), width=64) == {}


def test_fewer_than_its_dimensions_are_few_for_a_frechet_distance_alone() -> None:
    metrics = {"kid": KID(), "frechet": Frechet()}
    found = untrusted(metrics, Supply(DIGITS, 2500, 2500, 180, 1617), width=2048)
    fact = "180 reals are few for metrics.frechet in 2048 dimensions (below 2048 it is mostly bias)"
    remedy = f"{MORE.format(2048, 1797)}, or set evaluation.best=kid"
    assert {scalar: str(note) for scalar, note in found.items()} == {"frechet": f"{fact}: {remedy}"}
    assert untrusted(metrics, Supply(DIGITS, 2500, 2500, 180, 1617), width=128) == {}


def test_the_features_say_in_how_many_dimensions_a_distance_is() -> None:
    judge = Judge({"frechet": Frechet()}, RandomConv())  # 64
    assert judge.prepare(Digits(image_size=8, holdout=0.05), 2500).untrusted == {"frechet"}
    assert judge.prepare(Digits(image_size=8, holdout=0.06), 2500).untrusted == set()

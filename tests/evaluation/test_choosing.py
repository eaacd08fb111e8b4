"""Which judge is asked about which system, and what it is shown of it."""

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn

from fixtures.noise_pairs import TRANSLATING, NoisePairs
from gan_runner.assemble import build_system
from gan_runner.config.plain import plain_config
from gan_runner.data.decks import Memory
from gan_runner.data.digits import Digits
from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.choosing import (
    directions_of,
    drawing_from,
    is_labelled,
    is_measured,
    judge_of,
    judged,
    left_by,
    translating,
)
from gan_runner.evaluation.judge import Judge
from gan_runner.evaluation.translations import TranslationJudge
from gan_runner.features.random_conv import RandomConv
from gan_runner.metrics.frechet import Frechet
from gan_runner.metrics.modes import Modes
from gan_runner.metrics.reconstruction import Reconstruction
from gan_runner.metrics.usefulness import Usefulness
from gan_runner.systems.base import generate


@pytest.fixture
def make(composed: Any) -> Any:
    """make('model=dcgan', shape=…) -> an untrained system."""

    def build(*overrides: str, shape: Any = (1, 8, 8), num_classes: int | None = 10, source_shape: Any = None) -> Any:
        torch.manual_seed(0)
        return build_system(plain_config(composed(*overrides)), shape, num_classes, source_shape)

    return build


@pytest.fixture
def gan(make: Any) -> Any:
    return lambda *overrides: make("model=dcgan", "network.width=2", "latent.latent_dim=5", *overrides)


@pytest.fixture
def cyclegan(make: Any) -> Any:
    return make("model=cyclegan", *TRANSLATING, shape=(3, 8, 8), num_classes=None, source_shape=(3, 8, 8))


def test_who_translates_and_who_is_measured(gan: Any, cyclegan: Any) -> None:
    assert directions_of(gan()) == ()
    assert directions_of(cyclegan) == ("a2b", "b2a")
    assert is_measured(gan())
    assert is_measured(cyclegan)
    assert not is_measured(None)


def test_whose_samples_are_held_to_classes(gan: Any, cyclegan: Any) -> None:
    assert is_labelled(gan("network.conditional=true"))
    assert not is_labelled(gan())
    assert not is_labelled(cyclegan)
    metrics, data = {"usefulness": Usefulness()}, Digits(image_size=8)
    judge_of(metrics, None, (), labelled=True).meet(data)
    with pytest.raises(ValueError, match="those of this run are held to none"):
        judge_of(metrics, None, ()).meet(data)


def test_a_judge_of_samples_is_asked_measures_alone() -> None:
    metrics = {"modes": Modes(), "reconstruction": Reconstruction()}
    judge = judge_of(metrics, None, ())
    assert isinstance(judge, Judge)
    assert list(judge.metrics) == ["modes"]
    assert left_by(metrics, ()) == {"reconstruction": "it compares translations, and this game starts from latents"}
    assert judge_of({"reconstruction": Reconstruction()}, None, ()) is None


def test_a_judge_of_translations_is_asked_both() -> None:
    metrics = {"frechet": Frechet(), "reconstruction": Reconstruction()}
    assert isinstance(judge_of(metrics, RandomConv(), ("a2b",)), TranslationJudge)
    assert left_by(metrics, ("a2b",)) == {}


@pytest.mark.parametrize("directions", [(), ("a2b",)])
def test_no_question_is_no_judge(directions: tuple[Any, ...]) -> None:
    assert judge_of({}, None, directions) is None
    assert left_by({}, directions) == {}


def test_what_is_drawn_comes_from_the_network_that_a_trick_chose(gan: Any) -> None:
    system = gan("tricks=[ema]")
    with torch.no_grad():
        for parameter in system.game.generator.parameters():
            parameter.add_(1)
    torch.manual_seed(3)
    drawn, label = drawing_from(system, None)(6)
    assert label is None
    torch.manual_seed(3)
    source = torch.randn(6, 5)
    assert drawn.equal(generate(system.game.tricks["ema"].average, source))
    assert not drawn.equal(generate(system.game.generator, source))


def test_labels_are_as_frequent_as_in_the_data(gan: Any) -> None:
    labels = torch.tensor([2] * 3 + [9] * 1)
    asked: list[str] = []
    data = SimpleNamespace(deck=lambda split: asked.append(split) or Memory(torch.zeros(4, 1, 8, 8).byte(), labels))
    samples, label = drawing_from(gan("network.conditional=true"), data)(2000)
    assert samples.shape == (2000, 1, 8, 8)
    assert set(asked) == {"train"}
    assert set(label.tolist()) == {2, 9}
    assert (label == 2).float().mean().item() == pytest.approx(0.75, abs=0.04)  # four standard errors


def test_translations_are_those_of_the_evaluation_network(cyclegan: Any) -> None:
    source = torch.rand(3, 3, 8, 8)
    found = translating(cyclegan)
    assert list(found) == ["a2b", "b2a"]
    for direction, translate in found.items():
        network = cyclegan.translator(direction)
        assert translate(source).equal(network.eval()(source).detach())


def test_a_system_is_judged_by_what_it_makes(make: Any, cyclegan: Any) -> None:
    """Samples that are all at the centre of a ring are near none of its modes."""
    system = make("model=vanilla", "data=ring", "latent.latent_dim=2", shape=(2,), num_classes=None)
    for parameter in system.game.generator.parameters():
        nn.init.zeros_(parameter)
    scalars = judged(judge_of({"modes": Modes()}, None, ()), system, Gaussians(num_samples=400), 40).scalars
    assert scalars["modes_covered/points/40"] == 0
    assert scalars["modes_high_quality/points/40"] == 0
    scalars = judged(judge_of({"r": Reconstruction()}, None, ("a2b", "b2a")), cyclegan, NoisePairs(), 4).scalars
    assert {name.split("/")[0] for name in scalars} >= {"a2b_l1", "b2a_l1"}
    assert all(0 < scalars[f"{direction}_l1/pixels/4"] < 2 for direction in ("a2b", "b2a"))

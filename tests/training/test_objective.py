"""The objective: which figures a run will have, what is refused, what a run came to."""

import math
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image

from fixtures.noise_pairs import TRANSLATING
from gan_runner.assemble import assemble
from gan_runner.training.objective import ObjectiveError, check_objective, foreseen, insist, rehearse, value_of

POINTS = ("model=vanilla", "data=ring", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]")
ALIKE = ("evaluation.num_samples=20", "logger=none", "trainer.log_every_n_steps=1")
GAMES = {
    "points": (*POINTS, "data.num_samples=400", "tricks=[r1,ema,mode_seeking,instance_noise]"),
    "critic": ("model=wgan_gp", "network.width=2", "metrics=[ms_ssim,kid,diversity]", "features=random_conv"),
    "labels": ("model=cgan", "network.width=2", "network.conditional=generator", "features=random_conv",
               "metrics=[prdc,frechet]",
               "tricks=[auxiliary_classifier,feature_matching]"),
    "growing": ("model=progan", "metrics=none"),
}  # fmt: skip
TRANSLATIONS = {
    "unpaired": ("experiment=cyclegan/horse2zebra", "data=unpaired", "network.width=2", "network.blocks=1"),
    "paired": ("experiment=pix2pix/facades", "data=paired", "network.width=2"),
}


def unforeseen(experiment: Any) -> set[str]:
    """Figures of training that a run had unannounced; those that nobody can tell apart from announced ones."""
    return set(experiment.system.figures) - set(foreseen(experiment))


@pytest.mark.parametrize("game", GAMES)
def test_all_that_a_run_tells_of_was_foreseen(played: Callable[..., Any], game: str) -> None:
    experiment = played(*GAMES[game], *ALIKE)
    assert experiment.system.figures
    assert unforeseen(experiment) == set()
    for name in experiment.system.measured:
        check_objective(name.removesuffix("/real"), experiment)


@pytest.mark.parametrize("game", TRANSLATIONS)
def test_all_that_a_translation_tells_of_was_foreseen(played: Callable[..., Any], tmp_path: Path, game: str) -> None:
    draws = torch.Generator().manual_seed(0)
    for folder in ("trainA", "trainB", "testA", "testB", "train", "test"):
        (tmp_path / "set" / folder).mkdir(parents=True)
        for index in range(3):
            size = (16, 32 if folder in ("train", "test") else 16, 3)
            pixels = torch.randint(0, 256, size, generator=draws, dtype=torch.uint8)
            Image.fromarray(pixels.numpy()).save(tmp_path / "set" / folder / f"{index}.png")
    small = ("data.image_size=16", "data.load_size=18", "data.cache=null", f"data.root={tmp_path / 'set'}")
    experiment = played(*TRANSLATIONS[game], *small, "metrics=none", "network.layers=1", *ALIKE)
    assert experiment.system.figures
    assert unforeseen(experiment) == set()


@pytest.mark.parametrize("asked", ["modes_kl", "modes_kl/points/20", "evaluation/modes_kl/points/20", "accuracy_real"])
def test_a_figure_that_the_run_will_have(composed: Callable[..., Any], asked: str) -> None:
    check_objective(asked, assemble(composed(*POINTS, *ALIKE)))


def test_a_figure_of_as_many_samples_as_there_are_reals(composed: Callable[..., Any]) -> None:
    experiment = assemble(composed("model=dcgan", "data=digits", "network.width=4"))
    assert "evaluation/frechet/*/*" in foreseen(experiment)
    check_objective("evaluation/frechet/classifier_digits/180", experiment)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("modes_klx", "objective=modes_klx is no figure that this run will have (did you mean modes_kl?)"),
        ("evaluation/modes_cover/points/20", "(did you mean modes_covered?)"),
        ("modes_kl/points/2500", "is of more samples than evaluation.num_samples=20: leave them out"),
        ("generator/gan/adversaria", "(did you mean generator/gan/adversarial?)"),
        ("adversarial", "may be discriminator/gan/adversarial or generator/gan/adversarial: name one of them"),
        ("frechet", "; measured: modes_covered, modes_high_quality, modes_kl, modes_overlap; of training: "),
        ("discriminator/gan/saturated", "is no figure"),  # points have no pixels
        ("evaluation", "may be evaluation/modes_covered or evaluation/modes_high_quality or "),
    ],
)
def test_what_is_refused(composed: Callable[..., Any], asked: str, said: str) -> None:
    with pytest.raises(ObjectiveError) as refused:
        check_objective(asked, assemble(composed(*POINTS, *ALIKE)))
    assert said in str(refused.value)


def test_where_nothing_is_measured(composed: Callable[..., Any]) -> None:
    with pytest.raises(ObjectiveError, match=r"; measured: nothing \(metrics=…\); of training: discriminator/gan/"):
        check_objective("modes_kl", assemble(composed(*POINTS, *ALIKE, "metrics=none")))


def test_a_rehearsal_leaves_nothing_and_refuses_what_no_run_can_have(
    composed: Callable[..., Any], tmp_path: Path
) -> None:
    config = composed(*POINTS, "objective=modes_kl", "evaluation.num_samples=20")
    rehearse(config, tmp_path / "sweep")
    assert not (tmp_path / "sweep").exists()
    with pytest.raises(ValueError, match="optimizer"):
        rehearse(composed(*POINTS, "objective=modes_kl", "optimizer.lr=-1"), tmp_path)
    with pytest.raises(ObjectiveError):
        rehearse(composed(*POINTS, "objective=modes_k"), tmp_path)


def test_what_a_run_came_to() -> None:
    found = {"evaluation/modes_kl/points/50": 0.5, "evaluation/modes_kl/points/50/real": 0.1, "generator/l1": None}
    assert value_of("modes_kl", found) == 0.5
    assert math.isnan(value_of("generator/l1", found))  # a figure that is not finite, as a record keeps it
    assert math.isnan(value_of("modes_covered", found))


@pytest.mark.parametrize(("asked", "told"), [("a2b_kid", True), ("kid", True), ("a2b_l1", False)])
def test_too_few_translations_to_measure_by(composed: Callable[..., Any], asked: str, told: bool) -> None:
    few = ("metrics=[kid,reconstruction]", "features=random_conv", "data.num_samples=2", "data.batch_size=1")
    experiment = assemble(composed("model=pix2pix", *TRANSLATING, *few, "logger=none", "trainer.max_steps=1"))
    check_objective(asked, experiment)
    insist(asked, experiment)
    with pytest.raises(ObjectiveError, match=r"had: a2b: metrics\.kid is left out") if told else nullcontext():
        experiment.trainer.fit(experiment.system, experiment.data)


@pytest.mark.parametrize("why", ["", "metrics.kid is left out"])
def test_other_ranks_end_with_the_first_one(composed: Callable[..., Any], why: str) -> None:
    experiment = assemble(composed(*POINTS, *ALIKE))
    insist("modes_kl", experiment)
    trainer: Any = SimpleNamespace(strategy=SimpleNamespace(broadcast=lambda own: why))  # what the first one says
    with pytest.raises(ObjectiveError, match=f"cannot be had: {why}") if why else nullcontext():
        experiment.trainer.callbacks[-1].on_train_start(trainer, experiment.system)


@pytest.mark.parametrize(
    ("asked", "metrics", "holdout", "told"),
    [
        ("frechet", "frechet", 0.1, "nothing is measured: metrics.frechet is left out"),
        ("coverage", "frechet,prdc", 0.34, "metrics.prdc is left out, with 4 reals"),
        ("frechet", "frechet,prdc", 0.34, None),
        ("generator/gan/adversarial", "frechet", 0.1, None),
    ],
)
def test_too_few_reals_to_measure_by_end_the_run_before_its_first_batch(
    composed: Callable[..., Any], tmp_path: Path, asked: str, metrics: str, holdout: float, told: str | None
) -> None:
    for number in range(12):
        Image.effect_noise((8, 8), 50 + number).save(tmp_path / f"{number}.png")
    few = ("data=folder", f"data.root={tmp_path}", "data.image_size=8", "data.batch_size=2", "data.cache=null",
           f"data.holdout={holdout}")  # fmt: skip
    small = ("network.width=4", f"metrics=[{metrics}]", "features=random_conv", "logger=none")
    experiment = assemble(composed(*few, *small, folder=tmp_path / "run"))
    insist(asked, experiment)
    with pytest.raises(ObjectiveError, match=f"cannot be had: {told}") if told else nullcontext():
        experiment.trainer.fit(experiment.system, experiment.data)
    assert experiment.system.global_step == (0 if told else 2)

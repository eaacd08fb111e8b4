"""Equilibrium: what made-up figures mean, stopping, resuming."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf
from pytorch_lightning import Callback

from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.equilibrium import Equilibrium
from gan_runner.runs.checkpoints import last_of, load

TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "logger=none")


class Loud:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((step, metrics))


@pytest.fixture
def watched(composed: Callable[..., Any]) -> Callable[..., Any]:
    """watched(equilibrium, [(real, fake), …]) plays ten batches per pair of accuracies; returns trainer and logger.

    measured: what an evaluation finds after so many batches; gives: what the evaluations will measure; first: whether
    this is the first of several ranks.
    """
    config: Any = OmegaConf.to_container(composed(*TINY), resolve=True)
    system: Any = build_system(config, (2,), None)

    def watch(
        equilibrium: Equilibrium,
        accuracies: list[tuple[float, float]],
        start: int = 0,
        measured: dict[int, dict[str, float]] | None = None,
        gives: tuple[str, ...] = (),
        first: bool = True,
    ) -> Any:
        logger = Loud()
        strategy = SimpleNamespace(reduce_boolean_decision=lambda decision: decision)
        trainer: Any = SimpleNamespace(
            global_step=start,
            loggers=[logger],
            is_global_zero=first,
            strategy=strategy,
            should_stop=False,
            logger=logger,
            callbacks=[SimpleNamespace(gives=gives), equilibrium],
        )
        system.figures_at, system.measured = start, {}
        equilibrium.on_train_start(trainer, system)
        for real, fake in accuracies:
            system.figures_at += 10
            system.measured = (measured or {}).get(system.figures_at, system.measured)
            system.figures = {"discriminator/gan/accuracy_real": real, "discriminator/gan/accuracy_fake": fake}
            equilibrium.on_train_batch_end(trainer, system, None, None, 0)
            equilibrium.on_train_batch_end(trainer, system, None, None, 1)  # no new figures
        return trainer

    return watch


def test_the_running_mean_forgets_exponentially_and_is_logged(watched: Any) -> None:
    trainer = watched(Equilibrium(memory=10), [(1.0, 0.0), (0.0, 0.0), (0.0, 0.0)])
    e = 2.718281828459045
    rows = [(step, metrics["equilibrium/gan/accuracy"]) for step, metrics in trainer.logger.rows]
    assert rows == [(10, 0.5), (20, pytest.approx(0.5 / e)), (30, pytest.approx(0.5 / e**2))]


def test_a_discriminator_that_hardly_errs_is_too_strong(watched: Any) -> None:
    equilibrium = Equilibrium(memory=1)
    watched(equilibrium, [(0.5, 0.5)] * 2 + [(1.0, 0.99)] * 5)
    watch = equilibrium.watches["gan"]
    assert (watch.state, watch.since, watch.at) == ("discriminator", 30, 70)


def test_a_discriminator_that_accepts_everything_is_not_at_equilibrium(watched: Any) -> None:
    equilibrium = Equilibrium(patience=50, memory=1, stop_within=0.1)
    trainer = watched(equilibrium, [(1.0, 0.0)] * 30)
    assert equilibrium.watches["gan"].state == "generator"
    assert not trainer.should_stop


def test_a_state_lasts_until_errors_are_a_quarter_more_than_its_threshold(watched: Any) -> None:
    equilibrium = Equilibrium(memory=1)
    watched(equilibrium, [(0.96, 0.96), (0.94, 0.94), (0.96, 0.96)] * 20)
    assert (equilibrium.watches["gan"].state, equilibrium.watches["gan"].since) == ("discriminator", 10)
    watched(equilibrium, [(0.93, 0.93)], start=600)
    assert equilibrium.watches["gan"].state == "moving"
    watched(equilibrium, [(0.9, 0.19), (0.9, 0.24)], start=610)
    assert equilibrium.watches["gan"].state == "generator"
    watched(equilibrium, [(0.9, 0.26)], start=630)
    assert equilibrium.watches["gan"].state == "moving"


def coverage(found: float) -> dict[str, float]:
    return {"evaluation/modes_covered/points/2500": found, "evaluation/modes_covered/points/2000/real": 8.0}


@pytest.mark.parametrize(("found", "state"), [(0, "blind"), (6, "blind"), (7, "balanced"), (None, "blind")])
def test_even_without_the_modes_is_not_balanced(watched: Any, found: float | None, state: str) -> None:
    equilibrium = Equilibrium(memory=1, patience=100, stop_within=0.1)
    measured = {} if found is None else {10: coverage(found)}
    trainer = watched(equilibrium, [(0.5, 0.5)] * 30, measured=measured, gives=("modes_covered", "modes_kl"))
    assert equilibrium.watches["gan"].state == state
    assert trainer.should_stop == (state == "balanced")
    (note,) = equilibrium.notes[:1]
    assert ("too few of the modes or classes" in note) == (state == "blind")


def test_another_rank_which_measures_nothing_leaves_it_to_the_first(watched: Any) -> None:
    equilibrium = Equilibrium(memory=1, patience=100, stop_within=0.1)
    watched(equilibrium, [(0.5, 0.5)] * 30, gives=("modes_covered",), first=False)
    assert equilibrium.watches["gan"].state == "balanced"


def test_balance_counts_from_the_evaluation_that_finds_the_modes(watched: Any) -> None:
    equilibrium = Equilibrium(memory=1, patience=100, stop_within=0.1)
    trainer = watched(equilibrium, [(0.5, 0.5)] * 20, measured={10: coverage(1), 150: coverage(8)})
    assert (equilibrium.watches["gan"].since, trainer.should_stop) == (150, False)
    trainer = watched(equilibrium, [(0.5, 0.5)] * 5, start=200, measured={210: coverage(8)})
    assert trainer.should_stop


def test_where_no_modes_are_counted_even_is_balanced(watched: Any) -> None:
    trainer = watched(
        Equilibrium(memory=1, patience=100, stop_within=0.1), [(0.5, 0.5)] * 12,
        measured={10: {"evaluation/frechet/classifier/2500": 3.0}}, gives=("frechet",),
    )  # fmt: skip
    assert trainer.should_stop


def test_an_interruption_of_the_state_starts_the_count_again(watched: Any) -> None:
    equilibrium = Equilibrium(patience=50, memory=1)
    watched(equilibrium, ([(1.0, 1.0)] * 4 + [(0.5, 0.5)]) * 5 + [(1.0, 1.0)])
    assert equilibrium.watches["gan"].since == 260


def test_undecided_is_no_trouble(watched: Any) -> None:
    equilibrium = Equilibrium(memory=100)
    watched(equilibrium, [(1.0, 0.0), (0.0, 1.0)] * 30)  # the boundary crossed to and fro
    assert equilibrium.watches["gan"].state == "moving"


def test_a_critic_is_not_watched(watched: Any, played: Callable[..., Any]) -> None:
    experiment = played(*TINY, "loss=wasserstein", "trainer.log_every_n_steps=1")
    (equilibrium,) = (c for c in experiment.trainer.callbacks if isinstance(c, Equilibrium))
    assert "discriminator/gan/logit_real" in experiment.system.figures
    assert equilibrium.watches == {}


def test_its_state_resumes(watched: Any) -> None:
    whole, first, second = (Equilibrium(patience=60, memory=20) for _ in range(3))
    pairs = [(1.0, 0.98), (0.95, 1.0), (1.0, 1.0), (1.0, 1.0)] * 8
    watched(whole, pairs)
    watched(first, pairs[:15])
    second.load_state_dict(first.state_dict())
    watched(second, pairs[15:], start=150)
    assert second.state_dict() == whole.state_dict()
    assert whole.watches["gan"].state == "discriminator"


class Balanced(Callback):
    """Puts the figures of an undecided discriminator in the place of the real ones."""

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        pl_module.figures |= {"discriminator/gan/accuracy_real": 0.55, "discriminator/gan/accuracy_fake": 0.5}


def test_stops_a_balanced_run_and_saves_it(composed: Callable[..., Any], tmp_path: Path) -> None:
    overrides = ["trainer.max_steps=60", "trainer.log_every_n_steps=1", "callbacks.samples=null"]
    overrides += ["callbacks.equilibrium.stop_within=0.05", "callbacks.equilibrium.patience=15", "metrics=none"]
    experiment = assemble(composed(*TINY, *overrides))
    experiment.trainer.callbacks.insert(0, Balanced())
    experiment.trainer.fit(experiment.system, experiment.data)
    (equilibrium,) = (c for c in experiment.trainer.callbacks if isinstance(c, Equilibrium))
    assert experiment.trainer.global_step == 16  # within the second epoch
    assert equilibrium.notes[-1].startswith("stopped after 16 batches")
    assert load(last_of(tmp_path))["global_step"] == 16

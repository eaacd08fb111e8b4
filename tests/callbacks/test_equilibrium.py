"""Equilibrium: verdicts on made-up figures, remedies that compose, stopping, resuming."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from omegaconf import OmegaConf
from pytorch_lightning import Callback

from gan_runner.assemble import assemble, build_system
from gan_runner.callbacks.equilibrium import Equilibrium, remedies
from gan_runner.checkpoints import last_of, load

TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "logger=none")


class Loud:
    def __init__(self) -> None:
        self.rows: list[tuple[int, dict[str, float]]] = []

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.rows.append((step, metrics))


@pytest.fixture
def watched(composed: Callable[..., Any]) -> Callable[..., Any]:
    """watched(equilibrium, [(real, fake), …]) plays ten batches per pair of accuracies; returns trainer and logger."""
    config: Any = OmegaConf.to_container(composed(*TINY), resolve=True)
    system: Any = build_system(config, (2,), None)

    def watch(equilibrium: Equilibrium, accuracies: list[tuple[float, float]], start: int = 0) -> Any:
        logger = Loud()
        strategy = SimpleNamespace(reduce_boolean_decision=lambda decision: decision)
        trainer: Any = SimpleNamespace(
            global_step=start,
            loggers=[logger],
            is_global_zero=True,
            strategy=strategy,
            should_stop=False,
            logger=logger,
        )
        system.figures_at = start
        equilibrium.on_train_start(trainer, system)
        for real, fake in accuracies:
            system.figures_at += 10
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


def test_tells_once_that_the_discriminator_is_too_strong(watched: Any, caplog: pytest.LogCaptureFixture) -> None:
    equilibrium = Equilibrium(patience=50, memory=1)
    watched(equilibrium, [(1.0, 0.99)] * 5)
    assert equilibrium.notes == []
    watched(equilibrium, [(1.0, 0.99)] * 30, start=50)
    assert len(equilibrium.notes) == len(caplog.records) == 1
    assert equilibrium.notes[0].startswith("discriminator too strong in game 'gan': for 50 batches")
    assert "optimizer.discriminator.lr=0.0001, system.generator_steps=2" in equilibrium.notes[0]


def test_a_discriminator_that_accepts_everything_is_not_at_equilibrium(watched: Any) -> None:
    equilibrium = Equilibrium(patience=50, memory=1, stop_within=0.1)
    trainer = watched(equilibrium, [(1.0, 0.0)] * 30)
    assert [note.split(" in ")[0] for note in equilibrium.notes] == ["generator too strong"]
    assert not trainer.should_stop


def test_an_interruption_of_the_state_starts_the_count_again(watched: Any) -> None:
    equilibrium = Equilibrium(patience=50, memory=1)
    watched(equilibrium, ([(1.0, 1.0)] * 4 + [(0.5, 0.5)]) * 5)
    assert equilibrium.notes == []


def test_undecided_is_no_trouble(watched: Any) -> None:
    equilibrium = Equilibrium(patience=50, memory=100)
    watched(equilibrium, [(1.0, 0.0), (0.0, 1.0)] * 30)  # the boundary crossed to and fro
    assert equilibrium.notes == []


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
    assert len(whole.notes) == 1


class Balanced(Callback):
    """Puts the figures of an undecided discriminator in the place of the real ones."""

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        pl_module.figures |= {"discriminator/gan/accuracy_real": 0.55, "discriminator/gan/accuracy_fake": 0.5}


def test_stops_a_balanced_run_and_saves_it(composed: Callable[..., Any], tmp_path: Path) -> None:
    overrides = ["trainer.max_steps=60", "trainer.log_every_n_steps=1", "callbacks.samples=null"]
    overrides += ["callbacks.equilibrium.stop_within=0.05", "callbacks.equilibrium.patience=15"]
    experiment = assemble(composed(*TINY, *overrides))
    experiment.trainer.callbacks.insert(0, Balanced())
    experiment.trainer.fit(experiment.system, experiment.data)
    (equilibrium,) = (c for c in experiment.trainer.callbacks if isinstance(c, Equilibrium))
    assert experiment.trainer.global_step == 16  # within the second epoch
    assert equilibrium.notes[-1].startswith("stopped after 16 batches")
    assert load(last_of(tmp_path))["global_step"] == 16


REMEDIES = [
    ("discriminator", ()),
    ("discriminator", ("loss=hinge", "system.discriminator_steps=3")),
    ("discriminator", ("tricks=[spectral_norm]",)),
    ("generator", ("loss=hinge", "system.generator_steps=2")),
    ("generator", ("loss.label_smoothing=0.1",)),
]


@pytest.mark.parametrize(("strong", "changes"), REMEDIES)
def test_every_remedy_composes(composed: Callable[..., Any], strong: Any, changes: tuple[str, ...]) -> None:
    before = ["model=vanilla", *changes]
    suggested = remedies(strong, OmegaConf.to_container(composed(*before), resolve=True))  # type: ignore[arg-type]
    assert len(suggested) >= 2
    last = [override for override in suggested if override.startswith("tricks=")][:1]
    after = composed(*before, *(override for override in suggested if "tricks" not in override), *last)
    assert after.optimizer[strong].lr == 1e-4
    assert len(after.tricks) == len(last) + sum("tricks" in change for change in changes)


def test_remedies_pass_assembly(composed: Callable[..., Any]) -> None:
    config: Any = OmegaConf.to_container(composed(*TINY), resolve=True)
    for remedy in remedies("discriminator", config):
        assemble(composed(*TINY, remedy))

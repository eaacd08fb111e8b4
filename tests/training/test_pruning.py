"""Trials that end early: what the monitor calls hopeless, what a pruner gives up."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hydra.core.hydra_config import HydraConfig

from gan_runner.assemble import assemble
from gan_runner.callbacks.monitor import Monitor
from gan_runner.config.errors import ConfigError
from gan_runner.runs.checkpoints import last_of, load
from gan_runner.runs.record import Pruned
from gan_runner.training import pruning
from gan_runner.training.pruning import prune_early, tell_pruned, watcher


class Trial:
    """One that a pruner gives up at the third report."""

    def __init__(self) -> None:
        self.told: dict[int, float] = {}

    def report(self, value: float, step: int) -> None:
        self.told[step] = value

    def should_prune(self) -> bool:
        return len(self.told) == 3


def trainer_of(*callbacks: Any, devices: int = 1) -> Any:
    return SimpleNamespace(
        callbacks=[*callbacks], should_stop=False, global_step=0, max_steps=100, num_nodes=1, num_devices=devices
    )


def play(watching: Any, trainer: Any, *figures: float | None) -> None:
    """An evaluation every ten batches, until the run is told to stop."""
    system = SimpleNamespace(measured={})
    for figure in figures:
        for _ in range(10):
            trainer.global_step += 1
            if trainer.global_step % 10 == 0:
                system.measured = {"evaluation/modes_kl/points/50": figure}
            watching.on_train_batch_end(trainer, system, None, None, 0)
            if trainer.should_stop:
                return


def test_each_evaluation_is_reported_once_and_a_pruner_ends_the_run() -> None:
    trial, trainer = Trial(), trainer_of()
    trainer.callbacks.append(watcher("modes_kl", trial))
    play(trainer.callbacks[-1], trainer, float("nan"), 3.0, 2.0, 1.5, 1.0)
    assert trial.told == {20: 3.0, 30: 2.0, 40: 1.5}  # the first was no number
    assert trainer.global_step == 40
    with pytest.raises(Pruned, match=r"modes_kl is 1\.5 after 40 batches, given up"):
        tell_pruned(trainer)


def test_a_trial_that_ends_early_is_saved(composed: Callable[..., Any], tmp_path: Path, monkeypatch: Any) -> None:
    search = {"prune": True, "trial": 0, "pruner": {"name": "NopPruner"}, "storage": None, "study_name": None}
    monkeypatch.setattr(HydraConfig, "get", lambda: SimpleNamespace(sweeper=SimpleNamespace(**search, get=search.get)))
    monkeypatch.setattr(pruning, "made", lambda *_: None)
    monkeypatch.setattr(pruning, "trial_of", lambda *_: Trial())
    experiment = assemble(composed(
        "model=vanilla", "data=ring", "data.num_samples=400", "network.generator.hidden=[8]", "logger=none",
        "network.discriminator.hidden=[8]", "trainer.max_steps=60", "callbacks.checkpoint.every=50",
        "evaluation.every=4", "evaluation.num_samples=50",
    ))  # fmt: skip
    prune_early("modes_covered", experiment.trainer)
    experiment.trainer.fit(experiment.system, experiment.data)
    with pytest.raises(Pruned, match="after 12 batches, given up"):
        tell_pruned(experiment.trainer)
    assert load(last_of(tmp_path))["global_step"] == 12


def test_a_run_that_is_at_its_end_is_not_ended_early() -> None:
    trainer = trainer_of(watching := watcher("modes_kl", Trial()))
    trainer.max_steps = 30
    play(watching, trainer, 3.0, 2.0, 1.0)
    tell_pruned(trainer)
    assert not trainer.should_stop


@pytest.mark.parametrize(("state", "ends"), [("collapsed", True), ("diverged", True), ("collapsing", False)])
def test_what_the_monitor_says(state: Any, ends: bool) -> None:
    monitor = Monitor()
    trainer = trainer_of(monitor, watching := watcher("modes_kl", Trial()))
    play(watching, trainer, 1.0)
    assert not trainer.should_stop
    monitor.states["gan"] = state
    play(watching, trainer, 1.0)
    assert trainer.should_stop is ends
    if ends:
        with pytest.raises(Pruned, match=f"game 'gan' has {state} after 11 batches"):
            tell_pruned(trainer)


@pytest.mark.parametrize("search", [{}, {"prune": False, "trial": 3}, {"prune": True, "trial": None}])
def test_only_trials_of_a_search_that_prunes_are_watched(search: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(HydraConfig, "get", lambda: SimpleNamespace(sweeper=search))
    prune_early("modes_kl", trainer := trainer_of())
    assert trainer.callbacks == []


def test_several_devices_are_refused(monkeypatch: Any) -> None:
    monkeypatch.setattr(HydraConfig, "get", lambda: SimpleNamespace(sweeper={"prune": True, "trial": 0}))
    with pytest.raises(ConfigError, match=r"hydra\.sweeper\.prune=true ends trials of one device each"):
        prune_early("modes_kl", trainer_of(devices=2))

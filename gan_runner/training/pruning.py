"""A trial of a search that ends early: see `prune` in configs/sweep/optuna.yaml."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from hydra.core.hydra_config import HydraConfig

from gan_runner.config.errors import ConfigError
from gan_runner.runs.record import Pruned
from gan_runner.training.objective import value_of
from gan_runner.training.study import made, trial_of

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

HOPELESS = ("collapsed", "diverged")
"""States of the monitor that end a trial."""


def prune_early(objective: str, trainer: Trainer) -> None:
    """Watch over a run, if it is the trial of a search that is to end early when it is not worth its time.

    Raises ConfigError where several ranks would have to be told.
    """
    search: Any = HydraConfig.get().sweeper
    if not search.get("prune") or search.get("trial") is None:
        return
    if trainer.num_nodes * trainer.num_devices > 1:
        raise ConfigError(
            "hydra.sweeper.prune=true ends trials of one device each: set trainer.devices=1, or leave it out"
        )
    trial = trial_of(search.storage, search.study_name, search.trial, made("pruner", search.pruner))
    # After all who measure and before those who save, which Lightning has put last: what ends early is saved.
    callbacks: list[Any] = trainer.callbacks  # type: ignore[attr-defined]
    callbacks.insert(len(callbacks) - len(trainer.checkpoint_callbacks), watcher(objective, trial))


def tell_pruned(trainer: Trainer) -> None:
    """Raises Pruned for a run that was ended early."""
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if why := getattr(callback, "pruned", ""):
            raise Pruned(why)


def watcher(objective: str, trial: Any) -> Any:
    """A callback that reports each evaluation to a trial of Optuna's, and stops the run when it or the monitor says so.

    Figures of training are not reported: losses of a game say little of it, batch for batch.
    """
    from pytorch_lightning import Callback

    from gan_runner.callbacks.monitor import Monitor

    class Watcher(Callback):
        pruned = ""

        def __init__(self) -> None:
            self._seen: object = None

        def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
            why = _hopeless(trainer) or self._given_up(trainer.global_step, pl_module)
            if why and not trainer.should_stop and trainer.global_step < trainer.max_steps:
                self.pruned, trainer.should_stop = why, True

        def _given_up(self, batches: int, system: Any) -> str:
            if system.measured is self._seen:
                return ""
            self._seen = system.measured
            value = value_of(objective, system.measured)
            if math.isnan(value):  # not measured, or of a generator that has learned nothing yet
                return ""
            trial.report(value, batches)
            return f"{objective} is {value:.4g} after {batches} batches, given up" if trial.should_prune() else ""

    def _hopeless(trainer: Trainer) -> str:
        watched = [one for one in trainer.callbacks if isinstance(one, Monitor)]  # type: ignore[attr-defined]
        found = [(game, state) for one in watched for game, state in one.states.items() if state in HOPELESS]
        return "".join(f"game '{game}' has {state} after {trainer.global_step} batches" for game, state in found[:1])

    return Watcher()

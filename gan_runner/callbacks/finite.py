"""Notice numbers that are not finite, say which, and do something about it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import torch
from pytorch_lightning import LightningModule, Trainer
from torch import distributed
from torch.optim import Optimizer

from gan_runner.callbacks.base import Periodic
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.config.errors import listed
from gan_runner.monitoring.finite import FiniteObserver, Found
from gan_runner.monitoring.skipping import SkippingObserver
from gan_runner.runs.checkpoints import load
from gan_runner.runs.folder import newest_whole
from gan_runner.systems.base import System
from gan_runner.systems.observer import UpdateObserver
from gan_runner.systems.scaling import LEAST
from gan_runner.types import NaturalInt, PositiveInt, PositiveShare

NAMED = 4
"""Names of a kind that a sentence lists."""
NOTES = 20
"""Sentences that a run keeps; a run that skips often would fill its record."""
REMEDIES = (
    "lower optimizer.lr, limit system.gradient_clip, or set callbacks.finite.on_bad=rollback (lower rates) or skip"
)

log = logging.getLogger(__name__)


class NotFiniteError(ValueError):
    """Numbers went wrong and the run cannot go on: which, since when, and what may help."""


class Finite(Periodic):
    """Look every `every` batches whether all losses, gradients, weights, buffers and moments are finite.

    Between looks the device notes and nobody waits for it; the host reads it at a look, before a save and at the end.
    What is found is logged and kept in `notes`: the first bad batch with its terms, the gradients by layer, the
    weights by layer as they were before the batch spread it. In float16 gradients may overflow now and then, and are
    left to the scaler, unless they do so at every scale: the run fails. Of what is found else, as `on_bad` says:

    stop: the run fails with that sentence. last.ckpt stays the last good state, since no bad one is ever saved.

    skip: an update whose gradients are not finite is not applied, decided on the device: weights, Adam's moments and
    step counter and running statistics stay as they were. A term that is not finite while all gradients are is told,
    and applied. The run stops when the state itself is not finite, which skipping cannot mend.

    rollback: weights, buffers, tricks and moments are read from last.ckpt (the one before where that is damaged), and
    the learning rates of all players are multiplied by `lr_factor`. The clock does not go back: batches, images_seen,
    the data's order, random numbers and the schedules' position go on, so the run ends where it would have and does not
    meet the same batches again. The lower rates lie in every later checkpoint. After `most_rollbacks`, or without a
    checkpoint, the run stops.
    """

    def __init__(
        self,
        every: PositiveInt = 100,
        on_bad: Literal["stop", "skip", "rollback"] = "stop",
        lr_factor: PositiveShare = 0.5,
        most_rollbacks: NaturalInt = 3,
    ) -> None:
        self.every, self.on_bad, self.lr_factor, self.most_rollbacks = every, on_bad, lr_factor, most_rollbacks
        self.rollbacks = self.skipped = 0
        self.notes: list[str] = []
        self._since = 0
        """The batches of the run at the last look."""
        self._system: System | None = None
        self._observer: FiniteObserver | None = None

    # ---- when to look -------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._system = System.of(pl_module)
        if self._system is not None:
            self.acted_at = self._since = trainer.global_step
            observe = SkippingObserver if self.on_bad == "skip" else FiniteObserver
            self._observer = self._system.observer = observe(self._system, self.every)

    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if self._system is not None and self._observer is not None:
            self._observer.close()
            self._system.observer = UpdateObserver()
        self._system = self._observer = None

    # ---- what to do ---------------------------------------------------------------------------------------------

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        if self._system is None or self._observer is None:
            return
        self._check_scales(self._system)
        found = self._observer.look()
        since, self._since = self._since, trainer.global_step
        if trainer.strategy.reduce_boolean_decision(bool(found), all=False):  # all ranks do the same
            text = f"{_of_any_rank(sentence(found))} (looked after batches {since} and {self._since})"
            self._mend(text, found, trainer, self._system)

    def _check_scales(self, system: System) -> None:
        """Raises NotFiniteError where float16 cannot hold what a player learns by; the same on all ranks."""
        for player, scale in (system.scaling.scales() if system.scaling else {}).items():
            if scale < LEAST:
                text = f"trainer.precision=16-mixed: the gradients of the {player} overflow at every scale of its loss"
                self._keep(text)
                raise NotFiniteError(f"{text}, {scale:.0e} in the end: set trainer.precision=32-true")

    def _mend(self, text: str, found: Found, trainer: Trainer, system: System) -> None:
        if self.on_bad == "rollback":
            self._roll_back(text, trainer, system)
        elif self.on_bad == "skip" and not trainer.strategy.reduce_boolean_decision(bool(found.state), all=False):
            self.skipped += found.skipped
            self._tell(f"{text}; {found.skipped} update(s) skipped, {self.skipped} in all", trainer)
        else:
            mended = "skipping cannot mend that" if self.on_bad == "skip" else "stopped"
            self._stop(f"{text}; {mended}", trainer)

    def _roll_back(self, text: str, trainer: Trainer, system: System) -> None:
        if self.rollbacks == self.most_rollbacks:
            self._stop(f"{text}; stopped after {self.rollbacks} rollback(s)", trainer)
        path = _checkpoint_of(trainer)
        if path is None:
            self._stop(f"{text}; stopped, since there is no checkpoint to go back to", trainer)
        assert path is not None
        checkpoint = load(path)
        restore(checkpoint, trainer, system)
        scale_rates(trainer, self.lr_factor)
        if system.bad():
            self._stop(f"{text}; stopped, since {path} is not finite either", trainer)
        self.rollbacks += 1
        self._tell(
            f"{text}; went back to the state after batch {checkpoint['global_step']}, learning rates × "
            f"{self.lr_factor:g} (rollback {self.rollbacks} of {self.most_rollbacks})",
            trainer,
        )

    def _stop(self, text: str, trainer: Trainer) -> None:
        self._keep(text)  # the command says it when it fails
        raise NotFiniteError(f"{text}. Try to {REMEDIES}")

    def _keep(self, note: str) -> None:
        if len(self.notes) < NOTES:
            self.notes.append(note)
        else:
            self.notes[-1] = note

    def _tell(self, note: str, trainer: Trainer) -> None:
        self._keep(note)
        if trainer.is_global_zero:
            log.warning(note)

    def state_dict(self) -> dict[str, Any]:
        return {"rollbacks": self.rollbacks, "skipped": self.skipped, "notes": list(self.notes)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.rollbacks, self.skipped = state_dict["rollbacks"], state_dict["skipped"]
        self.notes = list(state_dict["notes"])


# ---- going back -----------------------------------------------------------------------------------------------------


def _checkpoint_of(trainer: Trainer) -> Path | None:
    """The newest whole checkpoint of this run; None where there is none."""
    for callback in trainer.checkpoint_callbacks:
        if isinstance(callback, Checkpoint):
            with suppress(FileNotFoundError, ValueError):
                return newest_whole(callback.folder)
    return None


@torch.no_grad()
def restore(checkpoint: dict[str, Any], trainer: Trainer, system: System) -> None:
    """Weights, buffers, tricks and moments, in place. Learning rates and clocks stay as they are."""
    seen = system.images_seen
    system.load_state_dict(checkpoint["state_dict"])
    system.images_seen = seen
    for optimizer, saved in zip(trainer.optimizers, checkpoint["optimizer_states"], strict=True):
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": saved["state"], "param_groups": groups})


def scale_rates(trainer: Trainer, factor: float, optimizers: Sequence[Optimizer] | None = None) -> None:
    """Change the rates of both players, or of these optimizers alone, now and wherever their schedules lead."""
    optimizers = trainer.optimizers if optimizers is None else optimizers
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group |= {key: group[key] * factor for key in ("lr", "initial_lr") if key in group}
    for config in trainer.lr_scheduler_configs:
        if not any(config.scheduler.optimizer is optimizer for optimizer in optimizers):
            continue
        for schedule in _parts(config.scheduler):
            for name in ("base_lrs", "_last_lr"):
                if hasattr(schedule, name):
                    setattr(schedule, name, [rate * factor for rate in getattr(schedule, name)])


def _parts(schedule: Any) -> Iterator[Any]:
    """A schedule and those that it is made of."""
    yield schedule
    for part in getattr(schedule, "_schedulers", []):
        yield from _parts(part)


# ---- what to say ----------------------------------------------------------------------------------------------------


def sentence(found: Found) -> str:
    """Which numbers went wrong, and in which batch; empty when none did here."""
    if not found:
        return ""
    if found.batch is None:
        return f"not finite after the last update: {listed(found.state, NAMED)}"
    parts = [f"weights of {listed(found.weights, NAMED)}"] if found.weights else []
    parts += [f"{name} = {value}" for name, value in found.terms.items()]
    parts += [f"gradients of {listed(found.gradients, NAMED)}"] if found.gradients else []
    return f"not finite in batch {found.batch}: {'; '.join(parts)}"


def _of_any_rank(text: str) -> str:
    """The sentence of the first rank that has one."""
    if not distributed.is_initialized():
        return text
    texts: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(texts, text)
    return next(filter(None, texts), text)

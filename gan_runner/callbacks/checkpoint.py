"""Save a run so that it can go on as if it had never stopped."""

from __future__ import annotations

import signal
from contextlib import nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import torch
from pydantic import Field
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint as LightningCheckpoint

from gan_runner import rng
from gan_runner.files import replacing

EXIT_CODES = {signal.SIGINT: 130, signal.SIGTERM: 75}


class Interrupted(SystemExit):
    """The run was told to stop, saved itself and can be resumed."""


class Checkpoint(LightningCheckpoint):
    """Write <folder>/last.ckpt every `every` batches, when the run ends, and when it is told to stop.

    SIGINT (Ctrl-C) and SIGTERM save within one batch and exit with 130 and 75. The state includes random number
    generators. A save never falls between the two players' updates, nor on the last batch of an epoch before the
    epoch has ended, from where Lightning could not resume exactly.
    """

    def __init__(self, folder: str, every: Annotated[int, Field(ge=1)] = 500) -> None:
        self.folder, self.every = Path(folder), every
        self._signal: int | None = None
        self._due = False
        self._rng: dict[str, Any] | None = None

    @property
    def last(self) -> Path:
        """The file that `resume` continues from."""
        return self.folder / "last.ckpt"

    def state_dict(self) -> dict[str, Any]:
        return {"rng": rng.state(), "threads": torch.get_num_threads()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._rng = state_dict["rng"]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        for number in EXIT_CODES:  # Lightning puts the old handlers back when the fit ends
            signal.signal(number, self._note)
        if self._rng is not None:
            rng.restore(self._rng)
            self._rng = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        step = trainer.global_step
        self._due |= step % self.every == 0 or step == trainer.max_steps or trainer.should_stop
        self._due |= self._signal is not None
        if self._due and batch_idx + 1 < trainer.num_training_batches:
            self._save(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._due or trainer.current_epoch + 1 == trainer.max_epochs:
            self._save(trainer)

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self._signal is not None:  # the second Ctrl-C does not wait for the batch
            raise KeyboardInterrupt
        self._signal = number

    def _save(self, trainer: Trainer) -> None:
        save(trainer, self.last)
        self._due = False
        if self._signal is not None:
            raise Interrupted(EXIT_CODES[signal.Signals(self._signal)])


def save(trainer: Trainer, path: Path) -> None:
    """Write a checkpoint so that `path` always holds a whole one: beside it, to the disk, then in its place."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) if trainer.is_global_zero else nullcontext(path) as beside:
        trainer.save_checkpoint(beside)

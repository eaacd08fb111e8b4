"""Save a run so that it can go on as if it had never stopped."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Literal

import torch
from pytorch_lightning import LightningModule, Trainer
from pytorch_lightning.callbacks import Checkpoint as LightningCheckpoint
from torch import Tensor, distributed, nn

from gan_runner import rng
from gan_runner.callbacks.base import fit_first
from gan_runner.files import remove_leftovers
from gan_runner.runs.checkpoints import Sealed
from gan_runner.runs.folder import BEST, LAST
from gan_runner.runs.interruption import signals
from gan_runner.systems.base import System
from gan_runner.types import PathString, PositiveInt

log = logging.getLogger(__name__)


class Checkpoint(LightningCheckpoint):
    """Write <folder>/last.ckpt every `every` batches, when the run ends, and when it is told to stop.

    SIGINT (Ctrl-C) and SIGTERM save within one batch (runs/interruption.py). The state includes every rank's random
    number generators and buffers. A save never falls between the updates of one batch, nor on the last batch of an
    epoch before the epoch has ended, from where Lightning could not resume exactly. Numbers that are not finite are
    never saved.

    <folder>/best.ckpt is the state that callbacks.evaluation found best.
    keep_every: batches between two copies that stay, <folder>/<batches>.ckpt; null keeps none. keep_most: how many of
    them, the newest. on_error: `stop` the run when a save fails (a full disk, say), or `go_on` with the last good one.
    """

    def __init__(
        self,
        folder: PathString,
        every: PositiveInt = 500,
        keep_every: PositiveInt | None = None,
        keep_most: PositiveInt | None = None,
        on_error: Literal["stop", "go_on"] = "stop",
    ) -> None:
        self.folder, self.every, self.on_error = Path(folder), every, on_error
        self.keep_every, self.keep_most = keep_every, keep_most
        self.notes: list[str] = []
        self.saved_at: int | None = None
        """The batches of the run in last.ckpt."""
        self._told: int | None = None
        self._due = self._is_best = False
        self._saved: dict[str, Any] | None = None
        self._system: LightningModule | None = None

    @property
    def last(self) -> Path:
        """The file that `resume` continues from."""
        return self.folder / LAST

    def state_dict(self) -> dict[str, Any]:
        ranks = _of_all_ranks({"rng": rng.state(), "buffers": self._own_buffers()})
        return {"ranks": ranks, "threads": torch.get_num_threads()}

    def _own_buffers(self) -> dict[str, Tensor]:
        """What of several ranks each has for itself: running statistics of its batches, pools of its fakes."""
        if self._system is None or not distributed.is_initialized():
            return {}
        return {name: buffer.cpu() for name, buffer in self._system.named_buffers()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self._saved = state_dict

    # ---- when to save -------------------------------------------------------------------------------------------

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        trainer.strategy.checkpoint_io = self._sealed = Sealed()
        self._system = pl_module

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        signals.listen()  # a command does already; else Lightning puts the old handlers back when the fit ends
        if trainer.is_global_zero:
            remove_leftovers(self.folder, self.last.suffix)
        if self._saved is not None:
            self._go_on_from(self._saved, trainer)
            self._saved, self.saved_at = None, trainer.global_step
            self._keep_best_of_before(trainer)
        if trainer.world_size > 1:  # all play the first batch, or none
            signals.hold()
            self._hear(trainer)
            self._stop_if_told()

    def on_train_batch_start(self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int) -> None:
        signals.hold()

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        step = trainer.global_step
        self._due |= step % self.every == 0 or step == trainer.max_steps or trainer.should_stop
        self._due |= self.keep_every is not None and step % self.keep_every == 0
        self._due |= self._hear(trainer)
        if self._due and batch_idx + 1 < trainer.num_training_batches:
            self._save(trainer)

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._due or trainer.current_epoch + 1 == trainer.max_epochs:
            self._save(trainer)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        signals.stop()  # the last one to act: all is saved

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        signals.release()

    def _hear(self, trainer: Trainer) -> bool:
        """Whether any rank was told to stop. Until they ask each other again, they all act on this."""
        self._told = _of_any_rank(signals.number, trainer)
        return self._told is not None

    def _stop_if_told(self) -> None:
        if self._told is not None:
            signals.number = self._told
            signals.stop()

    def keep_best(self) -> None:
        """Keep the state after this batch as <folder>/best.ckpt too."""
        self._due = self._is_best = True

    # ---- saving and going on ------------------------------------------------------------------------------------

    def _save(self, trainer: Trainer) -> None:
        self._due = False
        if not _is_bad(trainer):
            self._write(trainer)
        self._stop_if_told()

    def _write(self, trainer: Trainer) -> None:
        step = trainer.global_step
        kept = [self.folder / f"{step:08d}.ckpt"] if self.keep_every and step % self.keep_every == 0 else []
        best = [self.folder / BEST] if self._is_best else []
        self._is_best = False
        fit_first(trainer, trainer.lightning_module)  # where it is told to stop, this does nothing
        for path in (self.last, *best, *kept):
            trainer.save_checkpoint(path)
            if self._sealed.failure is not None:
                self._miss(self._sealed.failure, step, ends=self._told is not None or step == trainer.max_steps)
            elif path == self.last:
                self.saved_at = step
        self._prune(trainer)

    def _keep_best_of_before(self, trainer: Trainer) -> None:
        """An evaluation that was cut off when the run stopped has been made up for, of the state that was saved."""
        if self._is_best:
            self._due = self._is_best = False
            trainer.save_checkpoint(self.folder / BEST)

    def _miss(self, failure: OSError, step: int, ends: bool) -> None:
        if self.on_error == "stop" or ends:
            raise failure
        self._tell(f"batch {step} could not be saved ({failure}): going on, what was saved before is whole")

    def _prune(self, trainer: Trainer) -> None:
        if self.keep_most is not None and trainer.is_global_zero:
            for old in sorted(self.folder.glob("[0-9]" * 8 + ".ckpt"))[: -self.keep_most]:
                old.unlink()

    def _go_on_from(self, saved: dict[str, Any], trainer: Trainer) -> None:
        """Random numbers continue; what keeps the run from repeating the uninterrupted one to the bit is said."""
        ranks, threads = saved["ranks"], torch.get_num_threads()
        if len(ranks) == trainer.world_size:
            rng.restore(ranks[trainer.global_rank]["rng"])
            restore_buffers(trainer.lightning_module, ranks[trainer.global_rank]["buffers"])
        else:
            self._tell(f"saved by {len(ranks)} process(es), resumed by {trainer.world_size}: random numbers start anew")
        if saved["threads"] != threads:
            self._tell(f"saved with {saved['threads']} thread(s), resumed with {threads}: last bits may differ")

    def _tell(self, note: str) -> None:
        self.notes.append(note)
        log.warning(note)


@torch.no_grad()
def restore_buffers(system: nn.Module, saved: dict[str, Tensor]) -> None:
    """Put buffers back in place; of one rank there are none beside the system's own."""
    here = dict(system.named_buffers())
    for name, buffer in saved.items():
        here[name].copy_(buffer)


def _is_bad(trainer: Trainer) -> bool:
    """Whether the system has seen numbers that are not finite: such a state would replace a good one."""
    system = System.of(trainer.lightning_module)
    return system is not None and system.bad()


def _of_all_ranks(state: dict[str, Any]) -> list[dict[str, Any]]:
    """One state per rank, in the order of ranks."""
    if not distributed.is_initialized():
        return [state]
    states: list[Any] = [None] * distributed.get_world_size()
    distributed.all_gather_object(states, state)
    return states


def _of_any_rank(number: int | None, trainer: Trainer) -> int | None:
    """The signal that any rank got, or None: all stop after the same batch, or those that save would wait forever."""
    if trainer.world_size == 1:
        return number
    told = torch.tensor(number or 0)  # between hosts: no device is waited for
    distributed.all_reduce(told, distributed.ReduceOp.MAX)
    return int(told) or None

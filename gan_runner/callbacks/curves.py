"""Draw the run on one sheet when it ends, however it ends."""

from __future__ import annotations

import logging
from pathlib import Path

from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.callbacks.base import told_by
from gan_runner.images.plots import save
from gan_runner.runs.curves import drawn
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import signals
from gan_runner.types import PathString

log = logging.getLogger(__name__)


class Curves(Callback):
    """Draw <folder>/curves.png from metrics.csv and the monitor's states: at the end, and of a run that is told to stop
    or fails when that happens. Silent where nothing was logged; what goes wrong with drawing ends no run.
    """

    def __init__(self, folder: PathString) -> None:
        self.run = RunFolder(Path(folder))
        self._drawn_at = -1

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            signals.came_through(lambda: self._draw(trainer))

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if trainer.is_global_zero and self._drawn_at != trainer.global_step:
            self._draw(trainer, "stopped" if signals.caused(exception) else "failed")

    def _draw(self, trainer: Trainer, ended: str = "") -> None:
        try:
            sheet = drawn(self.run, told_by(trainer, "history"), trainer.global_step, ended)
            if sheet is not None:
                save(sheet, self.run.curves)
            self._drawn_at = trainer.global_step
        except Exception as error:
            log.warning("%s is not drawn: %s", self.run.curves.name, error)

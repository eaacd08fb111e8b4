"""Leave a page to hand in when a run ends, however it ends."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.callbacks.base import told_by
from gan_runner.figures import is_measured
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import signals
from gan_runner.systems.base import System
from gan_runner.types import PathString

log = logging.getLogger(__name__)


class Report(Callback):
    """Write <folder>/report.html of what the run has left: at the end, and of a run that is told to stop or fails when
    that happens. Jobs of a sweep write none: the sweep writes one at its end. What goes wrong with it ends no run.

    lang: the language of the page.
    """

    def __init__(self, folder: PathString, lang: Literal["en", "es"] = "en") -> None:
        self.run, self.lang = RunFolder(Path(folder)), lang
        self._written_at = -1

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if trainer.is_global_zero:
            signals.came_through(lambda: self._write(trainer, pl_module, {"status": "finished"}))

    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        if not trainer.is_global_zero or self._written_at == trainer.global_step:
            return
        stopped = {"status": "interrupted"}
        failed = {"status": "failed", "why": f"{type(exception).__name__}: {exception}"}
        self._write(trainer, pl_module, stopped if signals.caused(exception) else failed)

    def write_anew(self, trainer: Trainer, module: LightningModule) -> None:
        """Of a run that has come to its end, once its record has more to tell: what its lesson showed."""
        if trainer.is_global_zero and self._written_at == trainer.global_step:
            self._write(trainer, module, {"status": "finished"})

    def _write(self, trainer: Trainer, module: LightningModule, ended: Mapping[str, str]) -> None:
        if self.run.is_job or not self.run.record.is_file():
            return
        try:
            from gan_runner.report.page import write_run

            write_run(self.run, self.run.report, self.lang, {**self._news(trainer, module), **ended})
            self._written_at = trainer.global_step
        except Exception as error:
            log.warning("%s is not written: %s", self.run.report.name, error)

    def _news(self, trainer: Trainer, module: LightningModule) -> dict[str, Any]:
        """What the record will say when the run has ended."""
        before = self.run.facts()
        figures = {name: value for name, value in (before.get("figures") or {}).items() if not is_measured(name)}
        system = System.of(module)
        found = {} if system is None else {**system.figures, **system.measured}
        began = datetime.fromisoformat(before["started"])
        return {
            "batches": trainer.global_step,
            "figures": figures | found,
            "states": told_by(trainer, "history"),
            "notes": told_by(trainer, "notes"),
            "seconds": (datetime.now().astimezone() - began).total_seconds(),
        }

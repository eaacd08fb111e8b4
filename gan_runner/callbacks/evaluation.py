"""Measure what the generator has learned while it learns, and keep the best state."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pytorch_lightning import LightningModule, Trainer

from gan_runner import figures
from gan_runner.callbacks.base import Interruptible, fit_first, keep, keep_and_show
from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.choosing import (
    AnyJudge,
    AnyMetric,
    directions_of,
    is_measured,
    judge_of,
    judged,
    left_by,
    prepared,
)
from gan_runner.evaluation.judge import NotFiniteError
from gan_runner.evaluation.report import Report, headline, pictures, sentence
from gan_runner.features.base import MakeExtractor
from gan_runner.metrics.base import Measure, Probe
from gan_runner.systems.base import System
from gan_runner.types import PathString, PositiveInt

log = logging.getLogger(__name__)


def is_spared(metric: AnyMetric) -> bool:
    """Whether it is left out as a matter of course, where samples are held to no classes."""
    return isinstance(metric, Measure) and metric.spared


class Evaluation(Interruptible):
    """Ask `metrics` about samples of the evaluation network every `every` batches and at the end of the run.

    Figures are logged as `evaluation/<scalar>/<what looked at the samples>/<how many>`; a control, real data in the
    place of as many samples, ends in /real. Of a system that translates, translations of the test split are measured,
    and scalars are named by their direction: a2b_frechet, say (evaluation/translations.py). `best` names the scalar by
    which a state is kept as <checkpoints>/best.ckpt, the least or the greatest by `mode` (without a direction, that of
    a2b; where several answers of a system have one, auroc/elbo names it); null keeps none, and so does one that rests
    on too few reals (evaluation/few.py). Of several ranks the first evaluates and the others wait. The run's random
    numbers never notice.
    Pictures in <folder>: nearest_<batches>.png, fakes above the training images they are nearest to;
    modes_<batches>.png, how many fakes fell on each mode; by_mode_<batches>.png, some of each.
    """

    def __init__(
        self,
        folder: PathString,
        metrics: Mapping[str, AnyMetric] | None = None,
        features: MakeExtractor | None = None,
        every: PositiveInt = 1000,
        num_samples: PositiveInt = 2500,
        best: str | None = None,
        mode: Literal["min", "max"] = "min",
        seed: int = 0,
    ) -> None:
        self.folder, self.every, self.num_samples = Path(folder), every, num_samples
        self.best, self.mode = best, mode
        self.metrics, self.features, self.seed = dict(metrics or {}), features, seed
        self.judge = judge_of(self.metrics, features, (), seed)
        self.figures: dict[str, float] = {}
        self.best_value: float | None = None
        self.best_name: str | None = None
        """The full name of the figure that has this value: it tells at how many samples."""
        self.best_at = 0
        self.absent: frozenset[str] = frozenset()
        """Scalars that the metrics give and the data turned out too few for."""
        self.notes: list[str] = []
        self.keeps: dict[str, Any] = {}
        """What the newest evaluation leaves for later commands, by what asked, and the batches it is of."""

    def meet(self, data: DataFamily, system: System) -> None:
        """Refuse metrics that cannot measure this data, and a `best` that none gives. Raises ValueError."""
        if not is_measured(system):
            self.judge = None
            return
        directions = directions_of(system)
        self.judge = judge_of(self.metrics, self.features, directions, self.seed, system)
        left = left_by(self.metrics, directions, system)
        self._refuse_nothing(left)
        if self.judge is not None:
            left |= self.judge.leave_out(data)
            self.judge.meet(data)
            if not self.judge.gives:
                self.judge = None
        for name, why in left.items():
            told = f"metrics.{name} is left out: {why}"
            if isinstance(self.metrics.get(name), Probe):  # nobody but its user chose it
                self._warn(told)
            else:
                self.notes.append(told)
        given = self.gives
        if directions and f"{directions[0]}_{self.best}" in given:
            self.best = f"{directions[0]}_{self.best}"
        self._choose_best(given)
        if self.best is not None and self.metrics and self.best not in given:
            if any(not is_spared(self.metrics[name]) for name in left):
                # the data's own choice of metrics, which this game has no use for
                self.best = None
                return
            raise ValueError(
                f"evaluation.best={self.best} is none of what the metrics give: set evaluation.best=null, which "
                f"keeps no best.ckpt, or one of {', '.join(given)}"
            )

    def _refuse_nothing(self, left: Mapping[str, str]) -> None:
        """Probes are asked for by name: where a system answers none of all that is asked, nothing would be measured."""
        asked = [name for name in left if isinstance(self.metrics[name], Probe)]
        if self.judge is None and asked:
            raise ValueError(f"metrics.{asked[0]} measures nothing here: {left[asked[0]]}")

    def _choose_best(self, given: list[str]) -> None:
        """Of figures of answers (auroc/elbo) a `best` may leave the answer out, where there is one."""
        found = [name for name in given if f"{name}/".startswith(f"{self.best}/")]
        if len(found) > 1:
            raise ValueError(f"evaluation.best={self.best} may be {' or '.join(found)}: name one of them")
        if found:
            (self.best,) = found
        for probe in self.metrics.values():
            if isinstance(probe, Probe) and self.best in probe.gives and (end := probe.best_of(self.best)) != self.mode:
                raise ValueError(f"evaluation.best={self.best} is best at its {end}: set evaluation.mode={end}")

    @property
    def gives(self) -> list[str]:
        """The names of the scalars that it will measure."""
        return [] if self.judge is None else self.judge.gives

    # ---- when ---------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = System.of(pl_module)
        if system is None or self.judge is None:
            return
        system.measured = dict(self.figures)
        able = not trainer.is_global_zero or self._prepare(self.judge, trainer, system)
        if not trainer.strategy.reduce_boolean_decision(able):  # all ranks do the same
            self.judge = None
        self.make_up(trainer, system)

    def _prepare(self, judge: AnyJudge, trainer: Trainer, system: System) -> bool:
        """Whether there are reals enough to measure by, and what is wrong with so many; before the first batch."""
        try:
            ready = prepared(judge, trainer.datamodule, self.num_samples, system.device)  # type: ignore[attr-defined]
        except TooFewError as error:
            self._warn(f"nothing is measured: {error} (or set metrics=none)")
            return False
        self.absent = ready.absent
        for note in ready.notes:
            self._warn(str(note))
        if self.best in ready.untrusted:
            self._warn(f"evaluation.best={self.best} rests on too few reals and chooses no best.ckpt")
            self.best = None
        return True

    def _warn(self, note: str) -> None:
        self.notes.append(note)
        log.warning(note)

    # ---- what ---------------------------------------------------------------------------------------------------

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        measured = System.of(system)
        if self.judge is None or measured is None:
            return
        fit_first(trainer, system)
        improved = False
        if trainer.is_global_zero:
            improved = self._judge(self.judge, trainer, measured)
        # Every rank keeps the state, or those that do would wait for the others.
        if trainer.strategy.reduce_boolean_decision(improved, all=False):
            for callback in trainer.checkpoint_callbacks:
                if isinstance(callback, Checkpoint):
                    callback.keep_best()

    def _judge(self, judge: AnyJudge, trainer: Trainer, system: System) -> bool:
        """Measure, tell, and whether this is the best state so far."""
        found: list[Report] = []
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        try:
            if not self.came_through(system, lambda: found.append(self._look(judge, system, data, trainer))):
                return False
        except NotFiniteError as error:  # what to do about it is callbacks.finite's
            log.warning(f"no evaluation after {self.acted_at} batches: {error}")
            return False
        (report,) = found
        self._tell(report, system)
        for logger in trainer.loggers:
            logger.log_metrics(self.figures, self.acted_at)
        return self._improved(report)

    def measure(self, system: System, data: DataFamily, batches: int) -> dict[str, float]:
        """What an evaluation finds after `batches`, outside of training: the figures as they are logged, if any."""
        self.acted_at = batches
        try:
            if self.judge is not None:
                self._tell(self._look(self.judge, system, data), system)
        except TooFewError as error:
            log.warning(f"nothing is measured: {error} (or metrics=none)")
        except NotFiniteError as error:
            log.warning(f"no evaluation after {batches} batches: {error}")
        return dict(self.figures)

    def _look(self, judge: AnyJudge, system: System, data: Any, trainer: Trainer | None = None) -> Report:
        """What takes long; it leaves pictures, which may be drawn anew."""
        report = judged(judge, system, data, self.num_samples)
        for name, picture in pictures(report, system.origin.called).items():
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{name}_{self.acted_at:08d}.png"
            if trainer is None:
                keep(picture, path)
            else:
                keep_and_show(picture, path, trainer, f"samples/{name}", self.acted_at)
        return report

    def _tell(self, report: Report, system: System) -> None:
        self.figures = {figures.logged(name): value for name, value in report.scalars.items()}
        system.measured = dict(self.figures)
        self.keeps = {"at": self.acted_at, **report.keeps} if report.keeps else {}
        log.info(f"evaluation after {self.acted_at} batches: {sentence(report)}")

    def _improved(self, report: Report) -> bool:
        if self.best is None:
            return False
        name = headline(report.scalars, self.best)
        if name is None or math.isnan(value := report.scalars[name]):
            return False
        if self.best_name not in (None, name):
            self._warn(f"best.ckpt is chosen anew: by {name}, with which {self.best_name} of before does not compare")
            self.best_value = None
        self.best_name = name
        if self.best_value is None or (value < self.best_value if self.mode == "min" else value > self.best_value):
            self.best_value, self.best_at = value, self.acted_at
            return True
        return False

    def state_dict(self) -> dict[str, Any]:
        told = {"best_value": self.best_value, "best_name": self.best_name, "best_at": self.best_at}
        kept = {"keeps": self.keeps} if self.keeps else {}
        return super().state_dict() | {"figures": dict(self.figures)} | told | kept

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        self.figures, self.keeps = dict(state_dict["figures"]), state_dict.get("keeps", {})
        self.best_value, self.best_at = state_dict["best_value"], state_dict["best_at"]
        self.best_name = state_dict["best_name"] if "best_name" in state_dict else self._name_of_before()

    def _name_of_before(self) -> str | None:
        """Of a state that an older version saved: the figure that it chose by."""
        if self.best is None or self.best_value is None:
            return None
        name = headline({figures.reported(name): value for name, value in self.figures.items()}, self.best)
        # Windows over the border counted then.
        return name if name is None or "ssim" not in name else f"{name} with windows over the border"

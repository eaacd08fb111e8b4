"""Measure what the generator has learned while it learns, and keep the best state."""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from PIL import Image
from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.callbacks.checkpoint import Checkpoint
from gan_runner.callbacks.samples import show
from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.judge import Judge, NotFiniteError
from gan_runner.evaluation.report import COLUMNS, Report
from gan_runner.evaluation.translations import TranslationJudge
from gan_runner.features.base import MakeExtractor
from gan_runner.figures import is_control
from gan_runner.images.drawing import grid, histogram, pairs, panel
from gan_runner.metrics.base import Comparison, Measure
from gan_runner.systems.gan import GAN, drawing_from
from gan_runner.systems.translation import Translation, translating
from gan_runner.types import Direction, PositiveInt

PREFIX = "evaluation/"
AnyJudge = Judge | TranslationJudge
Measured = GAN | Translation

log = logging.getLogger(__name__)


class Evaluation(Callback):
    """Ask `metrics` about samples of the evaluation network every `every` batches and at the end of the run.

    Figures are logged as `evaluation/<scalar>/<what looked at the samples>/<how many>`; a control, real data in the
    place of the samples, ends in /real. Of a system that translates, translations of the test split are measured, and
    scalars are named by their direction: a2b_frechet, say (judging/translations.py). `best` names the scalar by which a
    state is kept as <checkpoints>/best.ckpt, the least or the greatest by `mode` (without a direction, that of a2b);
    null keeps none. Of several ranks the first evaluates and the others wait. The run's random numbers never notice.
    Pictures in <folder>: nearest_<batches>.png, fakes above the training images they are nearest to;
    modes_<batches>.png, how many fakes fell on each mode; by_mode_<batches>.png, some of each.
    """

    def __init__(
        self,
        folder: str,
        metrics: Mapping[str, Measure | Comparison] | None = None,
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
        self.best_at = 0
        self.notes: list[str] = []
        self._evaluated_at = -1

    def meet(self, data: DataFamily, directions: Sequence[Direction] = ()) -> None:
        """Refuse metrics that cannot measure this data, and a `best` that none gives. Raises ValueError.

        directions: of a system that translates.
        """
        self.judge = judge_of(self.metrics, self.features, directions, self.seed)
        left = left_by(self.metrics, directions)
        if self.judge is not None:
            left |= self.judge.leave_out(data)
            self.judge.meet(data)
        self.notes += [f"metrics.{name} is left out: {why}" for name, why in left.items()]
        given = [] if self.judge is None else self.judge.gives
        if directions and f"{directions[0]}_{self.best}" in given:
            self.best = f"{directions[0]}_{self.best}"
        if self.best is not None and self.metrics and self.best not in given:
            if left:  # the data's own choice of metrics, which this game has no use for
                self.best = None
                return
            raise ValueError(f"evaluation.best={self.best} is none of what the metrics give: {', '.join(given)}")

    # ---- when ---------------------------------------------------------------------------------------------------

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not isinstance(pl_module, GAN | Translation) or self.judge is None:
            return
        pl_module.measured = dict(self.figures)
        able = not trainer.is_global_zero or self._prepare(self.judge, trainer, pl_module)
        if not trainer.strategy.reduce_boolean_decision(able):  # all ranks do the same
            self.judge = None

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        step = trainer.global_step
        if step % self.every == 0 or step == trainer.max_steps:
            self._evaluate(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._evaluated_at < trainer.global_step:  # ended by its epochs, or by another callback
            self._evaluate(trainer, pl_module)

    def _prepare(self, judge: AnyJudge, trainer: Trainer, system: Measured) -> bool:
        """Whether there are reals enough to measure by; known before the first batch."""
        try:
            judge.prepare(trainer.datamodule, self.num_samples, system.device)  # type: ignore[attr-defined]
        except TooFewError as error:
            self.notes.append(f"nothing is measured: {error} (or metrics=none)")
            log.warning(self.notes[-1])
            return False
        return True

    # ---- what ---------------------------------------------------------------------------------------------------

    def _evaluate(self, trainer: Trainer, system: LightningModule) -> None:
        if self.judge is None or not isinstance(system, GAN | Translation):
            return
        self._evaluated_at = trainer.global_step
        improved = False
        if trainer.is_global_zero:
            improved = self._judge(self.judge, trainer, system)
        # Every rank keeps the state, or those that do would wait for the others.
        if trainer.strategy.reduce_boolean_decision(improved, all=False):
            for callback in trainer.checkpoint_callbacks:
                if isinstance(callback, Checkpoint):
                    callback.keep_best()

    def _judge(self, judge: AnyJudge, trainer: Trainer, system: Measured) -> bool:
        """Measure, tell, and whether this is the best state so far."""
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        try:
            report = judged(judge, system, data, self.num_samples)
        except NotFiniteError as error:  # what to do about it is callbacks.finite's
            log.warning(f"no evaluation after {self._evaluated_at} batches: {error}")
            return False
        self.figures = {PREFIX + name: value for name, value in report.scalars.items()}
        system.measured = dict(self.figures)
        for logger in trainer.loggers:
            logger.log_metrics(self.figures, self._evaluated_at)
        log.info(f"evaluation after {self._evaluated_at} batches: {sentence(report)}")
        for name, picture in pictures(report).items():
            self.folder.mkdir(parents=True, exist_ok=True)
            picture.save(self.folder / f"{name}_{self._evaluated_at:08d}.png")
            show(trainer, f"samples/{name}", picture, self._evaluated_at)
        return self._improved(report)

    def _improved(self, report: Report) -> bool:
        if self.best is None:
            return False
        value = headline(report.scalars, self.best)
        if value is None or math.isnan(value):
            return False
        if self.best_value is None or (value < self.best_value if self.mode == "min" else value > self.best_value):
            self.best_value, self.best_at = value, self._evaluated_at
            return True
        return False

    def state_dict(self) -> dict[str, Any]:
        return {"figures": dict(self.figures), "best_value": self.best_value, "best_at": self.best_at}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.figures = dict(state_dict["figures"])
        self.best_value, self.best_at = state_dict["best_value"], state_dict["best_at"]


def judge_of(
    metrics: Mapping[str, Measure | Comparison],
    features: MakeExtractor | None,
    directions: Sequence[Direction],
    seed: int = 0,
) -> AnyJudge | None:
    """What asks these metrics about a system; directions: of one that translates. None where nothing is asked."""
    if directions:
        return TranslationJudge(metrics, features, directions, seed) if metrics else None
    measures = {name: metric for name, metric in metrics.items() if isinstance(metric, Measure)}
    return Judge(measures, features, seed=seed) if measures else None


def left_by(metrics: Mapping[str, Measure | Comparison], directions: Sequence[Direction]) -> dict[str, str]:
    """What `judge_of` asks nothing of, and why."""
    compared = [name for name, metric in metrics.items() if isinstance(metric, Comparison) and not directions]
    return dict.fromkeys(compared, "it compares translations, and this game starts from latents")


def judged(judge: AnyJudge, system: Measured, data: Any, count: int) -> Report:
    """What a judge finds in the samples or translations of a system. Raises NotFiniteError."""
    if isinstance(judge, TranslationJudge):
        assert isinstance(system, Translation)
        return judge.judge(translating(system), data, count, system.device)
    assert isinstance(system, GAN)
    return judge.judge(drawing_from(system, data), data, count, system.device)


def pictures(report: Report) -> dict[str, Image.Image]:
    """What there is to look at, by name."""
    drawn: dict[str, Image.Image] = {}
    if report.pairs is not None:
        drawn["nearest"] = pairs(report.pairs.fake, report.pairs.training)
    if report.found is not None:
        drawn["modes"] = histogram(report.found.counts)
        if report.found.examples is not None:
            modes = len(report.found.counts)
            drawn["by_mode"] = grid(report.found.examples, modes if modes <= COLUMNS else None)
    return drawn | {f"worst_{direction}": panel(columns) for direction, columns in report.worst.items()}


def headline(scalars: Mapping[str, float], name: str) -> float | None:
    """The scalar of that name, whatever looked at the samples."""
    found = (value for known, value in scalars.items() if known.split("/")[0] == name and not is_control(known))
    return next(found, None)


def sentence(report: Report) -> str:
    """The scalars in a line, controls beside what they control."""
    scalars = report.scalars
    parts = []
    for name, value in scalars.items():
        if is_control(name):
            continue
        short = name.split("/")[0]
        controls = {n.rpartition("/")[2]: v for n, v in scalars.items() if n.startswith(f"{short}/") and is_control(n)}
        told = ", ".join(f"{kind} {control:.4g}" for kind, control in controls.items())
        parts.append(f"{short} {value:.4g}" + (f" ({told})" if told else ""))
    return ", ".join(parts)

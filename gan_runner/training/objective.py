"""What config.objective asks for: found among the figures that a run will have before it plays, read when it ends."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig, OmegaConf

from gan_runner.config.errors import ConfigError, nearest
from gan_runner.figures import EVALUATION, build, count_of, is_measured, meant, scalar_of, source_of, word_of

if TYPE_CHECKING:
    from pytorch_lightning import Trainer

    from gan_runner.assemble import Experiment
    from gan_runner.callbacks.evaluation import Evaluation


class ObjectiveError(ConfigError):
    """The objective is no figure of the run."""


def check_objective(asked: str, experiment: Experiment) -> None:
    """Raises ObjectiveError for a figure that the run will not have, or for a name that several of them may mean."""
    names = foreseen(experiment)
    found = meant(asked, names)
    most = max((one.num_samples for one in _evaluations(experiment)), default=0)
    if found and is_measured(found[0]) and (count_of(asked) or 0) > most:
        raise ObjectiveError(f"objective={asked} is of more samples than evaluation.num_samples={most}: leave them out")
    if len(found) > 1:
        raise ObjectiveError(
            f"objective={asked} may be {' or '.join(name.replace('/*', '') for name in found)}: name one of them"
        )
    if not found and not _may_be_told(asked, experiment):
        raise ObjectiveError(f"objective={asked} is no figure that this run will have{_instead(asked, names)}")


def foreseen(experiment: Experiment) -> list[str]:
    """The figures that a run will have, by their full names; `*` stands for what only the data tell."""
    scalars = [scalar for evaluation in _evaluations(experiment) for scalar in evaluation.gives]
    return [*experiment.system.foreseen(), "images_per_second", *_measured(scalars)]


def _evaluations(experiment: Experiment) -> list[Evaluation]:
    from gan_runner.callbacks.evaluation import Evaluation

    return [one for one in experiment.trainer.callbacks if isinstance(one, Evaluation)]  # type: ignore[attr-defined]


def insist(asked: str, experiment: Experiment) -> None:
    """End the run before its first batch, on every rank, where the data are too few to measure the objective by."""
    from pytorch_lightning import Callback

    class Insisting(Callback):
        def on_train_start(self, trainer: Trainer, pl_module: object) -> None:
            # The first rank alone has looked at the data, and the others would wait for it in vain.
            if why := trainer.strategy.broadcast(_lacking(asked, _evaluations(experiment))):
                raise ObjectiveError(f"objective={asked} cannot be had: {why}")

    if not meant(asked, experiment.system.foreseen()):
        experiment.trainer.callbacks.append(Insisting())  # type: ignore[attr-defined]


def _lacking(asked: str, evaluations: Sequence[Evaluation]) -> str:
    """Why it will not be measured, as far as this rank knows; empty where it will be."""
    lacking = [one for one in evaluations if one.judge is None or meant(asked, _measured(one.absent))]
    return "; ".join(note for one in lacking for note in one.notes)


def _measured(scalars: Iterable[str]) -> list[str]:
    """The full names of what evaluations find, but for what only the data tell."""
    return [build(EVALUATION, scalar, "*", "*") for scalar in scalars]


def rehearse(config: DictConfig, folder: Path | str) -> None:
    """Check the objective of a job that is not played yet: composed, but for the folder that it would lie in.

    Raises ObjectiveError; ConfigError for settings that no run can have.
    """
    from gan_runner.assemble import assemble
    from gan_runner.training import libraries

    libraries.load()
    job = OmegaConf.masked_copy(config, [str(key) for key in config if key != "hydra"])
    job.paths.run, job.logger = str(folder), {}
    check_objective(job.objective, assemble(job))


def value_of(asked: str, figures: Mapping[str, float | None]) -> float:
    """What a run came to: NaN where the figure was not measured, or is not a number."""
    found = meant(asked, figures)
    value = figures[found[0]] if len(found) == 1 else None
    return math.nan if value is None else float(value)


def _may_be_told(asked: str, experiment: Experiment) -> bool:
    """Whether it may be a term of a system without games, which does not say what its terms are called."""
    from gan_runner.systems.capabilities import Plays

    return Plays.of(experiment.system) is None and source_of(asked) in experiment.system.players


def _instead(asked: str, names: Sequence[str]) -> str:
    """What may have been meant; what is measured by its short name."""
    known = [word_of(name) if is_measured(name) else name for name in names]
    for word in (asked, word_of(asked), scalar_of(asked)):
        if "did you mean" in (close := nearest(word, known)):
            return close
    measured = ", ".join(word_of(name) for name in names if is_measured(name)) or "nothing (metrics=…)"
    return f"; measured: {measured}; of training: {', '.join(name for name in names if not is_measured(name))}"

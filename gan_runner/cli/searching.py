"""A search: Optuna draws the settings of each trial from the results before it, Hydra's launcher plays them.

hydra-optuna-sweeper, which does this for Hydra 1.3, takes Optuna 2 of 2022 alone, ends at a trial that fails and can
end none early.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, JobStatus
from hydra.plugins.sweeper import Sweeper
from omegaconf import OmegaConf

from gan_runner.cli.space import drawn, end
from gan_runner.config.errors import ConfigError
from gan_runner.config.overrides import quoted
from gan_runner.runs.folder import recorded
from gan_runner.runs.interruption import Stopped, signals
from gan_runner.runs.naming import number_of
from gan_runner.runs.record import Pruned
from gan_runner.training.study import made, opened

log = logging.getLogger(__name__)


class Search(Sweeper):
    """Plays `n_trials` jobs, `n_jobs` drawn at a time; the keys are those of configs/sweep/optuna.yaml.

    A trial that fails, or whose objective is not a finite number, is a failed trial: the search goes on until more than
    `max_failures` have. The best settings are in optimization_results.yaml of the sweep's folder.
    """

    config: Any
    hydra_context: Any
    launcher: Any

    def __init__(self, **keys: Any) -> None:
        self.keys = keys

    def setup(self, *, hydra_context: Any, task_function: Any, config: Any) -> None:
        self.config, self.hydra_context = config, hydra_context
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> None:
        """Raises ConfigError before the first job for keys that are wrong, later for a search that finds nothing."""
        if self.config.objective is None:
            raise ConfigError("a search needs objective=<a figure of metrics.csv>, such as modes_kl")
        for key, least in {"n_trials": 1, "n_jobs": 1, "max_failures": 0}.items():
            if (number := self.keys[key]) is not None and (type(number) is not int or number < least):
                raise ConfigError(f"hydra.sweeper.{key}={number} is not valid: give a whole number from {least} on")
        overrides = OverridesParser.create(self.hydra_context.config_loader).parse_overrides(arguments)
        space = {one.get_key_element(): one for one in overrides if one.is_sweep_override()}
        fixed = [str(one.input_line) for one in overrides if not one.is_sweep_override()]
        self._check_objective([[*fixed, *(f"{key}={end(one, at)}" for key, one in space.items())] for at in (0, -1)])
        study = opened(self.keys, self.config.objective, self.config.objective_mode, Path(self.config.hydra.sweep.dir))
        failed, most, played = 0, self.keys["max_failures"], _played(Path(self.config.hydra.sweep.dir))
        for first in range(0, self.keys["n_trials"], self.keys["n_jobs"]):
            trials = [study.ask() for _ in range(min(self.keys["n_jobs"], self.keys["n_trials"] - first))]
            jobs: Sequence[JobReturn | None] = [None] * len(trials)
            try:
                settings = [[*fixed, *self._drawn(study, trial, space)] for trial in trials]
                jobs = self.launcher.launch(settings, initial_job_idx=played + first)
            finally:  # of a search that is stopped no trial stays open
                failed += sum([self._tell(study, trial, job) for trial, job in zip(trials, jobs, strict=True)])
                self._save(study)
            if any(map(_stopped, jobs)):
                raise signals.interrupted()
            if most is not None and failed > most:
                raise ConfigError(f"the search ends: {failed} trials have failed (hydra.sweeper.max_failures={most})")
        if not _complete(study):
            raise ConfigError(f"no trial of this search has come to a value of objective={self.config.objective}")

    def _check_objective(self, corners: Sequence[list[str]]) -> None:
        """Raises ObjectiveError for one that trials will not have. Refused settings are a trial's affair."""
        from gan_runner.training.objective import ObjectiveError, rehearse

        for corner in corners:
            try:
                job = self.hydra_context.config_loader.load_sweep_config(self.config, corner)
                return rehearse(job, self.config.hydra.sweep.dir)
            except ObjectiveError:
                raise
            except Exception as error:
                log.debug("settings at an end of the search are refused: %s", error)

    def _drawn(self, study: Any, trial: Any, space: Mapping[str, Override]) -> list[str]:
        """The settings of a trial, and where a job that may be ended early finds it."""
        # Searches that share a storage and a seed draw other points; Optuna asks the sampler when a value is drawn.
        study.sampler = made("sampler", self.keys["sampler"], of=trial.number)
        words = [f"{key}={drawn(trial, key, one)}" for key, one in space.items()]
        if self.keys["prune"]:
            words += [f"hydra.sweeper.{key}={quoted(str(self.keys[key]))}" for key in ("storage", "study_name")]
            words += [f"hydra.sweeper.trial={trial.number}"]
        return words

    def _tell(self, study: Any, trial: Any, job: JobReturn | None) -> bool:
        """How a trial ended. Returns whether it failed."""
        from optuna.trial import TrialState

        # Not .return_value: of a job that failed it prints again what was told.
        stopped = _stopped(job)
        result: Any = "interrupted" if job is None or stopped else job._return_value
        if job is not None and not stopped and job.status is not JobStatus.FAILED:
            if math.isfinite(result):
                study.tell(trial, result)
                log.info("trial %d: %s %.6g", trial.number, self.config.objective, result)
                return False
            why = "not a number, or not measured" if math.isnan(result) else "infinite"
            result = f"objective={self.config.objective} is {why}"
        pruned = isinstance(result, Pruned)
        trial.set_user_attr("why", str(result))
        # Samplers pass over what Optuna calls failed and draw there again; from what is given up they learn. Of a trial
        # that was stopped there is nothing to learn.
        study.tell(trial, state=TrialState.FAIL if stopped else TrialState.PRUNED)
        log.info("trial %d %s: %s", trial.number, "ended early" if pruned else "failed", result)
        return not pruned

    def _save(self, study: Any) -> None:
        if _complete(study):
            best = study.best_trial
            found = {"name": "optuna", "best_params": best.params, "best_value": best.value}
            OmegaConf.save(OmegaConf.create(found), Path(self.config.hydra.sweep.dir) / "optimization_results.yaml")


def _stopped(job: JobReturn | None) -> bool:
    """Whether a job was interrupted, in a process of its own or before it came to a result."""
    return job is None or isinstance(job._return_value, Stopped)


def _played(folder: Path) -> int:
    """The number of the next job: a search that goes on in its folder leaves the jobs that lie there alone."""
    numbers = [number for run in recorded(folder, "*") if (number := number_of(run.path)) is not None]
    return max(numbers, default=-1) + 1


def _complete(study: Any) -> bool:
    from optuna.trial import TrialState

    return bool(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)))

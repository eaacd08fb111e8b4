"""Optuna's study of a search, its parts by their names, and the trial that a job is."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_runner.config.errors import ConfigError, nearest

DIRECTIONS = {"min": "minimize", "max": "maximize", "minimize": "minimize", "maximize": "maximize"}


def installed() -> Any:
    """Optuna. Raises ConfigError where it is not installed, or too old."""
    try:
        import optuna
    except ImportError as error:
        raise ConfigError("sweep=optuna is not installed: pip install 'gan-runner[sweep]'") from error
    if int(optuna.__version__.partition(".")[0]) < 5:
        found = optuna.__version__
        raise ConfigError(f"sweep=optuna needs Optuna 5, and {found} is installed: pip install -U 'optuna>=5,<6'")
    optuna.logging.set_verbosity(logging.WARNING)
    return optuna


def opened(keys: dict[str, Any], objective: str, mode: str, folder: Path) -> Any:
    """The study of a search in `folder`: a new one, or the one of its name in a storage that searches share.

    keys: those of configs/sweep/optuna.yaml; study_name becomes the folder's where it is null. Raises ConfigError.
    """
    direction = DIRECTIONS.get(keys["direction"])
    if direction is None:
        raise ConfigError(f"hydra.sweeper.direction={keys['direction']} is none of {', '.join(DIRECTIONS)}")
    if direction == "minimize" and mode == "max":
        raise ConfigError("objective_mode=max and hydra.sweeper.direction=minimize contradict: give one of them")
    if keys["prune"] and keys["storage"] is None:
        raise ConfigError("hydra.sweeper.prune=true needs a storage: leave hydra.sweeper.storage=null out")
    keys["study_name"] = keys["study_name"] or folder.name
    sampler, pruner = made("sampler", keys["sampler"]), made("pruner", keys["pruner"])
    folder.mkdir(parents=True, exist_ok=True)
    study = _created(
        storage=keys["storage"], study_name=keys["study_name"], direction=direction, sampler=sampler, pruner=pruner
    )
    before = study.user_attrs.get("objective", objective), study.direction.name.lower()
    if before != (objective, direction):
        raise ConfigError(
            f"hydra.sweeper.study_name={keys['study_name']} is there a search to {before[1]} {before[0]}, and "
            f"this one is to {direction} {objective}: give it another name"
        )
    study.set_user_attr("objective", objective)
    return study


def _created(**settings: Any) -> Any:
    """Searches that begin at the same moment may get into each other's way while the storage is set up."""
    for wait in (0.5, 2.0, None):
        try:
            return installed().create_study(load_if_exists=True, **settings)
        except Exception as error:
            if wait is None:
                why = str(error).partition("\n")[0]
                raise ConfigError(f"hydra.sweeper.storage={settings['storage']} cannot be used: {why}") from error
            time.sleep(wait)


def made(kind: str, settings: Mapping[str, Any], of: int = 0) -> Any:
    """A sampler or a pruner by the name of its class, and its arguments; a seed and the number of a trial make another.

    Raises ConfigError naming the key.
    """
    import numpy as np

    module, arguments = getattr(installed(), f"{kind}s"), dict(settings)
    name, known = arguments.pop("name", None), [name for name in module.__all__ if name.endswith(kind.capitalize())]
    if name not in known:
        raise ConfigError(f"hydra.sweeper.{kind}.name={name} is no class of optuna.{kind}s{nearest(str(name), known)}")
    if arguments.get("seed") is not None:
        arguments["seed"] = int(np.random.SeedSequence([arguments["seed"], of]).generate_state(1)[0])
    try:
        return getattr(module, name)(**arguments)
    except (TypeError, ValueError, ImportError) as error:
        raise ConfigError(f"hydra.sweeper.{kind}: {error}") from error


def trial_of(storage: str, study: str, number: int, pruner: Any) -> Any:
    """The trial of that number, which another process has drawn."""
    optuna = installed()
    found = optuna.load_study(storage=storage, study_name=study, pruner=pruner)
    (known,) = (trial for trial in found.get_trials(deepcopy=False) if trial.number == number)
    return optuna.trial.Trial(found, known._trial_id)

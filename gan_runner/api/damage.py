"""The damage that is asked for in Python, as gan-translate would compose it, with its checks and sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gan_runner.api.mistakes import in_a_sentence
from gan_runner.api.plain import plain
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS, options


def damage_of(asked: str | Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The damage by the name of its task, or by a mapping with it and some of its settings; the others are those of
    damage=<task>. Raises ConfigError for what is no damage, no task, or no setting of it; values are checked with the
    request.
    """
    if asked is None:
        return None
    given = {"task": asked} if isinstance(asked, str) else asked
    if not isinstance(given, Mapping) or not isinstance(given.get("task"), str):
        raise ConfigError(
            f"damage={asked!r} names no task: give one of {', '.join(options(CONFIGS / 'damage'))}, or a mapping with "
            "it and its settings, {'task': 'denoise', 'noise_sigma': [0.3, 0.3]}"
        )
    return _composed(given["task"], {str(key): plain(value) for key, value in given.items() if key != "task"})


def _composed(task: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The file of a task with other settings. Raises ConfigError with the sentence of the command."""
    from hydra.errors import MissingConfigException
    from omegaconf import DictConfig, OmegaConf

    from gan_runner.cli.keys import unknown
    from gan_runner.config.plain import plain_config

    known = options(CONFIGS / "damage")
    if task not in known:
        with in_a_sentence("translate", []):
            raise MissingConfigException(task, f"damage/{task}", known)  # as Hydra says of damage=<task>
    config = DictConfig({"damage": OmegaConf.load(CONFIGS / "damage" / f"{task}.yaml")})
    damage = plain_config(config)["damage"]
    for key in settings:
        if key not in damage or key == "_target_":
            raise ConfigError(unknown("translate", f"damage.{key}", config))
    return {**damage, **settings}

"""What a command line needs to go on from a run: a new length, and what has to be allowed or vouched for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf

from gan_runner.config.trust import check_folder_targets, check_targets
from gan_runner.runs.settings import GROUPS

Config = Mapping[str, Any]


def twice(config: Config) -> list[str]:
    """Twice the run. Nothing where it had no end: something else ended it."""
    trainer = config.get("trainer") or {}
    lengths = {key: trainer.get(key) for key in ("max_steps", "max_epochs")}
    return [f"trainer.{key}={2 * length}" for key, length in lengths.items() if length is not None and length > 0]


def allowed(composed: DictConfig, longer: Sequence[str]) -> list[str]:
    """What a longer run needs besides where a part is as long as the run, and changes with it: a schedule.

    composed: the configuration, references and all.
    """
    if not longer:
        return []
    changed = OmegaConf.merge(composed, OmegaConf.from_dotlist(list(longer)))
    assert isinstance(changed, DictConfig)
    return ["allow_changes=true"] if any(_plain(composed, part) != _plain(changed, part) for part in GROUPS) else []


def _plain(config: DictConfig, part: str) -> Any:
    """Resolved by itself: other parts may refer to what only a command that Hydra runs has."""
    node = config.get(part)
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node


def vouched_for_weights(config: Config) -> list[str]:
    """What a command that reads its checkpoint needs, of a run that names classes of one's own."""
    return _vouched(check_targets, config)


def vouched_for_folder(config: Config) -> list[str]:
    """What a command that reads its folder needs, to go on with it."""
    return _vouched(check_folder_targets, config)


def _vouched(check: Callable[[Config], None], config: Config) -> list[str]:
    try:
        check(config)
    except ValueError:
        return ["trust=true"]
    return []

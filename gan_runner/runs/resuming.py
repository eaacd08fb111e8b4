"""Which run to continue, and whether it is still the same run."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gan_runner.config.errors import ConfigError
from gan_runner.runs.folder import recorded
from gan_runner.runs.settings import settings

OVERRULED = ("optimizer", "schedule")
"""Parts whose settings the saved state holds too, and restores: another value would be without effect."""

SIZE = ("max_steps", "max_epochs", "num_nodes", "devices")
"""Keys of the trainer that say how much a run plays."""


def refuse_changes(before: Mapping[str, Any], now: Mapping[str, Any], run: Path, allowed: bool = False) -> None:
    """A run goes on with the settings it began with; trainer.max_steps may change. Raises ConfigError naming others.

    allowed: other settings are taken, except those that the saved state overrules: rates, and schedules with their
    lengths, a run's by default.
    """
    changed = changes(before, now)
    if allowed:
        changed = {key: values for key, values in changed.items() if key.split(".")[0] in OVERRULED}
    if not changed:
        return
    told = ", ".join(f"{key} was {_shown(was)}, is {_shown(is_now)}" for key, (was, is_now) in changed.items())
    overruled = any(key.split(".")[0] in OVERRULED for key in changed)
    way_out = (
        "they are part of the saved state, leave them as they were"
        if overruled
        else ("leave them as they were, or set allow_changes=true")
    )
    raise ConfigError(f"resume={run} with other settings ({told}) would be another run: {way_out}")


def changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The settings that decide the outcome and differ, with both values; None where one has no such setting."""
    was, is_now = _compared(before), _compared(now)
    return {
        key: (was.get(key), is_now.get(key))
        for key in sorted(was.keys() | is_now.keys())
        if was.get(key) != is_now.get(key)
    }


def newest_unfinished(runs: Path, config: Mapping[str, Any]) -> Path | None:
    """The newest run folder below `runs` that has this configuration, a checkpoint, and has not ended.

    A run whose process is alive on this machine is left alone.
    """
    for run in sorted(recorded(runs, "*/*"), key=lambda run: run.path.name, reverse=True):
        if not any(run.checkpoints.glob("*.ckpt")) or not run.resolved.is_file():
            continue
        if _can_go_on(run.facts()) and not changes(run.config(), config):
            return run.path
    return None


def newest_finished(outputs: Path, config: Mapping[str, Any]) -> Path | None:
    """The newest run folder below `outputs`, of a sweep or not, that has this configuration and came to its end."""
    runs = recorded(outputs, "runs/*/*", "sweeps/*/*/*")
    for run in sorted(runs, key=lambda run: run.record.stat().st_mtime, reverse=True):
        if run.facts()["status"] != "finished" or not run.resolved.is_file():
            continue
        before, length = run.config(), config["trainer"]
        if not changes(before, config) and all(before["trainer"].get(key) == length.get(key) for key in SIZE):
            return run.path
    return None


def _can_go_on(facts: Mapping[str, Any]) -> bool:
    if facts["status"] == "running":  # or killed before it could say so
        return not (facts.get("host") == platform.node() and alive(int(facts.get("process", 0))))
    return bool(facts["status"] != "finished")


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return process > 0


def _compared(config: Mapping[str, Any]) -> dict[str, Any]:
    compared: dict[str, Any] = settings(config) | {"trainer.precision": config.get("trainer", {}).get("precision")}
    del compared["trainer.max_steps"]
    return compared


def _shown(value: Any) -> str:
    return "absent" if value is None else str(value)

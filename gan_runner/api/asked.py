"""Which run or sweep a call names, and what is said where there was a choice."""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

from gan_runner.config.errors import ConfigError
from gan_runner.runs.finding import Found


def name_asked(asked: Any, call: str, takes: str) -> str:
    """The path or name that a call was given. Raises ConfigError for what is none, and for an empty one."""
    told = fspath(asked) if isinstance(asked, str | PathLike) else None
    if not isinstance(told, str) or not told.strip():
        raise ConfigError(f"{call}({asked!r}) names nothing: {call} takes {takes}")
    return told


def tell(key: str, asked: str, found: Found) -> None:
    """The line of the commands: which one is meant, and why that one."""
    if found.why:
        print(f"{key}={asked}: {found.run}, {found.why}", flush=True)

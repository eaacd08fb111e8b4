"""init_from: the checkpoint that a new run takes its first weights from, told by what is in it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded
from gan_runner.runs.folder import RunFolder, last_of, refuse_no_file
from gan_runner.runs.seal import checksum, damage


def pinned(given: str | Mapping[str, str]) -> dict[str, str]:
    """The file that init_from names, and the SHA-256 of its contents: {"path": …, "sha256": …}, as a run keeps it.

    given: a run folder, whose newest whole checkpoint counts, a checkpoint file, or what this has returned before.
    Raises FileNotFoundError for what is not there, ValueError for a damaged file, ConfigError for one that has
    changed since it was pinned.
    """
    if isinstance(given, Mapping):
        found = pinned(given["path"])
        if found["sha256"] != given["sha256"]:
            raise ConfigError(f"init_from.path={given['path']} has changed since: give it anew, as init_from=…")
        return found
    path = expanded(given).absolute()
    if not path.exists():
        raise FileNotFoundError(f"init_from={given} does not exist: give a run folder or a checkpoint file")
    file = last_of(path) if path.is_dir() else path
    refuse_no_file(file)
    problem = damage(file)
    if problem:
        raise ValueError(f"checkpoint {file} is damaged: {problem}")
    return {"path": str(file), "sha256": checksum(file)}


def contents_of(given: str | Mapping[str, str]) -> str:
    """The SHA-256 that stands for init_from where runs are compared: equal weights are the same start, wherever they
    lie. What has been pinned is not read again; else raises like pinned.
    """
    return given["sha256"] if isinstance(given, Mapping) else pinned(given)["sha256"]


def refuse_unfinished(file: Path) -> None:
    """Raises ConfigError for a checkpoint in the folder of a run that has not come to its end. Of one that lies
    elsewhere nothing is known.
    """
    run = RunFolder(file.parent.parent)
    status = run.facts().get("status", "finished")
    if status != "finished":
        raise ConfigError(
            f"init_from={run.path}: that run is {status}, and this one builds on what a finished one has learned: play "
            f"it to its end, {shlex.join(['gan-train', f'resume={run.path}'])}"
        )

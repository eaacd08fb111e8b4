"""Where a command may write. What stands in the way is told before any work is done, by the name that was typed."""

from __future__ import annotations

import os
from pathlib import Path

from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded
from gan_runner.runs.folder import RunFolder


def check_place(path: Path, asked: str) -> None:
    """Raises ConfigError where no file or folder `path` can be made. asked: what names it, "output=x.png" say."""
    there = next(one for one in (path, *path.parents) if os.path.isdir(one) or (one != path and os.path.exists(one)))
    called = "the working folder" if there == Path() else str(there)
    if not there.is_dir():
        raise ConfigError(f"{asked} cannot be made: {called} is a file, not a folder: choose another place")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(f"{asked} cannot be made: {called} may not be written to: choose another place")


def check_no_run(folder: Path, asked: str) -> None:
    """Raises ConfigError for the folder of a run, or of a sweep, some of whose files have the names of new ones."""
    if RunFolder(folder).record.exists() or (folder / "multirun.yaml").exists():
        raise ConfigError(f"{asked} is the folder of a run, and has a README.md of its own: choose a new folder")


def is_shared(folder: Path) -> bool:
    """Whether a folder is no place to replace files in: the working folder, the home folder, or above one of them."""
    homes = (Path.cwd(), expanded("~").resolve())
    return any(one.is_relative_to(folder.resolve()) for one in homes)

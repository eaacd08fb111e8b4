"""What loggers of services share: the package that is not there, the name of a run, how it ended."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from gan_runner.config.errors import ConfigError
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.interruption import signals
from gan_runner.runs.record import Pruned

Ended = Literal["finished", "stopped", "failed"]


def refuse_without(service: str, *modules: str) -> None:
    """Raises ConfigError where a service's package is not installed, or one of the modules that it needs here."""
    for module in (service, *modules):
        if find_spec(module) is None:
            raise ConfigError(f"logger={service} needs {module}, which is not installed: pip install {service}")


def sweep_of(folder: Path) -> str | None:
    """The sweep that a run is a job of, by the name of its folder."""
    run = RunFolder(folder.absolute())
    return run.path.parent.name if run.is_job else None


def how_ended(status: str) -> Ended:
    """What Lightning's word for the end of a run means: it calls all that is no success "failed"."""
    if status != "failed":
        return "finished"
    error = sys.exception()
    stopped = error is not None and (isinstance(error, Pruned) or signals.caused(error))
    return "stopped" if stopped else "failed"

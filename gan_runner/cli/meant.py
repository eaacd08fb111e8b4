"""run=, resume= and init_from= on the command line: which run is meant, before anything is composed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from gan_runner.config.errors import ConfigError
from gan_runner.config.overrides import PARTS, quoted_path, value_of
from gan_runner.files import expanded
from gan_runner.runs.finding import OUTPUTS, found
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.playing import is_playing
from gan_runner.training.launch import rank

KEYS = ("resume", "init_from")
"""Of gan-train; the other commands have run=."""
NO_RUN = ("", "null", "auto")
SHOWING = {"--cfg", "-c", "--info", "-i", "--shell-completion", "-sc"}
"""Flags that ask for no run."""
SWEEPING = {"-m", "--multirun"}


def with_runs(command: str, arguments: Sequence[str]) -> list[str]:
    """The same arguments, with the folders of the runs that are meant, which one line tells.

    They lie below paths.outputs of gan-train, and outputs of the others. Raises FileNotFoundError where there is none
    of that name. Of several ranks the first one looks. Where keys are given that are refused together, nobody does:
    there is a sentence for that.
    """
    keys = KEYS if command == "train" else ("run",)
    given = {key: value for key, _, value in (argument.partition("=") for argument in arguments)}
    sweeps = bool(SWEEPING & given.keys())
    goes_on, begins = (given.get(key, "") not in NO_RUN for key in KEYS)
    refused = goes_on and (sweeps or begins) if command == "train" else "ckpt" in given
    if refused or rank() or SHOWING & given.keys():
        return list(arguments)
    key = "paths.outputs" if command == "train" else "outputs"
    place = value_of(f"{key}={given[key]}") if key in given else None
    outputs = expanded(place or OUTPUTS)
    return [_with_run(argument, keys, outputs, sweeps) for argument in arguments]


def _with_run(argument: str, keys: Sequence[str], outputs: Path, sweeps: bool) -> str:
    key, equals, value = argument.partition("=")
    if key not in keys or not equals or "${" in value:
        return argument
    several = sweeps and "(" not in value and not expanded(value).exists()
    parts = PARTS.findall(value) if several else [value]
    return f"{key}={','.join(_meant(key, part, outputs) for part in parts)}"


def _meant(key: str, value: str, outputs: Path) -> str:
    """The folder of the run, in words of the grammar; what needs no looking for stays as it was typed."""
    asked = value if expanded(value).exists() else value_of(f"{key}={value}") or ""
    if asked in NO_RUN or (key == "init_from" and asked.endswith(".ckpt")):
        return value
    try:
        run, why = found(asked, outputs, "own weights" if key == "resume" else "weights")
    except FileNotFoundError as error:
        if key == "init_from":  # which may be a checkpoint as well
            raise FileNotFoundError(f"{key}={asked} does not exist: {error}") from error
        raise
    facts = RunFolder(run).facts() if key == "resume" and run.is_dir() else {}
    if is_playing(facts) and facts["process"] != os.getpid():
        raise ConfigError(
            f"resume={asked} is {run}, which process {facts['process']} is playing: wait for its end, or give another"
        )
    if not why:
        return value
    print(f"{key}={asked}: {run}, {why}", flush=True)
    return quoted_path(run)

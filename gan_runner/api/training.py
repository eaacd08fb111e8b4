"""gan_runner.train: what gan-train does, in this process."""

from __future__ import annotations

import functools
import logging
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_runner.api.mistakes import in_a_sentence
from gan_runner.api.process import alone, as_command
from gan_runner.api.stopping import TrainingStopped
from gan_runner.config.errors import ConfigError
from gan_runner.waiting.inline import in_notebook

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from gan_runner.api.run import Run

SWEEPING = ("-m", "--multirun")
CALL_AGAIN = "Start again: call gan_runner.train with the same keys"
"""In the place of what a shell is told."""


def train(*keys: str) -> Run:
    """Train a run, or go on with one, as gan-train does with the same keys: same checks, same numbers to the bit.

        run = gan_runner.train("model=dcgan", "data=mnist", "trainer.max_steps=2000")
        run = gan_runner.train("resume=last", "trainer.max_steps=4000")

    A notebook shows a bar and the newest samples below the cell. Stopped (Ctrl-C, the stop button), it saves the run at
    the batch it is at and raises TrainingStopped, a KeyboardInterrupt that says how to go on.

    Raises ConfigError, a ValueError, with the one sentence that gan-train would say, and while another training plays
    in this process; FileNotFoundError for a run or a file that is not there. Random numbers, loggers and signal
    handlers of this process are as before when it returns.
    """
    words, folders = _checked(keys), list[Path]()
    with alone(), in_a_sentence("train", words), as_command("train", words):
        told, ends = _play(folders)
    if told is None:
        return _run(folders[-1])
    stopped = _stopped(told, folders)
    if ends:
        print(stopped, flush=True)
        os.kill(os.getpid(), signal.SIGTERM)  # to whoever heard it before
    raise stopped


def _play(folders: list[Path]) -> tuple[str | None, bool]:
    """Play what the command line says. What was kept where it was stopped, as the command says it, or None; and whether
    the process was told to end.
    """
    import torch  # noqa: F401  # before signals are heard, which must not cut off its import

    from gan_runner.cli.entry import compose_and_run
    from gan_runner.runs.interruption import NOT_BEGUN, signals

    failed: list[Exception] = []
    try:
        signals.word, signals.lasting = (lambda: NOT_BEGUN), True
        signals.listen()
        compose_and_run("train", _task(folders, failed))
        if failed:
            raise failed[0]
    except BaseException as error:
        if not signals.caused(error):
            raise
        return signals.word(), signals.number == signal.SIGTERM
    finally:
        signals.finish()
        signals.unlisten()
    return None, False


def _checked(keys: Sequence[str]) -> list[str]:
    """Raises ConfigError for what is no key of a single run."""
    for key in keys:
        if not isinstance(key, str):
            raise ConfigError(f"{key!r} is no key=value: give words as gan-train takes them, train('model=dcgan')")
        if key.strip() in SWEEPING:
            raise ConfigError(
                f"train plays one run, and {key} asks for a sweep: call train for each, or play gan-train {key} in a "
                "shell, whose folder compare() reads"
            )
        if key.startswith("-"):
            raise ConfigError(f"{key} is a flag of the command gan-train: give key=value alone")
    return [*keys]


def _task(folders: list[Path], failed: list[Exception]) -> Any:
    """What Hydra runs: notes the folder, and trains there. (Of an error that it raised Hydra would print a line.)"""
    from gan_runner.cli.train import train

    @functools.wraps(train)
    def task(config: DictConfig) -> None:
        from gan_runner.runs.interruption import signals
        from gan_runner.training.train import train

        try:
            _refuse_several_devices(config)
            folders.append(Path(config.paths.run))
            if in_notebook():  # which has a bar and a picture for it; the run's train.log has every line
                _log_warnings_alone()
            signals.begin()
            train(config, closing=False)
        except Exception as error:
            failed.append(error)

    return task


def _log_warnings_alone() -> None:
    for handler in logging.root.handlers:
        if not isinstance(handler, logging.FileHandler):
            handler.setLevel(logging.WARNING)


def _refuse_several_devices(config: DictConfig) -> None:
    """Raises ConfigError: the other ranks of a run are started by the command line, which here is another program's."""
    trainer = config.trainer
    devices = trainer.get("devices", 1)
    several = devices != 1 and not (isinstance(devices, Sequence) and len(devices) == 1)
    if several or trainer.get("num_nodes", 1) != 1:
        key = "devices" if several else "num_nodes"
        raise ConfigError(
            f"trainer.{key}={trainer[key]} asks for several processes, and train plays in this one: leave it out, or "
            "play the run by gan-train in a shell"
        )


def _stopped(told: str, folders: Sequence[Path]) -> TrainingStopped:
    """What was kept, as the command says it, and how to go on here."""
    from gan_runner.runs.interruption import AGAIN, GO_ON

    kept, goes_on, _ = told.partition(GO_ON)
    folder = next(iter(folders), None)
    if folder is not None and goes_on:
        here = folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
        asked = f"resume={here}"
        told = f"{kept}{GO_ON}gan_runner.train({asked!r})"
    return TrainingStopped(told.replace(AGAIN, CALL_AGAIN), None if folder is None else _run(folder))


def _run(folder: Path) -> Run:
    from gan_runner.api.run import Run

    return Run(folder)

"""A command played within a process that goes on after it: what it changes there is put back."""

from __future__ import annotations

import gc
import logging
import os
import sys
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from gan_runner.config.errors import ConfigError

OF_THE_PROCESS = ("HYDRA_FULL_ERROR", "PL_GLOBAL_SEED", "PL_SEED_WORKERS")
"""Variables of the environment that a command sets."""
PLAYING = threading.Lock()
"""Held while a training is played: Hydra, loggers and random numbers are those of the whole process."""


@contextmanager
def alone() -> Iterator[None]:
    """Let the block be the one training of this process. Raises ConfigError while another is played."""
    if not PLAYING.acquire(blocking=False):
        raise ConfigError(
            "another training is playing in this process: wait until it ends, or run gan-train in a process of its own"
        )
    try:
        yield
    finally:
        PLAYING.release()


@contextmanager
def as_command(name: str, words: Sequence[str]) -> Iterator[None]:
    """Let the block be gan-<name> with these words. Afterwards the command line, the environment, loggers, warnings,
    random numbers and what Hydra knows are as before.
    """
    with ExitStack() as back:
        for kept in (_command_line(name, words), _environment(), _loggers(), _random_numbers(), _hydra()):
            back.enter_context(kept)
        back.enter_context(warnings.catch_warnings())
        yield
    gc.collect()  # networks and optimizers lie in circles, and a device's memory with them


@contextmanager
def _command_line(name: str, words: Sequence[str]) -> Iterator[None]:
    before = sys.argv
    sys.argv = [f"gan-{name}", *words]
    try:
        yield
    finally:
        sys.argv = before


@contextmanager
def _environment() -> Iterator[None]:
    before = {key: os.environ.get(key) for key in OF_THE_PROCESS}
    os.environ["HYDRA_FULL_ERROR"] = "1"  # Hydra raises instead of printing
    try:
        yield
    finally:
        for key, value in before.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


@contextmanager
def _loggers() -> Iterator[None]:
    """Hydra has the root logger write to the console and into the run folder."""
    root = logging.root
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        for handler in root.handlers:
            if handler not in handlers:
                handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)


@contextmanager
def _random_numbers() -> Iterator[None]:
    from gan_runner import rng

    before = rng.state()
    try:
        yield
    finally:
        rng.restore(before)


@contextmanager
def _hydra() -> Iterator[None]:
    from hydra.core.global_hydra import GlobalHydra
    from hydra.core.hydra_config import HydraConfig

    everywhere, of_job = GlobalHydra.instance(), HydraConfig.instance()
    before = everywhere.hydra, of_job.cfg
    everywhere.clear()
    try:
        yield
    finally:
        everywhere.hydra, of_job.cfg = before

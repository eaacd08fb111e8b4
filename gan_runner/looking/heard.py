"""What reading a set says in the log, kept instead of shown: files that are skipped, and what is taken of others."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

READING = "gan_runner.data"
SKIPPING = "gan_runner.data.files.cache"
NOTING = ("gan_runner.data.files.survey", "gan_runner.data.containers.arrays", "gan_runner.data.containers.idx")
WARNING = "gan_runner.data.containers"


class Heard(logging.Handler):
    """skipped: of each file that cannot be decoded its name and why. notes: what is scaled, turned or left out of
    files. warned: what containers have to say: of names that are there twice, links, a tar that may be cut.
    """

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.skipped: list[str] = []
        self.notes: list[str] = []
        self.warned: list[str] = []

    def read_anew(self) -> None:
        """Forget which files were skipped: all are read once more."""
        self.skipped.clear()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name == SKIPPING and record.levelno >= logging.WARNING:
            self.skipped += [str(one) for one in record.args or ()]
        elif record.name in NOTING:
            self.notes.append(record.getMessage())
        elif record.name.startswith(WARNING) and record.levelno >= logging.WARNING:
            self.warned.append(record.getMessage())


@contextmanager
def heard() -> Iterator[Heard]:
    """Nothing of it is shown meanwhile."""
    logger, handler = logging.getLogger(READING), Heard()
    level, passed_on = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield handler
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = passed_on

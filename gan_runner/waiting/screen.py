"""Lines at the bottom of a terminal that change in place."""

from __future__ import annotations

import logging
import os
import sys
from typing import Any, ClassVar

from rich.console import Console, Group, RenderableType
from rich.live import Live

NOTEBOOK = "JPY_PARENT_PID"
"""Jupyter sets it for a kernel and what that starts, whose terminal can move no cursor."""


class Screen:
    """What others print or log appears above its lines. There is one at a time: who comes second writes into it."""

    present: ClassVar[Screen | None] = None

    def __init__(self, transient: bool = False) -> None:
        """transient: whether its last lines go when it stops."""
        self.console = Console(highlight=False, file=sys.stdout)
        self._live = Live(console=self.console, auto_refresh=False, transient=transient)
        self._streams: list[tuple[logging.StreamHandler[Any], Any]] = []

    def start(self) -> None:
        """Log handlers hold the terminal itself: lead them too to where their lines appear above."""
        self._live.start()
        Screen.present = self
        for name in (None, "pytorch_lightning", "lightning.pytorch", "lightning"):
            for handler in logging.getLogger(name).handlers:
                if isinstance(handler, logging.StreamHandler) and _is_terminal(handler.stream):
                    self._streams.append((handler, handler.setStream(sys.stdout)))

    def show(self, *lines: RenderableType) -> None:
        """In the place of the lines before."""
        self._live.update(Group(*lines), refresh=True)

    def stop(self) -> None:
        """Leave the terminal as it was."""
        for handler, stream in self._streams:
            handler.setStream(stream)
        self._streams.clear()
        self._live.stop()
        if Screen.present is self:
            Screen.present = None


def has_terminal() -> bool:
    """Whether stdout is a terminal on which lines can change in place."""
    able = sys.stdout.isatty() and not Console(file=sys.stdout).is_dumb_terminal
    return able and NOTEBOOK not in os.environ


def _is_terminal(stream: Any) -> bool:
    """Handlers keep streams that were closed, and None once they are closed themselves."""
    return stream is not None and not stream.closed and stream.isatty()

"""A game that plays in a process of its own, and is steered from here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from multiprocessing import get_context
from threading import Event as Flag
from typing import Any

from gan_runner.web.line import GONE, Line
from gan_runner.web.player import Explain, one_line, serve

Event = tuple[dict[str, Any], list[bytes]]
"""A header, and the arrays that it tells of."""


class LiveGame:
    """One game in a process of its own, which is kept for the next: a new one begins without importing again.

    Events, by header["event"]: "began" with the reals as array 0; "frame" with header["arrays"], in that order;
    "refused" with a sentence, of a configuration or a command, which changed nothing; "ended" with a reason. All have
    the number of their game, and those of games before the present one are not told.

    explain: puts an error into a sentence; called in the process, so it has to be importable by name.
    """

    def __init__(self, explain: Explain = one_line) -> None:
        self._explain = explain
        self.game = 0
        """How many were asked for."""
        self._there = Flag()
        """Whether there is a process."""
        self._start()

    def _start(self) -> None:
        context = get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=serve, args=(theirs, self._explain), name="gan-play", daemon=True)
        self._process.start()
        theirs.close()
        self._line = Line(ours)
        self._there.set()

    def new(self, overrides: Sequence[str]) -> None:
        """End the present game and begin one of these settings, as gan-train takes them: paused, at batch 0."""
        if not self._there.is_set():
            self._start()
        self.game += 1
        self._line.say({"do": "new", "game": self.game, "overrides": list(overrides)})

    def send(self, command: Mapping[str, Any]) -> None:
        """One of the commands of callbacks.live; never blocks."""
        self._line.say(dict(command))

    def receive(self, timeout: float | None) -> Event | None:
        """The next event of the present game. None: nothing came within `timeout` seconds (None: wait for one)."""
        if not self._there.wait(timeout):
            return None
        while True:
            message = self._line.hear(timeout)
            if message is None:
                return None
            if message is GONE:
                self._there.clear()
                self._process.join(1)
                reason = f"the process that played it has ended (exit code {self._process.exitcode})"
                return {"event": "ended", "game": self.game, "reason": reason}, []
            header, arrays = message
            if header["event"] == "frame":
                self._line.say({"do": "taken"})
            if header["game"] == self.game:
                return header, arrays

    def close(self) -> None:
        """End the game and its process."""
        self._line.say({"do": "close"})
        self._process.join(2)
        if self._process.is_alive():
            self._process.terminate()
            self._process.join(2)

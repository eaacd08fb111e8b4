"""How far something is that a run waits for before it plays: what it fetches, decodes, trains to judge by."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import perf_counter

from rich.progress_bar import ProgressBar
from rich.table import Table

from gan_runner.waiting.clock import clock
from gan_runner.waiting.inline import Inline, bar, in_notebook
from gan_runner.waiting.screen import Screen, has_terminal

PATIENCE = 5.0
"""Seconds before the first plain line: what is done by then needs none."""
SILENCE, INLINE = 20.0, 1.0
"""Seconds between plain lines, and between two refreshes of a notebook's bar."""
REFRESH = 0.2
"""Seconds between two refreshes of a bar."""


@contextmanager
def preparing(what: str, total: int | None, unit: str, each: float = 1) -> Iterator[Callable[[int], None]]:
    """A bar, or plain lines where there is no terminal and no notebook's cell; nothing of what is soon done.

    Gives what is to be called with the number of those that are done since the last call. total: how many there are, if
    that is known. unit: what they are counted in, of which one is `each` of them: 1e6 for bytes as MB.
    """
    told = _Told(what, total, unit, each)
    try:
        yield told.advance
    finally:
        told.close()


class _Told:
    def __init__(self, what: str, total: int | None, unit: str, each: float) -> None:
        self.what, self.total, self.unit, self.each = what, total, unit, each
        self.done, self._begun = 0, perf_counter()
        self._is_drawn = has_terminal()
        self._due = self._begun + (REFRESH if self._is_drawn else PATIENCE)
        self._place = Inline() if not self._is_drawn and in_notebook() else None
        self._screen: Screen | None = None
        self._is_ours = self._is_said = False

    def advance(self, count: int) -> None:
        self.done += count
        now = perf_counter()
        if now < self._due:
            return
        if self._is_drawn:
            self._draw(now)
        else:
            self._say(", ".join(self._state(now)))
            self._is_said = True
        self._due = now + (REFRESH if self._is_drawn else SILENCE if self._place is None else INLINE)

    def close(self) -> None:
        """The bar is gone once it is done; lines end with one that says how long it took."""
        if self._screen is not None:
            self._screen.show()
            if self._is_ours:
                self._screen.stop()
        if self._is_said:
            self._say(f"{self._count()} in {clock(perf_counter() - self._begun)}")

    def _say(self, told: str) -> None:
        line = f"{self.what}: {told}"
        if self._place is None:
            print(line, flush=True)
        else:
            self._place.show(bar(self.done, self.total, [line]), line)

    def _draw(self, now: float) -> None:
        if self._screen is None:
            self._screen, self._is_ours = Screen.present or Screen(transient=True), Screen.present is None
            if self._is_ours:
                self._screen.start()
        row = Table.grid(padding=(0, 1))
        bar = ProgressBar(self.total, self.done, width=30, pulse=self.total is None)
        row.add_row(self.what, bar, *self._state(now))
        self._screen.show(row)

    def _state(self, now: float) -> list[str]:
        """How many, and the time left."""
        if not self.total or not self.done:
            return [self._count()]
        left = (self.total - self.done) * (now - self._begun) / self.done
        return [f"{self._count()} ({self.done / self.total:.0%})", f"{clock(left)} left"]

    def _count(self) -> str:
        of = "" if self.total is None else f"/{self.total / self.each:.0f}"
        return f"{self.done / self.each:.0f}{of} {self.unit}"

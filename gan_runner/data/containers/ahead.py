"""Rows that a library takes long to give one by one: those asked for in their order are read several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

MOST_ROWS, MOST_BYTES = 32, 1 << 22
"""That a thread reads together."""


class Ahead(threading.local):
    """What each thread has read beyond what it was asked for, and the row that it got last."""

    def __init__(self) -> None:
        self._last: tuple[str, int] = ("", -2)
        self._row: Any = None
        self._rows: list[Any] = []

    def get(self, key: str, index: int, together: int, read: Callable[[int], Sequence[Any]]) -> Any:
        """A row. read: as many rows from this one on as it is told.

        A row that follows the one asked for before brings those up to the next multiple of `together`; any other is
        read alone. Raises what `read` raises of the row alone.
        """
        if (key, index) == self._last:
            return self._row
        if (key, index - 1) != self._last:
            self._rows = _read(read, 1)
        elif not self._rows:
            self._rows = _read(read, together - index % together)
        self._last, self._row = (key, index), self._rows.pop()
        return self._row


def several(size: int, count: int) -> int:
    """How many of `count` rows that take so many bytes together are read at a time: a power of two."""
    fits = max(1, min(MOST_ROWS, MOST_BYTES * count // max(1, size)))
    return 1 << (fits.bit_length() - 1)


def _read(read: Callable[[int], Sequence[Any]], count: int) -> list[Any]:
    """Rows, last first. Where one of them cannot be read, the first alone."""
    try:
        return [*read(count)][::-1]
    except Exception:  # of a library
        if count == 1:
            raise
        return [*read(1)][::-1]

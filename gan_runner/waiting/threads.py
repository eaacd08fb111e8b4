"""Many small pieces of work that a run waits for, by a thread for each core."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from gan_runner.waiting.preparing import preparing

AT_ONCE = 32
"""Pieces that a thread takes together: to hand one over costs about as much as to read a small file."""
AHEAD = 2
"""Parts for each thread that are made before they are asked for."""

Item = TypeVar("Item")
Made = TypeVar("Made")


def cores() -> int:
    """That this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def each(function: Callable[[Item], Made], items: Sequence[Item], what: str, unit: str) -> Generator[Made]:
    """What a function makes of items, in their order, behind a bar that says `what` (see `preparing`).

    It pays where the function releases the interpreter's lock, as reading, hashing and decoding do. Closed before its
    end, nothing more is begun.
    """
    threads = cores()
    parts: deque[Future[list[Made]]] = deque()
    pool = ThreadPoolExecutor(threads)
    with preparing(what, len(items), unit) as done:

        def first() -> list[Made]:
            found = parts.popleft().result()
            done(len(found))
            return found

        try:
            for start in range(0, len(items), AT_ONCE):
                parts.append(pool.submit(_all, function, items[start : start + AT_ONCE]))
                if len(parts) > AHEAD * threads:
                    yield from first()
            while parts:
                yield from first()
        finally:
            pool.shutdown(cancel_futures=True)


def _all(function: Callable[[Item], Made], items: Sequence[Item]) -> list[Made]:
    return [function(item) for item in items]

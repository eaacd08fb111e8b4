"""A browser that watches: what waits to be sent to it. Words wait in order, of frames only the newest of each game."""

from __future__ import annotations

import asyncio
from collections import deque

MOST = 500
"""Words that may wait for a browser before it counts as gone."""


class Seat:
    """Filled from the event loop, emptied by the one task that sends."""

    def __init__(self) -> None:
        self.words: deque[str] = deque()
        self.frames: dict[str, bytes] = {}
        self.gone = asyncio.Event()
        """Set once it does not read: nothing is kept for it any more."""
        self._something = asyncio.Event()

    def say(self, text: str) -> None:
        if len(self.words) == MOST:
            self.gone.set()
            self.words.clear()
            self.frames.clear()
        if not self.gone.is_set():
            self.words.append(text)
            self._something.set()

    def show(self, side: str, frame: bytes) -> None:
        """A slow browser misses the frames in between."""
        if not self.gone.is_set():
            self.frames[side] = frame
            self._something.set()

    async def next(self) -> str | bytes:
        """What to send now, words before frames."""
        while not self.words and not self.frames:
            self._something.clear()
            await self._something.wait()
        if self.words:
            return self.words.popleft()
        return self.frames.pop(next(iter(self.frames)))

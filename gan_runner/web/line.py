"""One end of a line between two processes, on which nobody waits for the other."""

from __future__ import annotations

import threading
from multiprocessing.connection import Connection
from queue import Empty, SimpleQueue
from typing import Any

GONE: dict[str, Any] = {}
"""What is heard once the other end is gone."""


class Line:
    """Messages are sent by a thread of their own and received by another: neither saying nor asking ever blocks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._out: SimpleQueue[Any] = SimpleQueue()
        self._in: SimpleQueue[Any] = SimpleQueue()
        for work in (self._send, self._receive):
            threading.Thread(target=work, daemon=True).start()

    def say(self, message: Any) -> None:
        """Send a message, in the order in which they are said."""
        self._out.put(message)

    def hear(self, timeout: float | None = None) -> Any:
        """The next message, GONE where no more can come; None: nothing came within `timeout` seconds."""
        try:
            if timeout == 0:
                return self._in.get_nowait()
            return self._in.get(timeout=timeout)
        except Empty:
            return None

    def _send(self) -> None:
        while True:
            try:
                self._connection.send(self._out.get())
            except OSError:  # the other end is gone, which the other thread notices
                return

    def _receive(self) -> None:
        while True:
            try:
                message = self._connection.recv()
            except (EOFError, OSError):
                self._in.put(GONE)
                return
            self._in.put(message)

"""Rows of an array that is kept in blocks: the last ones read stay, so that no block is unpacked once for each row."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_BYTES = 128_000_000
FEWEST = 2
"""Blocks that are kept however large they are: threads that read in order are in two at a time."""


class Blocks:
    """The blocks last used, for several threads: whoever asks for one that is being read waits for it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes = most_bytes
        self._kept: OrderedDict[Hashable, NDArray[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable, read: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                found = self._kept[key] = np.asarray(read())
                self._drop()
            self._kept.move_to_end(key)
            return found

    def _drop(self) -> None:
        size = sum(block.nbytes for block in self._kept.values())
        while size > self.most_bytes and len(self._kept) > FEWEST:
            _, oldest = self._kept.popitem(last=False)
            size -= oldest.nbytes

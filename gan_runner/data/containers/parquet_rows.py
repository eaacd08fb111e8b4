"""Single rows of parquet files, which are kept in groups: a few blocks of rows are held for the next to ask."""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from gan_runner.data.containers.parquet_columns import Columns

ROWS = 100
"""Of a block; a group that Hugging Face's library writes has as many."""
HELD_BYTES = 128_000_000
"""Of blocks that are held."""
FILES = 4
"""Files that are kept open."""

Block = tuple[int, int, int]
"""File, group and place in it."""


class Rows:
    """The images of files whose paths, columns and rows per group are given, for all threads of one process.

    A group is read from its beginning, block by block: rows asked for in order are read once, and no more than
    HELD_BYTES of them lie in memory, however large a group is.
    """

    def __init__(self, files: Sequence[tuple[Path, Columns, list[int]]], opened: Callable[[Path], Any]) -> None:
        self.files, self.opened = files, opened
        self._starts = [[0, *accumulate(groups)] for _, _, groups in files]
        self._lock = threading.Lock()
        self._open: OrderedDict[int, Any] = OrderedDict()
        self._held: OrderedDict[Block, Any] = OrderedDict()
        self._bytes = 0
        self._broken: dict[tuple[int, int], tuple[int, Exception]] = {}
        self._at: Block = (-1, -1, 0)
        self._ahead: Iterator[Any] = iter(())

    def row(self, file: int, row: int) -> bytes | None:
        """None where there is a path alone."""
        starts = self._starts[file]
        group = bisect_right(starts, row) - 1
        place, offset = divmod(row - starts[group], ROWS)
        with self._lock:
            block = self._block((file, group, place))
        found: bytes | None = block[offset].as_py()
        return found

    def may_have_bytes(self, file: int) -> bool:
        """Whether any row has an image, by the counts that a file keeps; where it keeps none, by its first rows."""
        with self._lock:
            return any(self._nulls(file, group) < rows for group, rows in enumerate(self.files[file][2]))

    def _nulls(self, file: int, group: int) -> int:
        """How many rows of a group have none."""
        meta = self._file(file).metadata.row_group(group)
        chunks = (meta.column(place) for place in range(meta.num_columns))
        image = next(chunk for chunk in chunks if chunk.path_in_schema == self.files[file][1].image)
        if image.is_stats_set and image.statistics.has_null_count:
            return int(image.statistics.null_count)
        block = self._block((file, group, 0))
        return int(meta.num_rows) if block.null_count == len(block) else block.null_count

    def _file(self, number: int) -> Any:
        if number not in self._open:
            self._open[number] = self.opened(self.files[number][0])
            if len(self._open) > FILES:
                self._open.popitem(last=False)
        self._open.move_to_end(number)
        return self._open[number]

    def _block(self, wanted: Block) -> Any:
        """A block's images, as an array of bytes; whoever asks has the lock."""
        if wanted in self._held:
            self._held.move_to_end(wanted)
            return self._held[wanted]
        file, group, place = wanted
        last, broken = self._broken.get((file, group), (place + 1, None))
        if broken is not None and place >= last:
            raise broken
        if self._at[:2] != (file, group) or self._at[2] > place:
            self._at = (file, group, 0)
            self._ahead = self._file(file).iter_batches(
                ROWS, row_groups=[group], columns=[self.files[file][1].image], use_threads=False
            )
        for passed in range(self._at[2], place + 1):
            self._hold((file, group, passed), self._next(file, group, passed))
            self._at = (file, group, passed + 1)
        return self._held[wanted]

    def _next(self, file: int, group: int, place: int) -> Any:
        """The block that follows. Behind one that cannot be read, none of its group is."""
        try:
            return next(self._ahead)
        except Exception as error:
            self._broken[file, group] = place, error
            self._at = (-1, -1, 0)
            raise

    def _hold(self, block: Block, batch: Any) -> None:
        import pyarrow.compute

        column = batch.column(0)
        if pyarrow.types.is_struct(column.type):
            column = pyarrow.compute.struct_field(column, "bytes")
        self._held[block] = column
        self._bytes += column.nbytes
        while self._bytes > HELD_BYTES and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].nbytes

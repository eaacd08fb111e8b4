"""Images in an HDF5 file, such as those of StudioGAN."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.ahead import Ahead, several
from gan_runner.data.containers.array_keys import Member
from gan_runner.data.containers.arrays import Array, Arrays
from gan_runner.data.containers.base import Stored
from gan_runner.data.containers.blocks import MOST_BYTES, Blocks
from gan_runner.data.containers.memory import check_fits
from gan_runner.data.containers.optional import needed

log = logging.getLogger(__name__)
SIGNATURE = b"\x89HDF\r\n\x1a\n"
STARTS = (0, 512, 1024, 2048)
"""Where it may lie: before it is what other programs put there."""
AT_A_TIME = 1 << 18
"""Bytes that are read at a time where the file says nothing of it."""
OBJECT = np.dtype(object)


class Hdf5(Arrays):
    """Data sets in groups; links that lead out of the file are not followed.

    Whole chunks are read, along the axis of the images, and the last ones stay: what is read in the file's own order
    unpacks each once. Of images drawn at random from compressed chunks each may cost one.
    """

    kind = "hdf5"
    in_blocks = True

    def __init__(self, path: Path, array: Array = None) -> None:
        super().__init__(path, array)
        self._blocks, self._ahead = Blocks(), Ahead()
        self._sets: dict[str, Any] = {}

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return is_hdf5(path)

    def open(self) -> Any:
        h5py = needed("h5py", self.path, "an HDF5 file")
        self._sets = {}
        try:
            return h5py.File(self.path, "r", locking="best-effort")
        except OSError as error:
            raise ValueError(f"{self.path} cannot be read as HDF5, it is damaged or cut off: {error}") from error

    def members(self) -> Mapping[str, Member]:
        found: dict[str, Member] = {}

        def note(name: str, one: Any) -> None:
            with suppress(TypeError):  # a type that numpy does not have
                if hasattr(one, "dtype") and one.shape is not None and not name.startswith("#"):  # "#": MATLAB's own
                    found[name] = Member(one.shape, one.dtype, encoded=_is_encoded(one))

        try:
            self.handle.visititems(note)
        except (OSError, RuntimeError, KeyError) as error:
            raise ValueError(f"{self.path} cannot be read as HDF5, it is damaged: {error}") from error
        return found

    def _at(self, key: str) -> Any:
        """A data set, looked up once in a process: that takes as long as to read a row."""
        file = self.handle
        if key not in self._sets:
            self._sets[key] = file[key]
        return self._sets[key]

    def whole(self, key: str) -> NDArray[Any]:
        one = self._at(key)
        check_fits(one.nbytes, f"{self.path}: {key}", "it is too large for labels")
        try:
            return np.asarray(one[()])
        except OSError as error:
            raise ValueError(f"cannot be read, the file is damaged: {error}") from error

    @cached_property
    def _block_rows(self) -> dict[tuple[str, int], int]:
        return {}

    def _rows_of(self, key: str, axis: int) -> int:
        """How many rows of a data set are read at a time: those of a chunk, or several image files."""
        if (key, axis) not in self._block_rows:
            one = self._at(key)
            if self.known[key].encoded:
                self._block_rows[key, axis] = several(self.path.stat().st_size, len(one))
                return self._block_rows[key, axis]
            row = max(1, one.nbytes // max(1, one.shape[axis]))
            rows = one.chunks[axis] if one.chunks else max(1, AT_A_TIME // row)
            if one.chunks:
                check_fits(rows * row, f"{self.path}: a chunk of {key}", "write it in smaller chunks")
            self._block_rows[key, axis] = rows
        return self._block_rows[key, axis]

    def row(self, key: str, axis: int, index: int) -> Stored:
        one, rows = self._at(key), self._rows_of(key, axis)
        if self.known[key].encoded:
            return bytes(self._ahead.get(key, index, rows, lambda count: one[index : index + count]))
        block, place = divmod(index, rows)
        part = (slice(None),) * axis + (slice(block * rows, (block + 1) * rows),)
        found = self._blocks.get((key, axis, block), lambda: one[part])
        return np.asarray(found[(slice(None),) * axis + (place,)])

    def check_stream(self) -> None:
        """Say what images drawn at random cost where several are compressed as one."""
        for stack in self.stacks:
            one, axis = self._at(stack.part.images), stack.layout.row_axis
            if one.chunks and one.compression and one.chunks[axis] > 1 and one.nbytes > MOST_BYTES:
                log.warning(
                    "%s: data.stream=true unpacks a chunk of %d images of %s for nearly each that it draws: write it "
                    "without compression, or set data.stream=false",
                    self.path,
                    one.chunks[axis],
                    stack.part.images,
                )

    def make_ready(self, key: str) -> None:
        one = self._at(key)
        if one.is_virtual:
            log.warning("%s: %s is pieced together from other files: what is missing of them reads as zeros",
                        self.path, key)  # fmt: skip


def _is_encoded(one: Any) -> bool:
    """Whether each entry is a row of bytes of its own length, as image files are kept."""
    if one.dtype != OBJECT or len(one.shape) != 1:
        return False
    import h5py  # whoever has a data set has it

    return bool(h5py.check_vlen_dtype(one.dtype) == np.uint8)


def is_hdf5(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        start = file.read(max(STARTS) + len(SIGNATURE))
    return any(start[place : place + len(SIGNATURE)] == SIGNATURE for place in STARTS)

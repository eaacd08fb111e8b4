"""Images in one array of numpy, a .npy file."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Member
from gan_runner.data.containers.arrays import Arrays
from gan_runner.data.containers.blocks import Blocks

START = b"\x93NUMPY"
FEW_ROWS = 64
"""What is read at a time of an array whose images are not apart in the file."""


class Npy(Arrays):
    """Mapped, never read as a whole."""

    kind = "npy"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return begins_with(path, START)

    @cached_property
    def _mapped(self) -> NDArray[Any]:
        with self.path.open("rb") as file:
            shape, fortran, dtype = header(file, self.path)
            return mapped(self.path, file.tell(), shape, fortran, dtype)

    @cached_property
    def _rows(self) -> Rows:
        return Rows()

    def members(self) -> Mapping[str, Member]:
        with self.path.open("rb") as file:
            shape, _, dtype = header(file, self.path)
        return {"images": Member(shape, dtype)}

    def make_ready(self, key: str) -> None:
        self.whole(key)

    def whole(self, key: str) -> NDArray[Any]:
        return self._mapped

    def row(self, key: str, axis: int, index: int) -> NDArray[Any]:
        return self._rows.of(key, self._mapped, axis, index)


class Rows:
    """Rows of arrays that lie in memory or are mapped. Where the parts of a row lie apart, several are copied at a
    time: each alone would bring in the pages of the whole file.
    """

    def __init__(self) -> None:
        self._blocks = Blocks()

    def of(self, key: str, array: NDArray[Any], axis: int, index: int) -> NDArray[Any]:
        if array.strides[axis] == max(array.strides):
            return np.asarray(array.take(index, axis) if axis else array[index])
        block, place = divmod(index, FEW_ROWS)
        rows = (slice(None),) * axis + (slice(block * FEW_ROWS, (block + 1) * FEW_ROWS),)
        return np.asarray(self._blocks.get((key, block), lambda: array[rows].copy()).take(place, axis))


def begins_with(path: Path, *starts: bytes) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(max(map(len, starts))).startswith(starts)


def header(file: BinaryIO, what: object) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Shape, whether the first axis varies fastest, and type. Raises ValueError, naming `what`."""
    try:
        version = npy.read_magic(file)
        reads = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(version)
        if reads is None:
            raise ValueError(f"its version {version[0]}.{version[1]} is that of tables")
        shape, fortran, dtype = reads(file)
    except (ValueError, EOFError) as error:
        raise ValueError(f"{what} cannot be read as an array of numpy: {error}") from error
    return shape, fortran, dtype


def check_no_objects(dtype: np.dtype[Any]) -> None:
    if dtype.hasobject:
        raise ValueError("are objects of Python, whose pickles are never read: save numbers or words")


def mapped(path: Path, offset: int, shape: tuple[int, ...], fortran: bool, dtype: np.dtype[Any]) -> NDArray[Any]:
    """An array as it lies in a file. Raises ValueError where the file is too short for it, or it holds pickles."""
    check_no_objects(dtype)
    size = math.prod(shape) * dtype.itemsize
    there = path.stat().st_size - offset
    if there < size:
        raise ValueError(f"{path} is cut off: its header promises {size} bytes of pixels, {max(0, there)} follow")
    if not size:
        return np.empty(shape, dtype)
    return np.memmap(path, dtype, "r", offset, shape, "F" if fortran else "C")

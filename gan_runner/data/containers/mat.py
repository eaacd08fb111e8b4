"""Images in a file of MATLAB, such as those of SVHN."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Member, Part, role_of
from gan_runner.data.containers.arrays import Array, Arrays
from gan_runner.data.containers.hdf5 import Hdf5
from gan_runner.data.containers.layouts import Layout, matlab_layout_of
from gan_runner.data.containers.memory import check_fits
from gan_runner.data.containers.npy import Rows, begins_with

STARTS = (b"MATLAB 5.0 MAT-file", b"MATLAB 7.3 MAT-file")
SVHN = {"train": "train_32x32.mat", "test": "test_32x32.mat"}
"""What SVHN calls its splits. A folder of these is a set."""
ZERO = 10
"""SVHN's label of the digit 0."""
TYPES = {"single": "f4", "double": "f8", "logical": "?", "char": "U1"}
NO_ARRAYS = {"cell", "struct", "object", "function", "opaque", "sparse"}


class Mat(Arrays):
    """Each array is read into memory as a whole, but for files of version 7.3, which are HDF5.

    Images lie along the last axis, as MATLAB has them, or along the first where the labels say so.
    """

    kind = "mat"

    def __init__(self, path: Path, array: Array = None) -> None:
        super().__init__(path, array)
        self._arrays: dict[str, NDArray[Any]] = {}
        self._reading, self._rows = threading.Lock(), Rows()

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if path.is_dir():
            return begins_with(path / SVHN["train"], *STARTS)
        return begins_with(path, *STARTS)

    @cached_property
    def _files(self) -> dict[str, Path]:
        """By the split that comes before the names of its arrays."""
        if not self.path.is_dir():
            return {"": self.path}
        return {f"{split}/": file for split, name in SVHN.items() if (file := self.path / name).is_file()}

    def file(self, key: str) -> Path:
        return next(file for split, file in self._files.items() if key.startswith(split))

    def _name(self, key: str) -> str:
        return key.rpartition("/")[2]

    @cached_property
    def _hdf5(self) -> dict[Path, Hdf5]:
        """The files that are HDF5, whose axes are MATLAB's in reverse."""
        return {file: Hdf5(file) for file in self._files.values() if begins_with(file, STARTS[1])}

    # ---- what it holds ------------------------------------------------------------------------------------------

    def members(self) -> Mapping[str, Member]:
        found: dict[str, Member] = {}
        for split, file in self._files.items():
            inside = _of_matlab(self._hdf5[file].members()) if file in self._hdf5 else _members(file)
            found |= {f"{split}{name}": member for name, member in _with_last_axes(inside).items()}
        return found

    def layout(self, member: Member, labels: Member | None) -> Layout:
        return matlab_layout_of(member.shape, None if labels is None else math.prod(labels.shape))

    def make_ready(self, key: str) -> None:
        if self.file(key) not in self._hdf5:
            self.whole(key)

    def labels_of(self, part: Part, count: int) -> NDArray[Any] | None:
        found = super().labels_of(part, count)
        names = (self._name(part.images), self._name(part.labels or ""))
        if found is None or names != ("X", "y") or self.known[part.images].shape[:3] != (32, 32, 3):
            return found
        return np.where(found == ZERO, 0, found) if found.min() > 0 else found

    # ---- reading ------------------------------------------------------------------------------------------------

    def whole(self, key: str) -> NDArray[Any]:
        file, name = self.file(key), self._name(key)
        if file in self._hdf5:
            return self._hdf5[file].whole(name).T
        with self._reading:
            if key not in self._arrays:
                self._arrays[key] = _loaded(file, name)
            return self._arrays[key]

    def row(self, key: str, axis: int, index: int) -> NDArray[Any]:
        file, name = self.file(key), self._name(key)
        if file not in self._hdf5:
            array = self.whole(key)
            return array if axis == array.ndim else self._rows.of(key, array, axis, index)
        last = len(self._hdf5[file].known[name].shape) - 1
        if axis > last:
            return self.whole(key)
        return np.asarray(self._hdf5[file].row(name, last - axis, index)).T


def _members(file: Path) -> dict[str, Member]:
    """Of a file of the versions up to 7.2."""
    from scipy.io import whosmat

    with _reading(file):
        found = whosmat(file)
    return {
        name: Member(tuple(map(int, shape)), np.dtype(TYPES.get(kind, kind)))
        for name, shape, kind in found
        if kind not in NO_ARRAYS
    }


def _of_matlab(inside: Mapping[str, Member]) -> dict[str, Member]:
    """What an HDF5 file of version 7.3 holds, with the axes that MATLAB gives it."""
    return {name: Member(one.shape[::-1], one.dtype) for name, one in inside.items() if one.dtype.kind != "O"}


def _with_last_axes(members: Mapping[str, Member]) -> dict[str, Member]:
    """MATLAB drops last axes of 1, as that of the images is where there is one: of one label."""
    one = any(role_of(name) == "labels" and math.prod(member.shape) == 1 for name, member in members.items())
    return {
        name: Member((*member.shape, 1), member.dtype) if one and member.shape[2:] == (3,) else member
        for name, member in members.items()
    }


def _loaded(file: Path, name: str) -> NDArray[Any]:
    from scipy.io import loadmat

    member = _members(file)[name]
    size = math.prod(member.shape) * member.dtype.itemsize
    remedy = "save it with -v7.3, which is read in parts"
    check_fits(size, f"{file}: {name}", remedy)
    with _reading(file):
        found = np.asarray(loadmat(file, variable_names=[name])[name])
    return found.astype(bool) if member.dtype == bool else found


@contextmanager
def _reading(file: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # a damaged file makes scipy raise anything
        raise ValueError(f"{file} cannot be read as a file of MATLAB, it is damaged or cut off: {error}") from error

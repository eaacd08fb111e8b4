"""Images in an archive of numpy, a .npz file, such as those of MedMNIST."""

from __future__ import annotations

import math
import struct
import threading
import zipfile
import zlib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Member
from gan_runner.data.containers.arrays import Arrays
from gan_runner.data.containers.memory import check_fits
from gan_runner.data.containers.npy import Rows, begins_with, check_no_objects, header, mapped

SUFFIX = ".npy"
NAME_AT = 30
"""Where the name begins in the header of a member, after the lengths of it and of what follows."""


class Npz(Arrays):
    """Arrays that are not compressed are mapped where they lie; the others are unpacked into memory, as a whole."""

    kind = "npz"

    def __init__(self, path: Path, array: str | tuple[str, ...] | None = None) -> None:
        super().__init__(path, array)
        self._arrays: dict[str, NDArray[Any]] = {}
        self._reading = threading.Lock()

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if not begins_with(path, b"PK\x03\x04"):
            return False
        with path.open("rb") as file:
            start = file.read(NAME_AT + 256)
        length = int.from_bytes(start[NAME_AT - 4 : NAME_AT - 2], "little")
        return path.suffix.lower() == ".npz" or start[NAME_AT : NAME_AT + length].endswith(SUFFIX.encode())

    def open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path} cannot be read as an archive of numpy, it is damaged or cut off: {error}"
                             ) from error  # fmt: skip

    def members(self) -> Mapping[str, Member]:
        names = [name for name in self.handle.namelist() if name.endswith(SUFFIX)]
        return {name.removesuffix(SUFFIX): self._member(name) for name in names}

    def _member(self, name: str) -> Member:
        try:
            with self.handle.open(name) as file:
                shape, _, dtype = header(file, f"{self.path}: {name}")
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, OSError) as error:
            raise ValueError(f"{self.path}: {name} cannot be read: {error}") from error
        return Member(shape, dtype)

    def mark_of(self, index: int) -> tuple[int | str, ...]:
        """The archive's own checksum of the array."""
        stack, _ = self._found(index)
        info = self.handle.getinfo(stack.part.images + SUFFIX)
        return info.file_size, info.CRC

    @cached_property
    def _rows(self) -> Rows:
        return Rows()

    def row(self, key: str, axis: int, index: int) -> NDArray[Any]:
        return self._rows.of(key, self.whole(key), axis, index)

    def make_ready(self, key: str) -> None:
        self.whole(key)

    def whole(self, key: str) -> NDArray[Any]:
        with self._reading:
            if key not in self._arrays:
                info = self.handle.getinfo(key + SUFFIX)
                self._arrays[key] = self._unpacked(info) if info.compress_type else self._mapped(info)
            return self._arrays[key]

    def _mapped(self, info: zipfile.ZipInfo) -> NDArray[Any]:
        with self.path.open("rb") as file:
            file.seek(info.header_offset + NAME_AT - 4)
            file.seek(sum(struct.unpack("<HH", file.read(4))), 1)
            shape, fortran, dtype = header(file, f"{self.path}: {info.filename}")
            return mapped(self.path, file.tell(), shape, fortran, dtype)

    def _unpacked(self, info: zipfile.ZipInfo) -> NDArray[Any]:
        where = f"{self.path}: {info.filename.removesuffix(SUFFIX)}"
        try:
            with self.handle.open(info) as file:
                shape, _, dtype = header(file, where)
                check_no_objects(dtype)
                size = math.prod(shape) * dtype.itemsize
            remedy = "write the file with numpy.savez, whose arrays are read where they lie"
            check_fits(size, f"{where}, unpacked,", remedy)
            with self.handle.open(info) as file:
                found: NDArray[Any] = npy.read_array(file, allow_pickle=False)
                return np.asarray(found)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            raise ValueError(f"{where} is damaged: {error}") from error

"""Images in IDX files, the format of MNIST, plain or gzipped."""

from __future__ import annotations

import gzip
import logging
import math
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Member
from gan_runner.data.containers.arrays import Array, Arrays
from gan_runner.data.containers.idx_files import (
    TURNED,
    characters,
    chosen_set,
    labels_beside,
    sets_called,
    sets_in,
)
from gan_runner.data.containers.layouts import Layout
from gan_runner.data.containers.memory import check_fits
from gan_runner.data.containers.npy import begins_with
from gan_runner.data.files.idx import GZIP, MOST_AXES, read_idx, shape_of_idx

log = logging.getLogger(__name__)

DAMAGED = "fetch or write it again"


class Idx(Arrays):
    """A file of images, with the labels in the file beside it whose name says labels instead of images; or a folder of
    MNIST's four, or of EMNIST's. Files are read into memory as a whole.

    array: of a folder of several sets the name of one. EMNIST's images are turned upright.
    """

    kind = "idx"

    def __init__(self, path: Path, array: Array = None) -> None:
        super().__init__(path, array)
        self._arrays: dict[str, NDArray[Any]] = {}
        self._meant = ""
        if path.is_dir() and sets_called(path, self.asked.images):
            self._meant, self.asked = self.asked.images, replace(self.asked, images="")

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if path.is_dir():
            return bool(sets_in(path))
        if begins_with(path, GZIP):
            with suppress(OSError, EOFError, zlib.error), gzip.open(path) as file:
                return file.read(3) == b"\0\0\x08"
        return begins_with(path, b"\0\0\x08")

    @cached_property
    def _files(self) -> dict[str, Path]:
        """By what stands for the keys of arrays."""
        found = {"": self.path}
        if self.path.is_dir():
            splits = chosen_set(self.path, self._meant)
            found = {f"{split}/": splits[split] for split in ("train", "test", "val") if split in splits}
        images = {f"{split}images": file for split, file in found.items()}
        labels = {f"{split}labels": labels_beside(file) for split, file in found.items()}
        return images | {key: file for key, file in labels.items() if file is not None}

    def file(self, key: str) -> Path:
        return self._files[key]

    def members(self) -> Mapping[str, Member]:
        return {key: Member(shape_of_idx(file, DAMAGED), np.dtype(np.uint8)) for key, file in self._files.items()}

    def make_ready(self, key: str) -> None:
        self.whole(key)

    def whole(self, key: str) -> NDArray[Any]:
        if key not in self._arrays:
            file = self.file(key)
            size = math.prod(shape_of_idx(file, DAMAGED))
            check_fits(size, str(file), "take a part of it")
            self._arrays[key] = read_idx(file, size + 4 + 4 * MOST_AXES, DAMAGED).numpy()
        return self._arrays[key]

    def layout(self, member: Member, labels: Member | None) -> Layout:
        found = super().layout(member, labels)
        if not self._is_turned or found.axes != "nhw":
            return found
        log.info("%s: EMNIST keeps rows and columns the other way round; its images are turned upright "
                 "(data.array=:nhw leaves them)", self.path)  # fmt: skip
        return Layout("nwh", member.shape)

    @property
    def _is_turned(self) -> bool:
        return next(iter(self._files.values())).name.lower().startswith(TURNED)

    @cached_property
    def class_names(self) -> tuple[str, ...] | None:
        return characters(next(iter(self._files.values())))

    def row(self, key: str, axis: int, index: int) -> NDArray[Any]:
        return np.asarray(self.whole(key).take(index, axis))

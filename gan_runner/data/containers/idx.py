"""Images in IDX files, the format of MNIST, plain or gzipped."""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Mapping
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Member
from gan_runner.data.containers.arrays import Array, Arrays
from gan_runner.data.containers.memory import check_fits
from gan_runner.data.containers.npy import begins_with
from gan_runner.data.files.idx import GZIP, MOST_AXES, find_idx, read_idx, shape_of_idx

SPLITS = {"train": "train", "test": "t10k"}
"""What the names of MNIST's files begin with."""
PARTED = ("-images-idx3-ubyte", "-images.idx3-ubyte")
"""How they go on."""
DAMAGED = "fetch or write it again"


class Idx(Arrays):
    """A file of images, with the labels in the file beside it whose name says labels instead of images; or a folder of
    MNIST's four. Files are read into memory as a whole.
    """

    kind = "idx"

    def __init__(self, path: Path, array: Array = None) -> None:
        super().__init__(path, array)
        self._arrays: dict[str, NDArray[Any]] = {}

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if path.is_dir():
            return _images_of(path, "train") is not None
        if begins_with(path, GZIP):
            with suppress(OSError, EOFError, zlib.error), gzip.open(path) as file:
                return file.read(3) == b"\0\0\x08"
        return begins_with(path, b"\0\0\x08")

    @cached_property
    def _files(self) -> dict[str, Path]:
        """By what stands for the keys of arrays."""
        found = {"": self.path}
        if self.path.is_dir():
            found = {f"{split}/": file for split in SPLITS if (file := _images_of(self.path, split))}
        images = {f"{split}images": file for split, file in found.items()}
        labels = {f"{split}labels": _labels_beside(file) for split, file in found.items()}
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

    def row(self, key: str, axis: int, index: int) -> NDArray[Any]:
        return np.asarray(self.whole(key).take(index, axis))


def _images_of(folder: Path, split: str) -> Path | None:
    found = (find_idx(folder / f"{SPLITS[split]}{end}") for end in PARTED)
    return next((file for file in found if file is not None), None)


def _labels_beside(images: Path) -> Path | None:
    """The file of the labels of a file of images, plain or gzipped."""
    name = re.sub(r"idx\d", "idx1", images.name.removesuffix(".gz").replace("images", "labels"))
    return find_idx(images.with_name(name)) if "images" in images.name else None

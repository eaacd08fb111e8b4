"""Slices of NIfTI volumes: through the slope, turned to the patient's axes by the affine.

Texts of a header (descrip, db_name, …) are never looked at.
Source: the NIfTI-1 standard (Cox et al. 2004); nibabel's names of orientations.
"""

from __future__ import annotations

import gzip
import io
import logging
import math
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.inside import Place
from gan_runner.data.files.deep import Deep, Pixels
from gan_runner.data.files.reading import Axis

SUFFIXES = (".nii", ".nii.gz")
NEEDED = (
    "NIfTI is read by nibabel, which is not installed: pip install 'gan-runner[formats]', or take the files out of "
    "data.root"
)
ACROSS: dict[Axis, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Which of the axes right, anterior, superior slices are cut across to."""
VERSIONS = {348: "Nifti1", 540: "Nifti2"}
"""The size of a header, which is the first number of a file, and what nibabel calls the format."""
MOST = 8_000_000_000
"""Bytes that a volume may unpack to."""

_unpacking = threading.Lock()


def is_nifti(path: Place) -> bool:
    return path.name.lower().endswith(SUFFIXES)


@cache
def library() -> Any:
    """Raises ValueError, a sentence, where nibabel is not installed."""
    try:
        import nibabel
    except ModuleNotFoundError as error:
        raise ValueError(NEEDED) from error
    logging.getLogger("nibabel.global").setLevel(logging.CRITICAL)
    return nibabel


@dataclass(frozen=True)
class Volume:
    """A file by its header: `shape` of its array, and for each of the axes right, anterior, superior which of the
    array's runs along it, and whether it runs the other way.
    """

    path: Place
    shape: tuple[int, ...]
    places: tuple[tuple[int, bool], ...]

    def count(self, axis: Axis) -> int:
        return self.shape[self.places[ACROSS[axis]][0]]

    def sides(self, axis: Axis) -> tuple[int, int]:
        """(height, width) of its slices."""
        along, up = (place for number, (place, _) in enumerate(self.places) if number != ACROSS[axis])
        return self.shape[up], self.shape[along]

    def slice(self, axis: Axis, number: int) -> NDArray[np.float32]:
        """A slice (height, width), counted from the patient's left, back or feet. Its rows run to the feet or the back,
        its columns to the patient's right or front.
        """
        place, back = self.places[ACROSS[axis]]
        at: list[Any] = [slice(None)] * 3
        at[place] = self.count(axis) - 1 - number if back else number
        at += [0] * (len(self.shape) - 3)
        values = np.asarray(_image(self.path).dataobj[tuple(at)])
        (along, along_back), (up, up_back) = (self.places[one] for one in range(3) if one != ACROSS[axis])
        if along > up:  # the axes that are left stand in the file's order
            values = values.T
        values = values[:: -1 if along_back else 1, :: -1 if up_back else 1]
        return values.T[::-1].astype(np.float32)


def of_nifti(path: Place, axis: Axis, number: int | None) -> Deep:
    """A slice, counted from 0; None: that in the middle. Raises ValueError for what has no slices of greys."""
    volume = volume_of(path)
    count = volume.count(axis)
    place = count // 2 if number is None else number
    if place >= count:
        raise ValueError(f"it has {count} {axis} slices, and number {place + 1} is asked for")
    return Deep(
        np.dtype(np.float32),
        volume.sides(axis),
        1,
        lambda: Pixels(volume.slice(axis, place)[..., None]),
        pages=count,
    )


def volume_of(path: Place) -> Volume:
    """By the header alone. Raises ValueError for four axes, for colours and for a file that is damaged."""
    with _damage_told():
        header = _header(path)
        dtype, shape, affine = header.get_data_dtype(), header.get_data_shape(), header.get_best_affine()
    if any(side > 1 for side in shape[3:]):
        sides = " × ".join(map(str, shape))
        raise ValueError(f"it has {len(shape)} axes ({sides}), and a volume has 3: save each of its volumes as a file")
    if len(shape) < 3:
        raise ValueError(f"it has {len(shape)} axes, and a volume has 3: save the image as TIFF")
    if dtype.kind not in "iufb":
        what = "colours" if dtype.names else f"values of the type {dtype}"
        raise ValueError(f"it holds {what}, and volumes of greys alone are read: save its slices as PNG")
    turned = library().io_orientation(affine)
    if np.isnan(turned).any():
        raise ValueError("its affine does not say which way its axes run: save it with one")
    places = {int(to): (place, way < 0) for place, (to, way) in enumerate(turned)}
    return Volume(path, tuple(map(int, shape)), tuple(places[axis] for axis in range(3)))


@contextmanager
def _damage_told() -> Iterator[None]:
    nibabel = library()
    try:
        yield
    except (nibabel.filebasedimages.ImageFileError, nibabel.spatialimages.HeaderDataError) as error:
        raise ValueError("it is no NIfTI file, or damaged") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError("it is damaged or cut off") from error


def _header(path: Place) -> Any:
    with path.open("rb") as file:
        content = (gzip.GzipFile(fileobj=file) if _is_packed(path) else file).read(max(VERSIONS))
    size, name = _version(content)
    if len(content) < size:
        raise ValueError("it is damaged or cut off")
    return getattr(library(), f"{name}Header")(content[:size])


def _version(content: bytes) -> tuple[int, str]:
    """The size of the header, and what nibabel calls the format."""
    for order in ("little", "big"):
        size = int.from_bytes(content[:4], order)
        if size in VERSIONS:
            return size, VERSIONS[size]
    raise ValueError("it is no NIfTI file, or damaged")


def _is_packed(path: Place) -> bool:
    return path.name.lower().endswith(".gz")


def _image(path: Place) -> Any:
    with _damage_told():
        if isinstance(path, Path) and path.suffix == ".nii":
            return library().load(path)
        stat = path.stat()
        with _unpacking:  # of two threads that ask for one volume, the second finds it
            return _unpacked(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=2)
def _unpacked(path: Place, size: int, changed: int) -> Any:
    """A volume that is packed, or lies in a container: kept while its slices are read."""
    header = _header(path)
    whole = int(header["vox_offset"]) + math.prod(header.get_data_shape()) * header.get_data_dtype().itemsize
    if whole > MOST:
        raise ValueError(f"it unpacks to {whole / 1e9:.3g} GB, and {MOST / 1e9:g} are read")
    with path.open("rb") as file:  # what follows is no image, however much it is
        content = (gzip.GzipFile(fileobj=file) if _is_packed(path) else file).read(whole)
    if len(content) < whole:
        raise ValueError("it is damaged or cut off")
    holder = library().FileHolder(fileobj=io.BytesIO(content))
    return getattr(library(), f"{_version(content)[1]}Image").from_file_map({"header": holder, "image": holder})

"""Reads IDX files, the format of MNIST: a big-endian header, then bytes. Plain or gzipped."""

import gzip
import math
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

UNSIGNED_BYTE = 0x08
MOST_BYTES = 1 << 29  # unpacked, eleven times MNIST: a small .gz may hold terabytes
MOST_AXES = 255
GZIP = b"\x1f\x8b"
"""How gzipped files begin, whatever they are called."""
FETCHED = "delete it and it will be fetched again"
"""What to do about a damaged file of a published set."""


def find_idx(path: Path) -> Path | None:
    """The file itself, or its gzipped form beside it."""
    return next((file for file in (path, path.with_name(path.name + ".gz")) if file.is_file()), None)


def shape_of_idx(file: Path, remedy: str = FETCHED) -> tuple[int, ...]:
    """What the header of a file says. Raises ValueError on a damaged file."""
    with _explained(file, remedy), _opened(file) as stream:
        return _header(stream.read(4 + 4 * MOST_AXES), file, remedy)[1]


def read_idx(path: Path, most_bytes: int = MOST_BYTES, remedy: str = FETCHED) -> Tensor:
    """Read `path`, or `path` + ".gz", as a uint8 tensor of the shape in its header.

    remedy: what to do about a damaged file. Source: LeCun, Cortes & Burges, the MNIST page, "the IDX file format".
    Raises ValueError on a damaged file.
    """
    file = find_idx(path)
    if file is None:
        raise FileNotFoundError(f"{path} is missing, and so is {path.name}.gz: see data.root")
    with _explained(file, remedy):
        with _opened(file) as stream:
            content = stream.read(most_bytes + 1)
        if len(content) > most_bytes:
            raise EOFError(f"it holds more than {most_bytes} bytes")
    return _parse(content, file, remedy)


def _opened(file: Path) -> gzip.GzipFile | BufferedReader:
    with file.open("rb") as stream:
        packed = file.suffix == ".gz" or stream.read(len(GZIP)) == GZIP
    return gzip.open(file) if packed else file.open("rb")


@contextmanager
def _explained(file: Path, remedy: str) -> Iterator[None]:
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file} is damaged ({error}): {remedy}") from error


def _header(content: bytes, file: Path, remedy: str) -> tuple[int, tuple[int, ...]]:
    """Where the data begin, and their shape."""
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise ValueError(f"{file} is no IDX file of bytes: {remedy}")
    start = 4 + 4 * content[3]
    return start, struct.unpack(f">{content[3]}I", content[4:start]) if len(content) >= start else (-1,)


def _parse(content: bytes, file: Path, remedy: str) -> Tensor:
    start, shape = _header(content, file, remedy)
    expected = math.prod(shape)
    if len(content) - start != expected:
        raise ValueError(
            f"{file} is damaged: its header promises {expected} bytes of data, "
            f"{max(0, len(content) - start)} follow: {remedy}"
        )
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy())

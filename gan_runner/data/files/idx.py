"""Reads IDX files, the format of MNIST: a big-endian header, then bytes. Plain or gzipped."""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

UNSIGNED_BYTE = 0x08
MOST_BYTES = 1 << 29  # unpacked, eleven times MNIST: a small .gz may hold terabytes


def find_idx(path: Path) -> Path | None:
    """The file itself, or its gzipped form beside it."""
    return next((file for file in (path, path.with_name(path.name + ".gz")) if file.is_file()), None)


def read_idx(path: Path) -> Tensor:
    """Read `path`, or `path` + ".gz", as a uint8 tensor of the shape in its header.

    Source: LeCun, Cortes & Burges, the MNIST page, "the IDX file format". Raises ValueError on a damaged file.
    """
    file = find_idx(path)
    if file is None:
        raise FileNotFoundError(f"{path} is missing, and so is {path.name}.gz: see data.root")
    try:
        with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as stream:
            content = stream.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise EOFError(f"it holds more than {MOST_BYTES} bytes")
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file} is damaged ({error}): delete it and it will be fetched again") from error
    return _parse(content, file)


def _parse(content: bytes, file: Path) -> Tensor:
    if len(content) < 4 or content[:3] != bytes([0, 0, UNSIGNED_BYTE]):
        raise ValueError(f"{file} is no IDX file of bytes: delete it and it will be fetched again")
    start = 4 + 4 * content[3]
    shape = struct.unpack(f">{content[3]}I", content[4:start]) if len(content) >= start else (-1,)
    expected = math.prod(shape)
    if len(content) - start != expected:
        raise ValueError(
            f"{file} is damaged: its header promises {expected} bytes of data, "
            f"{max(0, len(content) - start)} follow: delete it and it will be fetched again"
        )
    return torch.from_numpy(np.frombuffer(content, np.uint8, offset=start).reshape(shape).copy())

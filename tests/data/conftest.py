"""Tiny sets in the file formats of the real ones."""

import gzip
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


def write_idx(path: Path, values: np.ndarray) -> None:
    header = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    content = header + values.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.fixture
def mnist_root(tmp_path: Path) -> Callable[..., Path]:
    """Makes a torchvision root with 40 training and 20 test images whose pixels all equal 10 × label + 1."""

    def make(name: str = "MNIST", suffix: str = ".gz") -> Path:
        folder = tmp_path / name / "raw"
        folder.mkdir(parents=True)
        for prefix, count in (("train", 40), ("t10k", 20)):
            labels = np.arange(count) % 10
            images = np.broadcast_to(10 * labels[:, None, None] + 1, (count, 28, 28))
            write_idx(folder / f"{prefix}-images-idx3-ubyte{suffix}", images)
            write_idx(folder / f"{prefix}-labels-idx1-ubyte{suffix}", labels)
        return tmp_path

    return make

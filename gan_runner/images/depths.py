"""Samples as pixels of the type and the values that the files of a run had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from gan_runner.images.ranges import to_bytes


@dataclass(frozen=True)
class Depth:
    """dtype: of the pixels. low, high: what is black and white, −1 and 1 of samples."""

    dtype: np.dtype[Any]
    low: float
    high: float

    @classmethod
    def of(cls, dtype: str | None, scale: Sequence[float] | None) -> Depth | None:
        """By what a run kept; None where its files held bytes. Without a scale, the range of the type was taken."""
        if dtype is None:
            return None
        kind = np.dtype(dtype)
        low, high = scale if scale is not None else (0.0, 1.0 if kind.kind == "f" else 65535.0)
        return cls(kind, low, high)

    @property
    def told(self) -> str:
        """In words."""
        return f"{self.dtype.name}, black is {self.low:g} and white {self.high:g}"

    def pixels(self, images: Tensor) -> NDArray[Any]:
        """(N, C, H, W) in [-1, 1] as (N, H, W, C); whole numbers are rounded, to what their type holds."""
        values = images.detach().double().cpu().clamp(-1, 1).permute(0, 2, 3, 1).contiguous().numpy()
        values = self.low + (values + 1) / 2 * (self.high - self.low)
        if self.dtype.kind != "f":
            limits = np.iinfo(self.dtype)
            values = np.rint(values).clip(limits.min, limits.max)
        return values.astype(self.dtype)


def pixels_of(images: Tensor, depth: Depth | None = None) -> NDArray[Any]:
    """(N, C, H, W) in [-1, 1] -> (N, H, W, C), as files have it: bytes, or of a depth."""
    if depth is not None:
        return depth.pixels(images)
    found: NDArray[Any] = to_bytes(images).permute(0, 2, 3, 1).contiguous().numpy()
    return found

"""Images of bands that Pillow has no mode for: two, or more than four."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Stack:
    """Each band as a grey image of the same size; read like an image of Pillow where both are met."""

    bands: tuple[Image.Image, ...]
    info: dict[Any, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, values: NDArray[np.uint8]) -> Stack:
        """Of bytes (H, W, bands)."""
        return cls(tuple(Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(values, 2, 0)))

    @classmethod
    def joined(cls, images: Iterable[Image.Image | Stack]) -> Stack:
        """All bands of images of one size. Raises ValueError for images of several sizes."""
        bands = [band for image in images for band in (image.bands if isinstance(image, Stack) else image.split())]
        if len({band.size for band in bands}) > 1:
            raise ValueError("its pages have several sizes, so they are no bands of one image")
        return cls(tuple(bands))

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.bands[0].size

    @property
    def width(self) -> int:
        return self.size[0]

    @property
    def height(self) -> int:
        return self.size[1]

    def crop(self, box: Box) -> Stack:
        return Stack(tuple(band.crop(box) for band in self.bands), dict(self.info))

    def load(self) -> None:
        """Its pixels are there."""

"""Images for a run to look at, read as it was shown images in training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.data.files.decoding import MODES, DecodeError, Fit, naming
from gan_runner.inference.translate import Input, scale_of
from gan_runner.types import Origin

Bytes = NDArray[np.uint8]
Way = Fit | Literal["border"]
GREY = ("1", "L", "LA", "I", "F")


@dataclass(frozen=True)
class Reader:
    """Reads files as bytes (C, H, W) of the run's own shape.

    fit: how images of other sides or colours are made like those of training (`Decoder`), or "border", which puts a
    smaller one in the middle of black; None: they are refused, since a set of one size holds no others.
    """

    decoder: Input
    fit: Way | None

    @classmethod
    def of(cls, origin: Origin, fit: Way | None) -> Reader:
        """For a run; without a fit of one's own that of its data, where it has one. Raises ConfigError for a run whose
        images no file holds.
        """
        if origin.kind != "images" or origin.shape[0] not in MODES:
            what = "points" if origin.kind == "points" else f"images of {origin.shape[0]} bands"
            raise ConfigError(f"this run knows {what}, which are read from no image files")
        channels, height, width = origin.shape
        fit = fit or _own_fit(origin.config.get("data") or {})
        scale = scale_of(origin, "b2a")
        decoded: Fit = "stretch" if fit is None or fit == "border" else fit
        return cls(Input((height, width), channels, decoded, value_range=scale), fit)

    def __call__(self, path: Path) -> Bytes:
        """Raises DecodeError for a file that cannot be read, ConfigError for an image that this run cannot be shown."""
        if self.fit in get_args(Fit):
            return self.decoder(path)
        with naming(path):
            image = self.decoder.picture(path)
            image.load()
        if self.fit == "border":
            image = self._bordered(path, image)
        else:
            self._refuse_other(path, image)
        with naming(path):
            return self.decoder.array(image)

    def _bordered(self, path: Path, image: Image.Image) -> Image.Image:
        height, width = self.decoder.size
        if image.width > width or image.height > height:
            raise ConfigError(f"{path} is larger than {height}×{width} pixels: fit=border is for smaller images")
        plain = image.convert(MODES[self.decoder.channels])
        left, top = (width - plain.width) // 2, (height - plain.height) // 2
        return ImageOps.expand(plain, (left, top, width - plain.width - left, height - plain.height - top), fill=0)

    def _refuse_other(self, path: Path, image: Image.Image) -> None:
        height, width = self.decoder.size
        if (image.height, image.width) != self.decoder.size:
            raise ConfigError(
                f"{path} has {image.height}×{image.width} pixels, and this run was trained on {height}×{width}: give "
                "images like those, or fit=border, crop, pad or stretch to make them so"
            )
        grey = image.mode in GREY or image.mode.startswith("I;16") or _has_equal_bands(image)
        if grey != (self.decoder.channels == 1):
            was, wanted = ("grey", "colour") if grey else ("in colour", "grey images")
            raise ConfigError(
                f"{path} is {was}, and this run was trained on {wanted}: give images like those, or fit=stretch to "
                "convert them"
            )


def _own_fit(data: Mapping[str, Any]) -> Fit | None:
    """How the run's data took files of any size, where it did; of data that is made of other data, that other."""
    of = data.get("of")
    return _own_fit(of) if isinstance(of, Mapping) else data.get("fit")


def _has_equal_bands(image: Image.Image) -> bool:
    """Whether an image in colour shows grey alone, as grey images often are kept."""
    bands = np.asarray(image.convert("RGB"))
    return bool((bands == bands[..., :1]).all())


def parts(paths: Sequence[Path], reader: Reader, size: int, skipped: list[str]) -> Iterator[tuple[list[Path], Tensor]]:
    """Files and their images (n, C, H, W) as bytes, `size` at a time; what cannot be read is told in `skipped`.

    Raises ConfigError for an image that the run cannot be shown.
    """
    read: list[Path] = []
    images: list[Bytes] = []
    for path in paths:
        try:
            images.append(reader(path))
            read.append(path)
        except DecodeError as error:
            skipped.append(str(error))
        if len(images) == size:
            yield read, torch.from_numpy(np.stack(images))
            read, images = [], []
    if images:
        yield read, torch.from_numpy(np.stack(images))

"""Images for a run to look at, read as it was shown images in training."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import ImageOps
from torch import Tensor

from gan_runner.config.errors import ConfigError
from gan_runner.config.schema import class_attribute
from gan_runner.config.trust import check_targets
from gan_runner.data.containers.inside import Place
from gan_runner.data.files.decoding import MODES, DecodeError, Fit, Picture, naming, opened
from gan_runner.data.files.headers import sides_of
from gan_runner.data.files.stack import Stack
from gan_runner.inference.translate import Input, reading_of, scale_of
from gan_runner.types import Origin

Bytes = NDArray[np.uint8]
Way = Fit | Literal["border"]
GREY = ("1", "L", "LA", "La", "I", "F")
"""Modes of Pillow, besides those of 16 bits."""


@dataclass(frozen=True)
class Reader:
    """Reads files as bytes (C, H, W) of the run's own shape.

    fit: how images of other sides or colours are made like those of training (`Decoder`), or "border", which puts a
    smaller one in the middle of black; None: they are refused, since a set of one size holds no others. grey: whether
    the run's data keeps grey images, of which it may have made three equal bands.
    """

    decoder: Input
    fit: Way | None
    grey: bool

    @classmethod
    def of(cls, origin: Origin, fit: Way | None, trust: bool = False) -> Reader:
        """For a run; without a fit of one's own that of its data, where it has one. trust: whether the class of its
        data may be asked, whatever it is. Raises ConfigError for a run whose images no file holds.
        """
        if origin.kind != "images":
            raise ConfigError("this run knows points, which are read from no image files")
        channels, height, width = origin.shape
        fit = fit or _own_fit(origin.config.get("data") or {})
        scale = scale_of(origin, "b2a")
        decoded: Fit = "stretch" if fit is None or fit == "border" else fit
        kept = _kept_as(origin.config.get("data") or {}, trust) or ("grey" if channels == 1 else "colour")
        return cls(
            Input((height, width), channels, decoded, value_range=scale, reading=reading_of(origin)),
            fit,
            kept == "grey",
        )

    def check(self, paths: Sequence[Place]) -> None:
        """Look at files before any is scored: at their headers, and at the pixels of those that alone tell whether they
        show grey. What cannot be read is left to whoever reads it. Raises ConfigError as reading does.
        """
        if self.fit in get_args(Fit):
            return
        for path in paths:
            with suppress(DecodeError):
                sides, grey = header(path)
                self._admit(path, sides, grey, lambda path=path: self._picture(path))  # type: ignore[misc]

    def __call__(self, path: Place) -> Bytes:
        """Raises DecodeError for a file that cannot be read, ConfigError for an image that this run cannot be shown."""
        if self.fit in get_args(Fit):
            return self.decoder(path)
        image = self._picture(path)
        self._admit(path, (image.height, image.width), is_grey(image), lambda: image)
        with naming(path):
            return self.decoder.array(self._bordered(image) if self.fit == "border" else image)

    def _picture(self, path: Place) -> Picture:
        with naming(path):
            image = self.decoder.picture(path)
            image.load()
            return image

    def _bordered(self, image: Picture) -> Picture:
        if isinstance(image, Stack):
            return Stack.joined(map(self._bordered, image.bands))
        height, width = self.decoder.size
        plain = image if image.mode == "L" else image.convert(MODES[self.decoder.channels])
        left, top = (width - plain.width) // 2, (height - plain.height) // 2
        return ImageOps.expand(plain, (left, top, width - plain.width - left, height - plain.height - top), fill=0)

    def _admit(self, path: Place, sides: tuple[int, int], grey: bool, picture: Callable[[], Picture]) -> None:
        """Raises ConfigError for an image of other sides (height, width) or, by its mode, another kind than the run's.

        An image in colour that shows grey alone is grey to a run of grey images, and to no other.
        """
        height, width = self.decoder.size
        if self.fit == "border":
            if sides[0] > height or sides[1] > width:
                raise ConfigError(f"{path} is larger than {height}×{width} pixels: fit=border is for smaller images")
            return
        if sides != self.decoder.size:
            raise ConfigError(
                f"{path} has {sides[0]}×{sides[1]} pixels, and this run was trained on {height}×{width}: give "
                "images like those, or fit=border, crop, pad or stretch to make them so"
            )
        grey = grey or (self.grey and has_equal_bands(picture()))
        if grey != self.grey:
            was, wanted = ("grey", "colour") if grey else ("in colour", "grey images")
            raise ConfigError(
                f"{path} is {was}, and this run was trained on {wanted}: give images like those, or fit=stretch to "
                "convert them"
            )


def _own_fit(data: Mapping[str, Any]) -> Fit | None:
    """How the run's data took files of any size, where it did; of data that is made of other data, that other."""
    of = data.get("of")
    return _own_fit(of) if isinstance(of, Mapping) else data.get("fit")


def _kept_as(data: Mapping[str, Any], trust: bool) -> Literal["grey", "colour"] | None:
    """What the run's data says of it; of data that is made of other data, that other. A class that is not trusted is
    not asked.
    """
    if isinstance(of := data.get("of"), Mapping):
        return _kept_as(of, trust)
    if not trust:
        try:
            check_targets({"data": {key: data[key] for key in ("_target_",) if key in data}}, unbuilt=())
        except ValueError:
            return None
    found: Literal["grey", "colour"] | None = class_attribute(data, "kept_as", None)
    return found


def header(path: Place) -> tuple[tuple[int, int], bool]:
    """Of a file's image, upright, (height, width), and whether its mode is grey. Raises DecodeError."""
    with opened(path) as (image, found):
        grey = found.bands <= 2 if found is not None else image is not None and is_grey(image)
        return sides_of(image, found), grey


def is_grey(image: Picture) -> bool:
    """By its mode."""
    if isinstance(image, Stack):
        return False
    return image.mode in GREY or image.mode.startswith("I;16")


def has_equal_bands(image: Picture) -> bool:
    """Whether an image in colour shows grey alone, as grey images often are kept."""
    if isinstance(image, Stack):
        return False
    bands = np.asarray(image.convert("RGB"))
    return bool((bands == bands[..., :1]).all())


def parts(
    paths: Sequence[Place], reader: Reader, size: int, skipped: list[str]
) -> Iterator[tuple[list[Place], Tensor]]:
    """Files and their images (n, C, H, W) as bytes, `size` at a time; what cannot be read is told in `skipped`.

    Raises ConfigError for an image that the run cannot be shown.
    """
    read: list[Place] = []
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

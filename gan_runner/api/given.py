"""Images that are handed over in Python: files, pictures of Pillow, arrays."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan_runner.config.errors import ConfigError
from gan_runner.inference.paths import images_of
from gan_runner.inference.translate import Input, read

if TYPE_CHECKING:
    from gan_runner.inference.translate import Translator

Bytes = NDArray[np.uint8]
TAKEN = (
    "give the path of an image or of a folder of images, pictures of Pillow, or an array of uint8 (N, H, W, C), "
    "(H, W, C) or (H, W)"
)


def read_all(images: Any, translator: Translator, masks: Any = None) -> list[Bytes]:
    """Images (C, H, W) of one size as a run takes them, each with its hole behind it where the run fills holes. Raises
    ConfigError for what are no images, and for several sizes.
    """
    found = list(_each(images, translator, translator.channels))
    if masks is not None:
        holes = list(_each(masks, translator, 1))
        holes = holes * len(found) if len(holes) == 1 else holes
        if len(holes) != len(found):
            raise ConfigError(f"mask has {len(holes)} masks for {len(found)} images: give one, or one for each")
        if any(hole.shape[1:] != image.shape[1:] for hole, image in zip(holes, found, strict=True)):
            raise ConfigError("mask has other sides than the images: give masks of the size of the images")
        found = [np.concatenate(pair) for pair in zip(found, holes, strict=True)]
    sizes = sorted({f"{image.shape[1]}×{image.shape[2]}" for image in found})
    if len(sizes) != 1:
        raise ConfigError(
            f"the images have several sizes ({', '.join(sizes)}): give size=(<height>, <width>), or call for each size"
            if sizes
            else f"there are no images: {TAKEN}"
        )
    return found


def _each(images: Any, translator: Translator, channels: int) -> Iterator[Bytes]:
    if isinstance(images, str | os.PathLike):
        for place in images_of(os.fspath(images), "images"):
            yield read(place, channels, translator.size, translator.scale, translator.reading)
    elif isinstance(images, Image.Image):
        yield _of_picture(images, translator, channels)
    elif isinstance(images, Sequence) and all(isinstance(one, str | Path | Image.Image) for one in images):
        for one in images:
            yield from _each(one, translator, channels)
    else:
        for array in _arrays(_as_array(images), channels):
            yield _of_array(array, translator, channels)


def _as_array(images: Any) -> NDArray[Any]:
    """Raises ConfigError for what lies in no single array: images of several sizes, arrays among pictures."""
    try:
        return np.asarray(images)
    except ValueError:
        raise ConfigError(
            "the images are no single array, since their sizes or kinds differ: give arrays of one size, or pictures "
            "of Pillow alone, or call for each"
        ) from None


def _arrays(array: NDArray[Any], channels: int) -> Iterator[Bytes]:
    """Each image (H, W, C). Raises ConfigError for other arrays, and for those of torch, whose bands come first."""
    array = array.astype(np.uint8) * 255 if array.dtype == np.bool_ else array
    if array.dtype != np.uint8:
        raise ConfigError(f"images of {array.dtype.name} are not taken: {TAKEN}")
    if array.ndim > 2 and array.shape[-1] not in (1, 3, 4, channels) and array.shape[-3] == channels > 1:
        raise ConfigError(
            f"an array of the shape {_shape(array)} has its bands first: give them last, np.moveaxis(array, -3, -1)"
        )
    if array.ndim == 2:
        array = array[None, ..., None]
    elif array.ndim == 3:
        array = array[None] if array.shape[-1] in (1, 3, 4) else array[..., None]
    if array.ndim != 4 or 0 in array.shape[1:]:
        raise ConfigError(f"an array of the shape {_shape(array)} is no images: {TAKEN}")
    yield from array


def _shape(array: NDArray[Any]) -> str:
    return "×".join(map(str, array.shape))


def _of_array(array: Bytes, translator: Translator, channels: int) -> Bytes:
    bands = array.shape[-1]
    if bands == channels and translator.size in (None, array.shape[:2]):
        return np.ascontiguousarray(array.transpose(2, 0, 1))
    if bands not in (1, 3, 4) or channels not in (1, 3, 4):
        raise ConfigError(f"images of {bands} bands are not taken: this run takes {channels}, at its own size")
    return _of_picture(Image.fromarray(array[..., 0] if bands == 1 else array), translator, channels)


def _of_picture(picture: Image.Image, translator: Translator, channels: int) -> Bytes:
    if channels not in (1, 3, 4):
        raise ConfigError(f"a picture is not taken: this run takes images of {channels} bands, give an array of them")
    decoder = Input(translator.size or (1, 1), channels, "stretch", value_range=translator.scale)
    if translator.size is None:
        decoder = replace(decoder, size=(picture.height, picture.width))
    return decoder.array(picture)

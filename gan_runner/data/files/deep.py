"""Pixels as a file holds them, where Pillow cuts them to 8 bits, garbles them or leaves bands out; and to bytes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from gan_runner.data.containers.inside import Place
from gan_runner.data.files.stack import Stack
from gan_runner.types import MOST_BANDS

Range = tuple[float, float]
"""The values of pixels that become black and white."""
ValueRange = Range | Literal["type"] | None
"""The setting of it: "type" is the range of the type of the pixels; null: what is found in them."""
BANDS = "four bands"
"""The mark, in `info`, of an image whose fourth band is a band like the others and no transparency."""
BITS, PHOTOMETRIC, SAMPLES, PLANES, EXTRA, FORMAT = 258, 262, 277, 284, 338, 339  # tags of TIFF
READ_COLOURS = (0, 1, 2)  # of PHOTOMETRIC: white is zero, black is zero, red green blue
CONVERTED_COLOURS = (3, 5)  # of PHOTOMETRIC: a palette, colours for print; Pillow alone knows what they look like
SIGNED = 2  # of FORMAT
UNSPECIFIED = 0  # of EXTRA: a band of which the file says nothing
TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
PNG_DEPTH_AT = 24


class OutOfRangeError(ValueError):
    """Pixels have values, from one to another, that the range of their type does not take."""

    def __init__(self, said: str, found: Range) -> None:
        super().__init__(said)
        self.found = found


@dataclass(frozen=True)
class Pixels:
    """values (H, W, bands); with `transparent` the last of them is opacity. absent (H, W): where there is no image, and
    black is shown.
    """

    values: NDArray[Any]
    transparent: bool = False
    white_is_zero: bool = False
    absent: NDArray[np.bool_] | None = None

    @property
    def colours(self) -> NDArray[Any]:
        return self.values[..., :-1] if self.transparent else self.values

    @property
    def extremes(self) -> Range:
        """The least and the largest value. Raises ValueError where they are no numbers."""
        colours = self.colours if self.absent is None else self.colours[~self.absent]
        low, high = float(colours.min()), float(colours.max())
        if not np.isfinite([low, high]).all():
            raise ValueError("pixels that are NaN or infinite")
        return low, high


@dataclass(frozen=True)
class Deep:
    """A file that Pillow does not read as it is, known by its header; `read` reads its pixels."""

    dtype: np.dtype[Any]
    sides: tuple[int, int]
    bands: int
    read: Callable[[], Pixels]
    orientation: int = 1
    pages: int = 1
    three_of_four: bool = False
    """Whether Pillow reads its colours as they are, and leaves out a fourth band."""


def deep(path: Place, image: Image.Image | None, page: int = 0) -> Deep | None:
    """What Pillow would change of a page, or None. image: as Pillow opened it, at that page; None where it could not.

    Raises ValueError for what nobody here reads.
    """
    if image is None or image.format == "TIFF":
        return _of_tiff(path, image, page)
    if image.mode.startswith("I") or image.mode == "F":
        values = np.dtype(np.float32 if image.mode == "F" else np.uint16 if ";16" in image.mode else np.int32)
        return _grey(image, values, white_is_zero=False)
    if image.format == "PNG" and image.mode in ("RGB", "RGBA", "LA") and _depth_of_png(path) == 16:
        return Deep(np.dtype(np.uint16), image.size[::-1], len(image.mode), lambda: _of_png(path))
    return None


def _grey(image: Image.Image, dtype: np.dtype[Any], white_is_zero: bool) -> Deep:
    """One band, which Pillow reads in full, in a mode of another type."""

    def read() -> Pixels:
        values = np.asarray(image)
        values = values.astype(values.dtype.newbyteorder("="))
        same = values.view(dtype) if values.itemsize == dtype.itemsize else values.astype(dtype)
        return Pixels(same[..., None], white_is_zero=white_is_zero)

    return Deep(dtype, image.size[::-1], 1, read)


def deep_array(values: NDArray[Any]) -> Deep:
    """An array (H, W, bands) that no file holds. Raises ValueError for what are no numbers, or planes."""
    if values.shape[2] > MOST_BANDS >= values.shape[0]:
        sides = " × ".join(map(str, values.shape))
        raise ValueError(f"an array of {sides} is read as height, width and bands: save it with its bands last")
    if values.dtype.kind not in "iuf":
        raise ValueError(f"an array of {values.dtype} is not read: images have numbers")
    return Deep(values.dtype, values.shape[:2], values.shape[2], lambda: Pixels(values))


def _depth_of_png(path: Place) -> int:
    with path.open("rb") as file:
        return file.read(PNG_DEPTH_AT + 1)[-1]


def _of_png(path: Place) -> Pixels:
    """Colours of 16 bits, of which Pillow keeps the high bytes."""
    import torch
    from torchvision.io import ImageReadMode, decode_image

    encoded = torch.from_numpy(np.frombuffer(path.read_bytes(), np.uint8).copy())
    try:
        values = decode_image(encoded, ImageReadMode.UNCHANGED).numpy().transpose(1, 2, 0)
    except RuntimeError as error:  # it names a line of torchvision
        raise ValueError("the PNG is damaged or cut off") from error
    return Pixels(values, transparent=values.shape[2] in (2, 4))


# ---- TIFF -----------------------------------------------------------------------------------------------------------


def _of_tiff(path: Place, image: Image.Image | None, page: int) -> Deep | None:
    tags: Any = {} if image is None else image.tag_v2  # type: ignore[attr-defined]
    bits, formats = tags.get(BITS, (1,)), set(tags.get(FORMAT, (1,)))
    converted = tags.get(PHOTOMETRIC) in CONVERTED_COLOURS
    unknown_band = UNSPECIFIED in _all(tags.get(EXTRA, ())) and not converted
    if image is not None and max(bits) <= 8 and SIGNED not in formats and not unknown_band:
        return None
    white_is_zero = tags.get(PHOTOMETRIC) == 0
    if image is not None and tags.get(SAMPLES, 1) == 1 and not (max(bits) <= 8 and white_is_zero):
        kind = "i" if SIGNED in formats else "f" if image.mode == "F" else "u"
        return _grey(image, np.dtype(f"{kind}{4 if image.mode == 'F' else max(1, -(-max(bits) // 8))}"), white_is_zero)
    return _by_tifffile(path, page, eight_bits=image is not None and max(bits) <= 8 and SIGNED not in formats)


def _all(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)


def _by_tifffile(path: Place, number: int, eight_bits: bool) -> Deep:
    """Several bands of more than 8 bits, in planes, of floats, or with a band that is no colour."""
    import tifffile  # only where there are such files

    with path.open("rb") as stream, tifffile.TiffFile(stream) as file:
        if number >= len(file.pages):
            raise ValueError("the TIFF is damaged or cut off: it has no whole page")
        page: Any = file.pages[number]
        axes, dtype, pages = page.axes, page.dtype, len(file.pages)
        extra, colours = tuple(int(one) for one in page.extrasamples), page.photometric
        orientation = page.tags.get("Orientation")
        sides = (int(page.imagelength), int(page.imagewidth))
    if (
        axes not in ("YX", "YXS", "SYX")
        or dtype is None
        or dtype.kind not in "iuf"
        or colours not in (None, *READ_COLOURS)
    ):
        kind = getattr(colours, "name", colours)
        raise ValueError(f"pixels of {dtype} on axes {axes} and colours of the kind {kind} are not read: convert it")
    bands = 1 if axes == "YX" else int(page.shape[axes.index("S")])
    transparent = bool(extra) and extra[-1] != UNSPECIFIED and bands in (2, 4)

    def read() -> Pixels:
        with path.open("rb") as stream, tifffile.TiffFile(stream) as file:
            values = file.pages[number].asarray()
        values = values[..., None] if axes == "YX" else values if axes == "YXS" else np.moveaxis(values, 0, -1)
        return Pixels(values, transparent, white_is_zero=colours == 0)

    return Deep(
        np.dtype(dtype),
        sides,
        bands,
        read,
        orientation=int(orientation.value) if orientation is not None else 1,
        pages=pages,
        three_of_four=eight_bits and bands == 4,
    )


def is_tiff(path: Place) -> bool:
    with path.open("rb") as file:
        return file.read(4) in TIFF_STARTS


# ---- to bytes -------------------------------------------------------------------------------------------------------


def eight_bits(pixels: Pixels, value_range: ValueRange) -> Image.Image | Stack:
    """Pixels as bytes: those of `value_range` from black to white, what lies beyond is cut.

    "type": the range of the type, 0 to 65535 or, of floats, 0 to 1; None: that of these pixels alone. Bytes stay
    as they are. Four bands without opacity are marked in `info` (BANDS).
    Raises ValueError for NaN and infinite values, OutOfRangeError for those out of the range of their type.
    """
    bands = [_scaled(pixels, value_range)]
    if pixels.white_is_zero:
        bands = [255 - bands[0]]
    if pixels.absent is not None:
        bands[0][pixels.absent] = 0
    if pixels.transparent:
        opacity = pixels.values[..., -1:]
        full = 1.0 if opacity.dtype.kind == "f" else float(np.iinfo(opacity.dtype).max)
        bands.append(_stretched(opacity, (0.0, full)))
    whole = np.concatenate(bands, axis=2) if len(bands) > 1 else bands[0]
    count = whole.shape[2]
    if count > 4 or (count == 2 and not pixels.transparent):
        return Stack.of(whole)
    # Pillow weighs bands by opacity when it scales RGBA; CMYK is its only other mode of four bands.
    mode = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA" if pixels.transparent else "CMYK"}[count]
    image = Image.frombytes(mode, whole.shape[1::-1], np.ascontiguousarray(whole).tobytes())
    if mode == "CMYK":
        image.info[BANDS] = True
    return image


def _scaled(pixels: Pixels, value_range: ValueRange) -> NDArray[np.uint8]:
    colours = pixels.colours
    if colours.dtype == np.uint8:
        return colours if pixels.absent is None else colours.copy()
    low, high = pixels.extremes
    if value_range is None:
        return _stretched(colours, natural_range(low, high, colours.dtype.kind == "f"))
    if value_range != "type":
        return _stretched(colours, value_range)
    if colours.dtype.kind == "f":
        if not (low >= 0 and high <= 1):
            raise OutOfRangeError(f"float pixels from {low:g} to {high:g}, expected [0, 1]", (low, high))
        return _bytes(colours * 255)
    if low < 0 or high > 65535:
        raise OutOfRangeError(f"pixels from {low:g} to {high:g}, expected 0..65535", (low, high))
    return _bytes(colours >> 8)


def checked_range(value_range: ValueRange, key: str) -> ValueRange:
    """As a configuration gives it. Raises ValueError, naming the key, for a range that ends before it begins."""
    if value_range is None or value_range == "type":
        return value_range
    low, high = value_range
    if low >= high:
        raise ValueError(f"{key}=[{low:g},{high:g}] has no values from black to white: set the smaller one first")
    return float(low), float(high)


def natural_range(low: float, high: float, floats: bool) -> Range:
    """What becomes black and white of pixels from `low` to `high`: from 0, or the least if that is below it, to the
    largest; of floats within [0, 1] or [-1, 1] that.
    """
    if floats and high <= 1 and low >= -1:
        return (0.0, 1.0) if low >= 0 else (-1.0, 1.0)
    return min(0.0, low), high if high > min(0.0, low) else min(0.0, low) + 1


def _stretched(values: NDArray[Any], value_range: Range) -> NDArray[np.uint8]:
    low, high = value_range
    exact: NDArray[Any] = values.astype(np.float32 if values.dtype.itemsize <= 2 else np.float64)
    exact -= low
    exact *= 255 / (high - low)
    return _bytes(exact)


def _bytes(values: NDArray[Any]) -> NDArray[np.uint8]:
    found: NDArray[np.uint8] = np.rint(values.clip(0, 255)).astype(np.uint8)
    return found

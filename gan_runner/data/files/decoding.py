"""Turns an image file of any common kind into bytes (C, H, W)."""

import io
import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.files.deep import (
    BANDS,
    Deep,
    OutOfRangeError,
    ValueRange,
    deep,
    deep_array,
    eight_bits,
    is_tiff,
)

Fit = Literal["crop", "stretch", "pad"]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
WHITE = {1: (255,), 3: (255, 255, 255), 4: (255, 255, 255, 0)}
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".jp2"}
)
WIDTH, LENGTH = 256, 257  # tags of TIFF
ORIENTATION = 0x0112  # of EXIF and TIFF
SIDEWAYS = (5, 6, 7, 8)  # of ORIENTATION: height is width
WHOLE = "whole"
"""What in `info` is the size of a file's image, of which a draft may have been decoded."""

GUARD = Image.MAX_IMAGE_PIXELS
"""Pillow's guard against bombs, which knows nothing of drafts. `check_pixels` stands in for it in the whole process: it
is a global, which no thread can lift for itself.
"""
Image.MAX_IMAGE_PIXELS = None

# What these say of a file, without its name, is said by DecodeError.
for name in ("PIL.TiffImagePlugin", "tifffile"):
    logging.getLogger(name).setLevel(logging.CRITICAL)


class DecodeError(ValueError):
    """A file that cannot be decoded, and why."""


@dataclass(frozen=True)
class Decoder:
    """Reads an image file as uint8 (C, *size).

    The first frame, turned as its EXIF orientation says; transparency is laid over white unless channels is 4. fit:
    "crop" scales the image to cover `size` (a square's side becomes the shorter side) and cuts the centre out,
    "stretch" ignores the proportions, "pad" fits the whole image in and fills with white (transparent white with 4
    channels). Antialiased bicubic; JPEG files much larger than `size` are decoded at a fraction of their resolution,
    at least twice `size`.

    value_range: of pixels of more than 8 bits, what becomes black and white ("type", None: see
    `gan_runner.data.files.deep.eight_bits`). max_megapixels: what a file may hold, as it is decoded; None: Pillow's
    guard against bombs. four_bands: whether files were found whose fourth band is no transparency.
    """

    size: tuple[int, int]
    channels: int
    fit: Fit
    value_range: ValueRange = field(default=None, kw_only=True)
    max_megapixels: float | None = field(default=None, kw_only=True)
    four_bands: bool = field(default=False, kw_only=True)
    lets_in: ClassVar[str] = "data.max_megapixels={} lets it in"
    """What to do about a file of that many megapixels, where they are too many."""
    takes_them: ClassVar[str] = "{key}=[{:g},{:g}] takes them"
    """What to do about pixels from one value to another, where their type does not have them."""
    keys: ClassVar[str] = "data."
    """What the keys of its channels and its value_range begin with."""

    def __call__(self, path: Place) -> NDArray[np.uint8]:
        with naming(path):
            return self.array(self.picture(path, 2 * max(self.size)))

    def picture(self, path: Place, side: int | None = None) -> Image.Image:
        """A file's image, upright, of 8 bits. side: pixels of the shorter side that are enough of a JPEG."""
        with opened(path) as (image, found):
            if found is None or (found.three_of_four and self.channels != 4):
                assert image is not None
                whole = stored(image)
                self._check(draft(image, side))
                return upright(image, whole)
            self._check(math.prod(found.sides))
            try:
                picture = eight_bits(found.read(), self.value_range)
            except OutOfRangeError as error:
                told = self.takes_them.format(*error.found, key=f"{self.keys}value_range")
                raise ValueError(f"{error}: {told}") from error
            orientation = found.orientation if image is None else image.getexif().get(ORIENTATION, 1)
            picture.getexif()[ORIENTATION] = orientation
            return upright(picture, picture.size)

    def _check(self, pixels: int) -> None:
        try:
            check_pixels(pixels, self.max_megapixels)
        except ValueError as error:
            raise ValueError(f"{error}: {self.lets_in.format(math.ceil(pixels / 1e6))}") from error

    def facts(self) -> Any:
        """All that the decoded images depend on beside the files they are decoded from, as JSON."""
        return asdict(self)

    def array(self, image: Image.Image) -> NDArray[np.uint8]:
        """An image as it stands to bytes (C, *size)."""
        array: NDArray[np.uint8] = np.asarray(self._fitted(self._converted(image)))
        return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)

    def _converted(self, image: Image.Image) -> Image.Image:
        """To the mode asked for, transparency resolved."""
        if BANDS in image.info:
            return image if self.channels == 4 else Image.merge("RGB", image.split()[:3]).convert(MODES[self.channels])
        if image.has_transparency_data:
            image = image.convert("RGBA")
            if self.channels != 4:
                white = Image.new("RGBA", image.size, (255, 255, 255, 255))
                image = Image.alpha_composite(white, image)
        return image.convert(MODES[self.channels])

    def _fitted(self, image: Image.Image) -> Image.Image:
        size, bicubic = self.size[::-1], Image.Resampling.BICUBIC
        if self.fit == "stretch":
            return image.resize(size, bicubic)
        if self.fit == "crop":
            return ImageOps.fit(image, size, bicubic)
        white = (255, 255, 255, 255) if BANDS in image.info else WHITE[self.channels]
        return ImageOps.pad(image, size, bicubic, color=white)


class SourceDecoder(Decoder):
    """Of the images of the other domain."""

    keys = "data.source_"


@contextmanager
def naming(path: Place) -> Iterator[None]:
    """Whatever goes wrong is told as a DecodeError that names the file."""
    try:
        yield
    except DecodeError:
        raise
    except Exception as error:  # Pillow's decoders raise anything on a damaged file
        raise DecodeError(f"{path}: {error or type(error).__name__}") from error


@contextmanager
def opened(path: Place) -> Iterator[tuple[Image.Image | None, Deep | None]]:
    """An image file, not yet decoded: as Pillow opens it, and what Pillow would change; one of the two may be None.

    Whatever goes wrong before it is closed is told as a DecodeError.
    """
    with naming(path):
        if path.exists() and not path.is_file():  # to open a pipe would wait for a writer
            raise ValueError("no plain file")
        source: Path | io.BytesIO = path if isinstance(path, Path) else io.BytesIO()
        if isinstance(path, InsidePath):
            stored = path.read()
            if not isinstance(stored, bytes):
                yield _of_array(stored)
                return
            source = io.BytesIO(stored)
        try:
            image = Image.open(source)
        except UnidentifiedImageError:
            if not is_tiff(path):
                raise
            yield None, deep(path, None)
            return
        with image:
            if not _may_be_garbled(image):
                yield image, deep(path, image)
                return
        with path.open("rb") as file, Image.open(file) as unmapped:
            yield unmapped, deep(path, unmapped)


def _of_array(values: NDArray[Any]) -> tuple[Image.Image | None, Deep | None]:
    """An array (H, W) or (H, W, bands) as a file that holds it would be opened."""
    values = values * np.uint8(255) if values.dtype == bool else values
    bands = values if values.ndim == 3 else values[..., None]
    if values.dtype == np.uint8 and bands.shape[2] in (1, 3):
        return Image.fromarray(np.ascontiguousarray(bands[..., 0] if bands.shape[2] == 1 else bands)), None
    return None, deep_array(bands)


def _may_be_garbled(image: Image.Image) -> bool:
    """Whether it is a TIFF on its side: by its name Pillow maps those that are not packed into memory, with rows as
    long as columns.
    """
    return image.format == "TIFF" and image.tag_v2.get(ORIENTATION, 1) in SIDEWAYS  # type: ignore[attr-defined]


def stored(image: Image.Image) -> tuple[int, int]:
    """(width, height) as an image is stored; of TIFF, newer versions of Pillow tell it as it will be turned."""
    if image.format != "TIFF":
        return image.size
    tags = image.tag_v2  # type: ignore[attr-defined]
    return tags[WIDTH], tags[LENGTH]


def upright(image: Image.Image, whole: tuple[int, int]) -> Image.Image:
    """As its EXIF orientation says; `whole`, its size before any draft, is noted in `info` (WHOLE), turned with it."""
    sideways = image.getexif().get(ORIENTATION, 1) in SIDEWAYS
    turned = ImageOps.exif_transpose(image)
    turned.info[WHOLE] = whole[::-1] if sideways else whole
    return turned


def draft(image: Image.Image, side: int | None) -> int:
    """Let a JPEG be decoded at a fraction of its size, but not below `side`. Returns the pixels that memory is for."""
    whole = math.prod(image.size)
    if side is not None:
        image.draft(None, (side, side))
    return whole if "progression" in image.info else math.prod(image.size)  # a progressive file is kept whole


def check_pixels(pixels: int, max_megapixels: float | None) -> None:
    """Raises ValueError for more pixels than are allowed."""
    most = GUARD if max_megapixels is None else max_megapixels * 1e6
    if most is not None and pixels > most:
        limit = "Pillow's guard against bombs" if max_megapixels is None else "data.max_megapixels"
        raise ValueError(f"{pixels / 1e6:.4g} megapixels are more than the {most / 1e6:.4g} of {limit}")


def find_images(root: Place) -> Iterator[Place]:
    """Image files (by suffix) below a folder, in sorted order; neither hidden ones nor along circular links. Of a
    container that holds nothing but images all items are.
    """
    return filter(counts_as_image, find_files(root))


def counts_as_image(path: Place) -> bool:
    return path.suffix.lower() in SUFFIXES or (isinstance(path, InsidePath) and path.counts_as_image)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """A link that leads nowhere, or round in a circle, is none."""
    return Path(entry).is_dir() if entry.is_symlink() else entry.is_dir()


def find_files(root: Place, hidden: bool = False, above: tuple[Path, ...] = ()) -> Iterator[Place]:
    """Files below a folder, in sorted order, not along circular links; hidden ones if asked for, but no hidden folders.

    above: the real paths of the folders that led here.
    """
    if isinstance(root, InsidePath):
        yield from root.files(hidden)
        return
    here = (*above, root.resolve())
    with os.scandir(root) as entries:  # which kind an entry is comes with its name
        found = sorted(entries, key=lambda entry: entry.name)
    for entry in found:
        path, seen = root / entry.name, not entry.name.startswith(".")
        if _is_folder(entry):
            if seen and path.resolve() not in here:
                yield from find_files(path, hidden, here)
        elif seen or hidden:
            yield path

"""Turns an image file of any common kind into bytes (C, H, W)."""

import io
import logging
import math
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from gan_runner.data.containers.inside import AnImage, InsidePath, Page, Place
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
from gan_runner.data.files.dicom import is_dicom, of_dicom
from gan_runner.data.files.nifti import is_nifti, of_nifti
from gan_runner.data.files.pages import apart, pages_in, whole_pages
from gan_runner.data.files.planes import plane, planes_of
from gan_runner.data.files.reading import Reading
from gan_runner.data.files.stack import Stack
from gan_runner.types import MOST_BANDS

Fit = Literal["crop", "stretch", "pad"]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
WHITE = {1: (255,), 3: (255, 255, 255), 4: (255, 255, 255, 0)}
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".jp2"}
)
Picture = Image.Image | Stack
WIDTH, LENGTH = 256, 257  # tags of TIFF
ORIENTATION = 0x0112  # of EXIF and TIFF
SIDEWAYS = (5, 6, 7, 8)  # of ORIENTATION: height is width
WHOLE = "whole"
"""What in `info` is the size of a file's image, of which a draft may have been decoded."""

STREAM = re.compile(r" <_io\.\w+ object at 0x\w+>")
"""What Pillow calls an image that lies in a container."""
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


class BandsError(ValueError):
    """An image has other bands than are asked for, and there is no plain way from one to the other."""


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
    guard against bombs. reading: of files that hold several images, or values that are windowed. four_bands: whether
    files were found whose fourth band is no transparency. depth: the type of pixels that are no bytes; None: they are.
    """

    size: tuple[int, int]
    channels: int
    fit: Fit
    value_range: ValueRange = field(default=None, kw_only=True)
    max_megapixels: float | None = field(default=None, kw_only=True)
    reading: Reading = field(default_factory=Reading, kw_only=True)
    four_bands: bool = field(default=False, kw_only=True)
    depth: str | None = field(default=None, kw_only=True)
    lets_in: ClassVar[str] = "data.max_megapixels={} lets it in"
    """What to do about a file of that many megapixels, where they are too many."""
    takes_them: ClassVar[str] = "{key}=[{:g},{:g}] takes them"
    """What to do about pixels from one value to another, where their type does not have them."""
    keys: ClassVar[str] = "data."
    """What the keys of its channels and its value_range begin with."""
    pages_key: ClassVar[str | None] = "data.pages"
    """What says which pages of a file are taken, if anything does."""
    other_bands: ClassVar[str] = "{}channels={}: set {}channels={}"
    """What is said of images with other bands: the key and its value, and what takes them."""

    def __call__(self, path: AnImage) -> NDArray[np.uint8]:
        with naming(path):
            return self.array(self.picture(path, 2 * max(self.size)))

    def picture(self, path: AnImage, side: int | None = None) -> Picture:
        """A file's image, upright, of 8 bits. side: pixels of the shorter side that are enough of a JPEG."""
        if self.reading.pages == "bands" and not isinstance(path, Page):
            return self._of_pages(path)
        with opened(path, self.reading) as (image, found):
            if found is None or (found.three_of_four and self.channels != 4):
                assert image is not None
                whole = stored(image)
                self._check(draft(image, side))
                fits = self.channels in MODES
                self._check_bands(len(image.getbands()), fits, 1 if fits else pages_of(image))
                return upright(image, whole)
            self._check(math.prod(found.sides))
            pixels = found.read()
            given = pixels.colours.shape[2]
            converted = given in MODES and self.channels in MODES
            fits = converted or (given == self.channels and not pixels.transparent)
            self._check_bands(given, fits, found.pages if fits or image is None else pages_of(image))
            try:
                picture = eight_bits(pixels, self.value_range)
            except OutOfRangeError as error:
                told = self.takes_them.format(*error.found, key=f"{self.keys}value_range")
                raise ValueError(f"{error}: {told}") from error
            orientation = found.orientation if image is None else image.getexif().get(ORIENTATION, 1)
            return turned(picture, orientation)

    def _of_pages(self, path: Place) -> Picture:
        """The pages of a file as the bands of one image."""
        count = pages_in(path, self.reading)
        by_page = replace(self, reading=replace(self.reading, pages=None), channels=1)
        if count == 1:
            return replace(self, reading=by_page.reading).picture(path)
        self._check_bands(count, count == self.channels)
        pages = (Page(path, number) for number in range(count))
        joined = Stack.joined(by_page.picture(page) for page in pages)
        self._check_bands(len(joined.bands), len(joined.bands) == self.channels)
        joined.info[WHOLE] = joined.size
        return joined

    def _check_bands(self, given: int, fits: bool, pages: int = 1) -> None:
        """Raises BandsError for an image whose bands do not fit."""
        if fits:
            return
        bands = f"it has {given} band{'s' * (given != 1)}"
        if given > MOST_BANDS:
            raise BandsError(f"{bands}, and images of at most {MOST_BANDS} are read: leave some out")
        told = self.other_bands.format(self.keys, self.channels, self.keys, given)
        if self.pages_key and given * pages == self.channels:
            told = f"{told}, or {self.pages_key}=bands if its {pages} pages are the bands of one image"
        raise BandsError(f"{bands}, and {told}")

    def _check(self, pixels: int) -> None:
        try:
            check_pixels(pixels, self.max_megapixels)
        except ValueError as error:
            raise ValueError(f"{error}: {self.lets_in.format(math.ceil(pixels / 1e6))}") from error

    def facts(self) -> Any:
        """All that the decoded images depend on beside the files they are decoded from, as JSON."""
        facts = asdict(self)
        facts.pop("depth")
        if self.reading == Reading():  # caches of earlier versions stand
            facts.pop("reading")
        return facts

    def array(self, image: Picture) -> NDArray[np.uint8]:
        """An image as it stands to bytes (C, *size)."""
        if isinstance(image, Stack):
            return np.stack([np.asarray(self._fitted(band)) for band in image.bands])
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
        mode = MODES[self.channels]
        return image if image.mode == mode else image.convert(mode)

    def _fitted(self, image: Image.Image) -> Image.Image:
        size, bicubic = self.size[::-1], Image.Resampling.BICUBIC
        if self.fit == "stretch":
            return image.resize(size, bicubic)
        if self.fit == "crop":
            return ImageOps.fit(image, size, bicubic)
        white = (255, 255, 255, 255) if BANDS in image.info else WHITE[len(image.getbands())]
        return ImageOps.pad(image, size, bicubic, color=white)


class SourceDecoder(Decoder):
    """Of the images of the other domain."""

    keys = "data.source_"


@contextmanager
def naming(path: AnImage) -> Iterator[None]:
    """Whatever goes wrong is told as a DecodeError that names the file."""
    try:
        yield
    except DecodeError:
        raise
    except Exception as error:  # Pillow's decoders raise anything on a damaged file
        told = STREAM.sub("", str(error))
        raise DecodeError(f"{path}: {told or type(error).__name__}") from error


@contextmanager
def opened(path: AnImage, reading: Reading | None = None) -> Iterator[tuple[Image.Image | None, Deep | None]]:
    """An image file, or a page of one, not yet decoded: as Pillow opens it, and what Pillow would change; one of the
    two may be None.

    Without a page, of a volume the slice in its middle, of others the first. Whatever goes wrong before it is closed is
    told as a DecodeError.
    """
    with naming(path):
        file, page = apart(path)
        if isinstance(path, Page) and path.missing:
            raise DecodeError(f"{file}: {path.missing}")
        if not file.is_file() and file.exists():  # to open a pipe would wait for a writer
            raise ValueError("no plain file")
        reading = reading or Reading()
        if is_nifti(file):
            if reading.from_file:
                raise ValueError("NIfTI has no window: set data.window=[<centre>,<width>], or null for all values")
            yield None, of_nifti(file, reading.axis, page)
            return
        if is_dicom(file):
            yield None, of_dicom(file, page or 0, reading.from_file)
            return
        if page is not None and is_tiff(file) and planes_of(file):
            yield None, plane(file, page)
            return
        source: Path | io.BytesIO = file if isinstance(file, Path) else io.BytesIO()
        if isinstance(file, InsidePath):
            stored = file.read()
            if not isinstance(stored, bytes):
                yield _of_array(stored)
                return
            source = io.BytesIO(stored)
        try:
            image = Image.open(source)
        except UnidentifiedImageError:
            if not is_tiff(file):
                raise
            yield None, deep(file, None, _place_of(file, page))
            return
        with image:
            if not _may_be_garbled(image):
                yield image, _at(image, file, page)
                return
        with file.open("rb") as stream, Image.open(stream) as unmapped:
            yield unmapped, _at(unmapped, file, page)


def pages_of(image: Image.Image) -> int:
    """How many images a file holds, as Pillow opened it."""
    return int(getattr(image, "n_frames", 1))


def _at(image: Image.Image, file: Place, page: int | None) -> Deep | None:
    """Go to a page of an image, and see what Pillow would change of it."""
    if page is not None:
        count = pages_of(image)
        page = _place_of(file, page) if image.format == "TIFF" else page
        if page >= count:
            raise ValueError(f"it has {count} pages, and data.pages asks for number {page + 1}")
        image.seek(page)
    return deep(file, image, page or 0)


def _place_of(file: Place, page: int | None) -> int:
    """Where a page stands among all of a TIFF, small copies of images included."""
    if page is None:
        return 0
    places = whole_pages(file)
    if page >= len(places):
        raise ValueError(f"it has {len(places)} pages, and data.pages asks for number {page + 1}")
    return places[page]


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


def turned(picture: Picture, orientation: int) -> Picture:
    """As an orientation says, with its size noted in `info` (WHOLE)."""
    if isinstance(picture, Stack):
        bands = [turned(band, orientation) for band in picture.bands]
        stack = Stack.joined(bands)
        stack.info[WHOLE] = stack.size
        return stack
    picture.getexif()[ORIENTATION] = orientation
    return upright(picture, picture.size)


def upright(image: Image.Image, whole: tuple[int, int]) -> Image.Image:
    """As its EXIF orientation says; `whole`, its size before any draft, is noted in `info` (WHOLE), turned with it."""
    sideways = image.getexif().get(ORIENTATION, 1) in SIDEWAYS
    image.load()  # which turns a TIFF
    is_upright = image.getexif().get(ORIENTATION, 1) == 1
    turned = image if is_upright else ImageOps.exif_transpose(image)  # which would copy it
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
    """Image files (`counts_as_image`) below a folder, in sorted order; neither hidden ones nor along circular links."""
    return filter(counts_as_image, find_files(root))


def counts_as_image(path: Place) -> bool:
    """By its suffix; DICOM without one by its mark. Of a container that holds nothing but images all items do."""
    if path.suffix.lower() in SUFFIXES or is_nifti(path):
        return True
    return path.counts_as_image or is_dicom(path) if isinstance(path, InsidePath) else is_dicom(path)


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

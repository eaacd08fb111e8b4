"""Files of several images: which of their pages are taken, and what a page is called."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from PIL import Image

from gan_runner.data.containers.inside import AnImage, Page, Place, wholes_of
from gan_runner.data.files.deep import is_tiff
from gan_runner.data.files.dicom import in_series, is_dicom, of_dicom
from gan_runner.data.files.nifti import is_nifti, volume_of
from gan_runner.data.files.planes import planes_of
from gan_runner.data.files.reading import Reading, chosen
from gan_runner.waiting.threads import each

PAGED = frozenset({".tif", ".tiff", ".gif", ".webp", ".avif", ".png"})
"""Suffixes, beside those of medical formats, of files that may hold several images."""

NO_IMAGE = 0b101
"""The marks, in NewSubfileType of TIFF, of smaller copies and of masks."""


def apart(place: AnImage) -> tuple[Place, int | None]:
    """The file, and which of its pages; None where none is asked for by number."""
    return (place.file, place.number) if isinstance(place, Page) else (place, None)


def images_of(paths: Sequence[Place], reading: Reading) -> tuple[list[AnImage], list[int] | None]:
    """The images that files are, in order: pages where those are asked for; slices of a series as they lie.

    Also, of each, the number of what it is a part of, its file or series; None where each is whole by itself.
    """
    files, parts = in_series(paths)
    parts = wholes_of(files) or parts
    if reading.pages in (None, "bands"):
        return [*files], parts if len(set(parts)) < len(parts) else None
    found: list[AnImage] = []
    belongs: list[int] = []
    counted = each(partial(_pages, reading=reading), files, "counting pages", "files")
    for number, pages in zip(parts, counted, strict=True):
        found += pages
        belongs += [number] * len(pages)
    return found, belongs if len(set(belongs)) < len(belongs) else None


def _pages(path: Place, reading: Reading) -> list[AnImage]:
    """A file that holds one image is itself; of one that cannot be read, or lacks what is asked for, decoding tells."""
    try:
        count = pages_in(path, reading)
    except Exception:  # Pillow's decoders raise anything on a damaged file
        return [path]
    if count == 1 and reading.pages in ("first", "middle", "all"):
        return [path]
    try:
        return [Page(path, number) for number in chosen(reading.pages, count)]
    except ValueError as error:
        return [Page(path, count, str(error))]


def pages_in(path: Place, reading: Reading) -> int:
    """How many images a file holds. Raises what its reader raises."""
    if is_nifti(path):
        return volume_of(path).count(reading.axis)
    if is_dicom(path):
        return of_dicom(path, 0, False).pages
    if path.suffix.lower() not in PAGED:
        return 1
    if is_tiff(path):
        return planes_of(path) or len(whole_pages(path))
    with path.open("rb") as file, Image.open(file) as image:
        return int(getattr(image, "n_frames", 1))


def whole_pages(path: Place) -> list[int]:
    """Which pages of a TIFF are images, and neither smaller copies nor masks of them.

    Raises ValueError for a stack that ImageJ keeps in one page.
    """
    import tifffile

    with path.open("rb") as stream, tifffile.TiffFile(stream) as file:
        stacked = int((file.imagej_metadata or {}).get("images", 1)) if file.is_imagej else 1
        if stacked > len(file.pages):
            raise ValueError(f"ImageJ keeps its {stacked} images in one page: save it as a plain TIFF")
        if len(file.pages) == 1:
            return [0]
        pages: Iterable[Any] = file.pages
        return [number for number, page in enumerate(pages) if not page.subfiletype & NO_IMAGE] or [0]

"""What an image file says of itself before its pixels are decoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from gan_runner.data.containers.inside import AnImage
from gan_runner.data.files.decoding import ORIENTATION, SIDEWAYS, DecodeError, opened, stored
from gan_runner.data.files.deep import Deep
from gan_runner.data.files.dicom import is_dicom
from gan_runner.data.files.nifti import is_nifti
from gan_runner.data.files.pages import apart
from gan_runner.waiting.threads import each

WORDS = {
    "1": "black and white", "L": "grey", "LA": "grey with transparency", "La": "grey with transparency",
    "RGB": "colour", "RGBA": "colour with transparency", "RGBa": "colour with transparency", "P": "palette",
    "PA": "palette", "CMYK": "CMYK", "YCbCr": "colour", "LAB": "colour", "HSV": "colour",
}  # fmt: skip
"""Pillow's modes as people read them."""


class Header(NamedTuple):
    """sides: (height, width), upright. kind: its bands and the type of its pixels, in words. form: its format."""

    sides: tuple[int, int]
    kind: str
    form: str


def headers(paths: Sequence[AnImage], what: str = "reading headers") -> list[Header | None]:
    """Of each file, behind a bar; None of one that cannot be read."""
    return list(each(tried, paths, what, "images"))


def tried(path: AnImage) -> Header | None:
    try:
        return header(path)
    except DecodeError:
        return None


def header(path: AnImage) -> Header:
    """Of one file. Raises DecodeError."""
    with opened(path) as (image, found):
        form = (image.format if image is not None else None) or _form(path)
        return Header(sides_of(image, found), _kind(image, found), form)


def sides_of(image: Image.Image | None, found: Deep | None) -> tuple[int, int]:
    """(height, width), upright, of what `opened` gives. Its pixels are not decoded, but those of a PNG that is no
    square, which may tell its orientation at its end.
    """
    if image is None:
        assert found is not None
        sides, orientation = found.sides, found.orientation
    else:
        sides, orientation = stored(image)[::-1], _orientation(image)
    return sides[::-1] if orientation in SIDEWAYS else sides


def _form(path: AnImage) -> str:
    """Of a file that Pillow does not open."""
    file, _ = apart(path)
    return "NIfTI" if is_nifti(file) else "DICOM" if is_dicom(file) else file.suffix[1:].upper() or "array"


def _orientation(image: Image.Image) -> int:
    """Where it matters: the orientation of a PNG may come after its pixels, which are not decoded for a square."""
    if image.format == "TIFF":
        return int(image.tag_v2.get(ORIENTATION, 1))  # type: ignore[attr-defined]
    return 1 if image.width == image.height else int(image.getexif().get(ORIENTATION, 1))


def _kind(image: Image.Image | None, found: Deep | None) -> str:
    if found is None or found.dtype.name == "uint8":
        mode = "" if image is None else image.mode
        return WORDS.get(mode, mode) if found is None or found.bands in (1, 3) else f"{found.bands} bands"
    bands = {1: "grey", 2: "grey with transparency", 3: "colour"}.get(found.bands, f"{found.bands} bands")
    return f"{bands} of {found.dtype.name}"

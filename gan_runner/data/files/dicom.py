"""Pixels of DICOM files: rescaled, shown by their window, without padding, a frame at a time.

Of a header only what says how pixels are read is ever read: neither names nor numbers nor dates of persons.
Source: DICOM PS3.3, C.7.6.3 (pixels), C.11.1 (rescale), C.11.2 (window), C.7.6.16 (functional groups).
"""

from __future__ import annotations

import io
import logging
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.files.deep import Deep, Pixels
from gan_runner.waiting.threads import each

SUFFIXES = frozenset({".dcm", ".dicom"})
MARK_AT, MARK = 128, b"DICM"
INDEX = "DICOMDIR"
"""What a file is called that lists others and has the mark too."""
NEEDED = (
    "DICOM is read by pydicom, which is not installed: pip install 'gan-runner[formats]', or take the files out of "
    "data.root"
)
MONOCHROME = ("MONOCHROME1", "MONOCHROME2")
PIXELS = (
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored",
    "PixelRepresentation", "RescaleSlope", "RescaleIntercept", "ModalityLUTSequence", "WindowCenter", "WindowWidth",
    "VOILUTFunction", "PixelPaddingValue", "PixelPaddingRangeLimit", "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
    *(f"{colour}PaletteColorLookupTable{of}" for colour in ("Red", "Green", "Blue") for of in ("Descriptor", "Data")),
)  # fmt: skip
"""What says how pixels are read."""
PLACE = ("SeriesInstanceUID", "ImagePositionPatient", "ImageOrientationPatient", "InstanceNumber")
"""What says where a slice lies. Kept in memory alone."""


def is_dicom(path: Place) -> bool:
    """By its suffix; by its mark where it has none, or a number, as names that are a UID end in."""
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        return True
    if (suffix and not suffix[1:].isdigit()) or path.name == INDEX:
        return False
    if isinstance(path, InsidePath) and path.counts_as_image:  # all its items are images, and many
        return False
    try:
        with path.open("rb") as file:
            return file.read(MARK_AT + len(MARK))[MARK_AT:] == MARK
    except OSError:
        return False


@cache
def library() -> Any:
    """Pydicom, which says nothing of what is in a file: its words may be those of a person's name.

    Raises ValueError, a sentence, where it is not installed.
    """
    try:
        import pydicom
        import pydicom.pixels
    except ModuleNotFoundError as error:
        raise ValueError(NEEDED) from error
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
    warnings.filterwarnings("ignore", module=r"pydicom\b")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    return pydicom


def of_dicom(path: Place, number: int, by_window: bool) -> Deep:
    """A frame of a file, by its header. by_window: whether greys are shown by the file's window, from 0 to 1.

    Raises ValueError for a file without pixels, or without the frame.
    """
    header = _header(path, PIXELS)
    if "Rows" not in header or "Columns" not in header:
        raise ValueError("it holds no pixels")
    frames, bands = int(header.get("NumberOfFrames") or 1), int(header.get("SamplesPerPixel") or 1)
    if number >= frames:
        raise ValueError(f"it has {frames} frames, and number {number + 1} is asked for")
    kind = str(header.get("PhotometricInterpretation", MONOCHROME[1]))
    frame = Frame(header, number)
    return Deep(
        np.dtype(np.uint8) if bands == 3 or kind == "PALETTE COLOR" else frame.dtype(by_window),
        (int(header.Rows), int(header.Columns)),
        3 if kind == "PALETTE COLOR" else bands,
        lambda: _pixels(path, frame, kind, by_window),
        pages=frames,
    )


def _header(path: Place, tags: Sequence[str]) -> Any:
    pydicom = library()
    with path.open("rb") as file:
        try:
            return pydicom.dcmread(file, stop_before_pixels=True, specific_tags=list(tags))
        except pydicom.errors.InvalidDicomError as error:
            raise ValueError("it is no DICOM file") from error


@dataclass(frozen=True)
class Frame:
    """What the header says of a frame: for it alone, for all frames, or for the file."""

    header: Any
    number: int

    def says(self, macro: str, keyword: str) -> Any:
        """A value of one of the functional groups, or of the file; None where nobody says."""
        of_each, of_all = (
            self.header.get(f"{whose}FunctionalGroupsSequence") or () for whose in ("PerFrame", "Shared")
        )
        groups = [*of_each[self.number : self.number + 1], *of_all[:1]]
        found = [group.get(macro)[0].get(keyword) for group in groups if group.get(macro)]
        return next((one for one in (*found, self.header.get(keyword)) if one not in (None, "")), None)

    @property
    def rescale(self) -> tuple[float, float] | None:
        """(slope, intercept)."""
        slope = self.says("PixelValueTransformationSequence", "RescaleSlope")
        intercept = self.says("PixelValueTransformationSequence", "RescaleIntercept")
        return None if slope is None or intercept is None else (float(slope), float(intercept))

    def window(self) -> tuple[float, float, str]:
        """(centre, width, function), the first where there are several. Raises ValueError where there is none."""
        centre, width = (_first(self.says("FrameVOILUTSequence", key)) for key in ("WindowCenter", "WindowWidth"))
        if centre is None or width is None:
            raise ValueError("it has no window: set data.window=[<centre>,<width>], or data.window=null for all values")
        function = self.says("FrameVOILUTSequence", "VOILUTFunction") or "LINEAR"
        return float(centre), float(width), str(function)

    def dtype(self, by_window: bool) -> np.dtype[Any]:
        """Of its greys, once rescaled."""
        if by_window or self.rescale or "ModalityLUTSequence" in self.header or "BitsAllocated" not in self.header:
            return np.dtype(np.float32)
        signed = bool(self.header.get("PixelRepresentation", 0))
        return np.dtype(f"{'i' if signed else 'u'}{max(1, int(self.header.BitsAllocated) // 8)}")


def _first(value: Any) -> Any:
    return value[0] if value is not None and not isinstance(value, str) and hasattr(value, "__len__") else value


def _pixels(path: Place, frame: Frame, kind: str, by_window: bool) -> Pixels:
    stored = _stored(path, frame)
    header = frame.header
    if kind == "PALETTE COLOR":
        colours = library().pixels.apply_color_lut(stored, header)
        return Pixels(colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8))
    if stored.ndim == 3:  # red, green and blue, whatever the header says: pydicom has turned them into it
        return Pixels(stored)
    if header.get("BitsAllocated") == 1:  # what is marked, and what is not
        stored = stored * np.uint8(255)
    values, white_is_zero = stored, kind == "MONOCHROME1"
    if "ModalityLUTSequence" in header:
        values = library().pixels.apply_modality_lut(stored, header).astype(np.float32)
    elif (rescale := frame.rescale) is not None:
        values = (stored * rescale[0] + rescale[1]).astype(np.float32)
    if by_window:
        values = windowed(values, *frame.window())
    return Pixels(values[..., None], white_is_zero=white_is_zero, absent=_padding(stored, header))


def _stored(path: Place, frame: Frame) -> NDArray[Any]:
    """As they are kept, unpacked; colours as red, green and blue."""
    pydicom = library()
    syntax = frame.header.file_meta.get("TransferSyntaxUID")
    if syntax is not None and syntax.is_compressed and not _can_unpack(syntax):
        raise ValueError(
            f"its pixels are compressed by {syntax.name}, which takes a plugin of pydicom: pip install pylibjpeg "
            "pylibjpeg-libjpeg pylibjpeg-openjpeg, or decompress it"
        )
    source: Any = path if isinstance(path, Path) else io.BytesIO(path.open("rb").read())
    try:
        found: NDArray[Any] = pydicom.pixels.pixel_array(source, index=frame.number)
    except AttributeError as error:
        raise ValueError("it holds no pixels") from error
    except (RuntimeError, NotImplementedError) as error:  # of many lines, the last of which says why
        why = str(error).strip().splitlines()[-1].strip()[:120]
        raise ValueError(f"its pixels are damaged, or packed in a way that is not read ({why})") from error
    return found


def _can_unpack(syntax: Any) -> bool:
    try:
        return bool(library().pixels.get_decoder(syntax).is_available)
    except NotImplementedError:  # a film, say
        return False


def _padding(stored: NDArray[Any], header: Any) -> NDArray[np.bool_] | None:
    """Where there is no image, but a value that says so."""
    value, limit = header.get("PixelPaddingValue"), header.get("PixelPaddingRangeLimit")
    if not isinstance(value, int):
        return None
    if not isinstance(limit, int):
        limit = value
    low, high = sorted(_as_stored(one, header) for one in (value, limit))
    found: NDArray[np.bool_] = (stored >= low) & (stored <= high)
    return found if found.any() and not found.all() else None


def _as_stored(value: int, header: Any) -> int:
    """A value that a file may give as if it had no sign."""
    bits = int(header.get("BitsAllocated", 16))
    signed = bool(header.get("PixelRepresentation", 0)) and value >= 1 << (bits - 1)
    return value - (1 << bits) if signed else value


def windowed(values: NDArray[Any], centre: float, width: float, function: str = "LINEAR") -> NDArray[np.float32]:
    """Values as shown by a window, 0 black and 1 white.

    Source: DICOM PS3.3, C.11.2.1.2.1 (LINEAR), C.11.2.1.3.1 (SIGMOID), C.11.2.1.3.2 (LINEAR_EXACT).
    Raises ValueError for a width or a function that the standard does not have.
    """
    least = 1 if function == "LINEAR" else 0
    if width < least or (width == 0):
        raise ValueError(f"its window is {width:g} wide: set data.window=[<centre>,<width>]")
    exact = values.astype(np.float64)
    if function == "SIGMOID":
        return (1 / (1 + np.exp(-4 * (exact - centre) / width))).astype(np.float32)
    if function == "LINEAR_EXACT":
        shown = (exact - centre) / width + 0.5
    elif function == "LINEAR" and width == 1:
        shown = (exact > centre - 0.5).astype(np.float64)
    elif function == "LINEAR":
        shown = (exact - (centre - 0.5)) / (width - 1) + 0.5
    else:
        raise ValueError(f"its window has the function {function[:16]}: set data.window=[<centre>,<width>]")
    return shown.clip(0, 1).astype(np.float32)


# ---- series ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """Where a file belongs: its series, and how far along the normal of its plane it lies."""

    series: str
    along: float
    number: float


def slice_of(path: Place) -> Slice | None:
    """None for a file that does not say which series it is of, or cannot be read."""
    try:
        header = _header(path, PLACE)
        series = header.get("SeriesInstanceUID")
        if not series:
            return None
        number = float(header.get("InstanceNumber") or 0)
        position, plane = header.get("ImagePositionPatient"), header.get("ImageOrientationPatient")
        if not position or not plane or len(position) != 3 or len(plane) != 6:
            return Slice(str(series), number, number)
        normal = np.cross(np.array(plane[:3], float), np.array(plane[3:], float))
        return Slice(str(series), float(normal @ np.array(position, float)), number)
    except Exception:  # decoding tells of it
        return None


def in_series(paths: Sequence[Place]) -> tuple[list[Place], list[int]]:
    """Paths with the slices of each series in a folder side by side, in the order in which they lie in the patient;
    and of each path the number of what it is a part of: its series, or itself.

    Slices at the same place, and those without one, are in the order of their numbers, then of their names. A series
    begins where its first file stood.
    """
    asked = [path for path in paths if is_dicom(path)]
    if not asked:
        return list(paths), list(range(len(paths)))
    found = dict(zip(asked, each(slice_of, asked, "looking at series", "files"), strict=True))
    series: dict[tuple[Any, ...], list[Place]] = {}
    for path in paths:
        one = found.get(path)
        series.setdefault((path,) if one is None else (path.parent, one.series), []).append(path)
    ordered, parts = [], []
    for number, members in enumerate(series.values()):
        if len(members) > 1:
            members = sorted(members, key=lambda path: _order(found[path], path))
        ordered += members
        parts += [number] * len(members)
    return ordered, parts


def _order(one: Slice | None, path: Place) -> tuple[float, float, str]:
    return (one.along, one.number, path.name) if one is not None else (0.0, 0.0, path.name)

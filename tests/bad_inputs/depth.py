"""Files of several images, of bands and of medical formats that do not fit what is asked for."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from pydicom import dcmread
from pydicom.encaps import encapsulate
from pydicom.uid import HTJ2K

from bad_inputs.pictures import SKIPPED, photo, photos
from bad_inputs.scene import Row, Scene
from fixtures.medical import dicom, nifti

RAMP = np.arange(64, dtype=np.int16).reshape(8, 8)
VOLUME = np.arange(512, dtype=np.float32).reshape(8, 8, 8)
GREY = "data.channels=1"


def only(*writes: tuple[str, Callable[[Path], Any]]) -> Callable[[Scene], None]:
    """photos/ with these files alone."""

    def make(scene: Scene) -> None:
        folder = scene.folder / "photos"
        folder.mkdir()
        for name, write in writes:
            write(folder / name)

    return make


def many(suffix: str, write: Callable[[Path], Any], count: int = 5) -> Callable[[Scene], None]:
    return only(*((f"{number}{suffix}", write) for number in range(count)))


def tiff(values: np.ndarray, **saving: Any) -> Callable[[Path], Any]:
    return lambda path: tifffile.imwrite(path, values, **{"photometric": "minisblack", **saving})


def bands(count: int) -> Callable[[Path], Any]:
    return tiff(np.zeros((8, 8, count), np.uint8), planarconfig="contig")


def pages(count: int) -> Callable[[Path], Any]:
    return tiff(np.zeros((count, 8, 8), np.uint8))


def compressed(path: Path) -> None:
    file = dcmread(dicom(path, RAMP))
    file.file_meta.TransferSyntaxUID = HTJ2K
    file.PixelData = encapsulate([bytes(64)])
    file["PixelData"].VR = "OB"
    file.save_as(path)


def cut(write: Callable[[Path], Any], keep: int) -> Callable[[Path], Any]:
    def make(path: Path) -> None:
        write(path)
        path.write_bytes(path.read_bytes()[:keep])

    return make


def holed(value: float) -> np.ndarray:
    values = RAMP.astype(np.float32)
    values[3, 3] = value
    return values


COLOURS = np.zeros((8, 8, 8), [(band, "u1") for band in "RGB"])

ROWS: dict[str, Row] = {
    "DICOM without pixels": Row(
        photo(), (*SKIPPED, "bad.dcm: it holds no pixels"), photos("bad.dcm", lambda p: dicom(p, None)), 0
    ),
    "DICOM that is none": Row(photo(), (*SKIPPED, "bad.dcm: it is no DICOM file"), photos("bad.dcm", b"no DICOM"), 0),
    "DICOM that is cut": Row(photo(), (*SKIPPED, "bad.dcm"), photos("bad.dcm", cut(lambda p: dicom(p, RAMP), 500)), 0),
    "DICOM compressed without a plugin": Row(
        photo(),
        (*SKIPPED, "compressed by High-Throughput JPEG 2000", "pip install pylibjpeg"),
        photos("bad.dcm", compressed),
        0,
    ),
    "DICOM without the window of its file": Row(
        photo("data.window=file"),
        (*SKIPPED, "it has no window: set data.window="),
        photos("bad.dcm", lambda p: dicom(p, RAMP)),
        0,
    ),
    "only DICOM without pixels": Row(
        photo(GREY), ("data.root=", "none of which can be decoded"), many(".dcm", lambda p: dicom(p, None))
    ),
    "window that is no width": Row(
        photo("data.window=[40,0]"), ("data.window=[40,0]", "[centre,width]"), many(".dcm", lambda p: dicom(p, RAMP))
    ),
    "window and range": Row(
        photo("data.window=[40,400]", "data.value_range=[0,1]"),
        ("data.window and data.value_range", "set one"),
        many(".dcm", lambda p: dicom(p, RAMP)),
    ),
    "NIfTI of four axes": Row(
        photo(),
        (*SKIPPED, "bad.nii: it has 4 axes (8 × 8 × 8 × 3)"),
        photos("bad.nii", lambda p: nifti(p, np.stack([VOLUME] * 3, -1))),
        0,
    ),
    "NIfTI in colours": Row(
        photo(), (*SKIPPED, "bad.nii.gz: it holds colours"), photos("bad.nii.gz", lambda p: nifti(p, COLOURS)), 0
    ),
    "NIfTI that is cut": Row(
        photo(), (*SKIPPED, "bad.nii"), photos("bad.nii", cut(lambda p: nifti(p, VOLUME), 700)), 0
    ),
    "packed NIfTI that is cut": Row(
        photo(),
        (*SKIPPED, "bad.nii.gz: it is damaged or cut off"),
        photos("bad.nii.gz", cut(lambda p: nifti(p, VOLUME), 200)),
        0,
    ),
    "NIfTI that is text": Row(photo(), (*SKIPPED, "bad.nii"), photos("bad.nii", b"no volume" * 99), 0),
    "float image with NaN": Row(
        photo(), (*SKIPPED, "bad.tif: pixels that are NaN or infinite"), photos("bad.tif", tiff(holed(np.nan))), 0
    ),
    "float image with infinity": Row(
        photo(), (*SKIPPED, "bad.tif: pixels that are NaN or infinite"), photos("bad.tif", tiff(holed(np.inf))), 0
    ),
    "NIfTI with NaN": Row(
        photo(),
        (*SKIPPED, "bad.nii: pixels that are NaN"),
        photos("bad.nii", lambda p: nifti(p, np.full((8, 8, 8), np.nan, np.float32))),
        0,
    ),
    "mixed depths": Row(
        photo(GREY),
        ("pixels of several kinds (float32, uint16)", "data.value_range="),
        only(("a.tif", tiff(holed(0.5))), ("b.tif", tiff(RAMP.astype(np.uint16)))),
    ),
    "five bands for three": Row(
        photo(), ("it has 5 bands, and data.channels=3: set data.channels=5",), many(".tif", bands(5))
    ),
    "three bands for five": Row(
        photo("data.channels=5"),
        ("it has 3 bands, and data.channels=5: set data.channels=3",),
        many(".tif", tiff(np.zeros((3, 8, 8), np.uint8), photometric="rgb")),
    ),
    "two bands for one": Row(
        photo(GREY), ("it has 2 bands, and data.channels=1: set data.channels=2",), many(".tif", bands(2))
    ),
    "twenty bands": Row(
        photo("data.channels=16"), ("it has 20 bands, and images of at most 16 are read",), many(".tif", bands(20))
    ),
    "seventeen channels": Row(photo("data.channels=17"), ("data.channels=17", "16"), many(".tif", bands(5))),
    "pages that may be bands": Row(
        photo("data.channels=5"),
        ("it has 1 band, and data.channels=5", "data.pages=bands if its 5 pages"),
        many(".tif", pages(5)),
    ),
    "pages as too few bands": Row(
        photo("data.pages=bands", "data.channels=6"), ("it has 5 bands, and data.channels=6",), many(".tif", pages(5))
    ),
    "pages that are behind all": Row(
        photo(GREY, "data.pages=[8,9]"),
        (
            "data.root=",
            "none of which can be decoded",
            "0.tif: it has 3 pages, and data.pages=[8,9] begins behind them",
        ),
        many(".tif", pages(3)),
    ),
    "slices that are behind all": Row(
        photo(GREY, "data.pages=[9,900]"),
        ("none of which can be decoded", "0.nii: it has 8 pages, and data.pages=[9,900] begins behind them"),
        many(".nii", lambda p: nifti(p, VOLUME)),
    ),
    "pages from the last to the first": Row(
        photo("data.pages=[9,2]"), ("data.pages=[9,2]", "count from 1"), many(".tif", pages(3))
    ),
    "pages of a name": Row(photo("data.pages=last"), ("data.pages",), many(".tif", pages(3))),
    "axis of a name": Row(photo("data.axis=up"), ("data.axis",), many(".nii", lambda p: nifti(p, VOLUME))),
    "all pages of one file": Row(
        photo(GREY, "data.pages=all"), ("whole files, volumes or series", "data.holdout=0"), only(("a.tif", pages(9)))
    ),
}

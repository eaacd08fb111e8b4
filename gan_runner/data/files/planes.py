"""TIFFs of one colour image that may be slices: three or four greys that were written as planes of colour."""

from __future__ import annotations

from typing import Any

import numpy as np

from gan_runner.data.containers.inside import Place
from gan_runner.data.files.deep import Deep, Pixels

RGB, AXES = 2, "SYX"
"""What a page says of its colours, and tifffile's letters for bands in planes."""


def planes_of(file: Place) -> int:
    """How many slices an array of shape (3, H, W) or (4, H, W) had; 0 of any other TIFF.

    tifffile.imwrite makes one RGB image of such an array if it is not told photometric="minisblack", and notes the
    shape. An image that was meant to be colour in planes looks the same.
    """
    import tifffile

    with file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
        page: Any = tiff.pages[0]
        if len(tiff.pages) != 1 or page.axes != AXES or page.photometric != RGB or page.dtype.kind not in "iuf":
            return 0
        noted = (tiff.shaped_metadata or ({},))[0].get("shape", ())
        return int(page.shape[0]) if tuple(noted) == page.shape else 0


def plane(file: Place, number: int) -> Deep:
    """One of them as a grey image. Raises ValueError for a number that is not there."""
    import tifffile

    with file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
        page: Any = tiff.pages[0]
        count, dtype, sides = int(page.shape[0]), page.dtype, (int(page.imagelength), int(page.imagewidth))
    if number >= count:
        raise ValueError(f"it has {count} pages, and data.pages asks for number {number + 1}")

    def read() -> Pixels:
        with file.open("rb") as stream, tifffile.TiffFile(stream) as tiff:
            return Pixels(tiff.pages[0].asarray()[number][..., None])

    return Deep(np.dtype(dtype), sides, 1, read)

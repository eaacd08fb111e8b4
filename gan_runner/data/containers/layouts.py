"""Which axis of an array is which, told by its shape.

A layout is a letter for each axis: n the images, h and w their rows and columns, c their bands, d the slices of a
volume, each of which is an image.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod
from typing import Any

from numpy.typing import NDArray

COLOURS = (1, 3, 4)
MOST_BANDS = 16
LAYOUTS = ("nhw", "nwh", "nhwc", "nchw", "ndhw", "hwn", "hwcn")
"""Those that can be said by data.array=<key>:<layout>."""
MATLAB = {4: ("hwcn", "nhwc", "nchw"), 3: ("hwn", "nhw")}
"""Number of axes -> layouts, MATLAB's own first."""
Shape = tuple[int, ...]


@dataclass(frozen=True)
class Layout:
    """Of an array of this shape."""

    axes: str
    shape: Shape

    def __post_init__(self) -> None:
        if len(self.axes) != len(self.shape):
            raise ValueError(f"has {len(self.shape)} axes, and {self.axes} are {len(self.axes)}")

    def length(self, axis: str) -> int:
        return self.shape[self.axes.index(axis)] if axis in self.axes else 1

    @property
    def rows(self) -> int:
        """Images, or volumes."""
        return self.length("n")

    @property
    def slices(self) -> int:
        """Images of a row."""
        return self.length("d")

    @property
    def row_axis(self) -> int:
        return self.axes.index("n")

    @property
    def row_size(self) -> int:
        return prod(self.shape) // max(1, self.rows)

    def image(self, row: NDArray[Any], place: int) -> NDArray[Any]:
        """The image (H, W) or (H, W, bands) at a place of a row, whose axes are those of the array without n."""
        axes = self.axes.replace("n", "")
        if "d" in axes:
            row, axes = row.take(place, axes.index("d")), axes.replace("d", "")
        return row.transpose([axes.index(axis) for axis in "hwc" if axis in axes])


def layout_of(shape: Shape) -> Layout:
    """Of an array whose first axis is that of the images.

    Bands are an axis of 1, 3 or 4; if there is none, one of 2 to 16; without any, four axes are volumes.
    Raises ValueError, without its subject, where the shape leaves it open or is not that of images.
    """
    if len(shape) == 3:
        if shape[2] <= max(COLOURS) < shape[1]:
            raise ValueError("is one image, and a set has an axis more, its first: save it as images[None]")
        return Layout("nhw", shape)
    if len(shape) != 4:
        raise ValueError(
            f"has {len(shape)} axes, and images are (N, H, W), (N, H, W, bands), (N, bands, H, W) or volumes "
            "(N, slices, H, W): reshape it"
        )
    first, last = shape[1], shape[3]
    for most in (COLOURS, range(1, MOST_BANDS + 1)):
        if first in most and last in most:
            raise _open("nhwc", "nchw", *(() if most is COLOURS else ("ndhw",)))
        if last in most:
            return Layout("nhwc", shape)
        if first in most:
            return Layout("nchw", shape)
    return Layout("ndhw", shape)


def matlab_layout_of(shape: Shape, count: int | None) -> Layout:
    """Of an array of MATLAB, where the axis of the images is the last one, unless it was written elsewhere.

    count: how many labels lie beside it. Raises ValueError as `layout_of` does.
    """
    if len(shape) not in MATLAB:
        raise ValueError(f"has {len(shape)} axes, and images are (H, W, N) or (H, W, bands, N): reshape it")
    known = [Layout(axes, shape) for axes in MATLAB[len(shape)]]
    fits = [one for one in known if one.length("c") in COLOURS and count in (None, one.rows)]
    if count is None and len(shape) == 3:
        fits = [one for one in fits if one.length("h") == one.length("w")]
    if not fits or (len(fits) > 1 and len(shape) == 3):
        raise _open(*MATLAB[len(shape)])
    return fits[0]


def _open(*layouts: str) -> ValueError:
    told = " or ".join(f"({', '.join(axes.upper())})" for axes in layouts)
    keys = " or ".join(f"data.array=:{axes}" for axes in layouts)
    return ValueError(f"may be {told}: say which by {keys}")

"""Animations that have fewer frames than the images they were written of."""

from __future__ import annotations

from typing import NamedTuple

from PIL import Image

from gan_runner.data.containers.inside import Place

ANIMATED = frozenset({".gif", ".webp", ".png"})
"""Suffixes of formats whose writers join neighbours that are equal into one frame, which is shown longer."""
OFF = 1.0
"""Milliseconds that a time may be off, as formats round it."""


class Frames(NamedTuple):
    """How many frames there are, and of how many images they may be."""

    there: int
    images: int


def frames_of(file: Place) -> Frames:
    """By how long each frame of an animation is shown: twice the shortest time may be two images that are equal.

    Frames without times, or with times of their own, tell nothing and count as one image each, as does a file that
    cannot be read.
    """
    try:
        times = _times(file)
    except Exception:  # Pillow's decoders raise anything on a damaged file
        times = []
    least = min(times, default=0.0)
    if least <= 0:
        return Frames(len(times), len(times))
    each = [round(time / least) for time in times]
    multiples = all(abs(time - images * least) <= OFF for time, images in zip(times, each, strict=True))
    return Frames(len(times), sum(each) if multiples else len(times))


def _times(file: Place) -> list[float]:
    """Milliseconds of each frame."""
    found = []
    with file.open("rb") as stream, Image.open(stream) as image:
        for number in range(int(getattr(image, "n_frames", 1))):
            image.seek(number)
            image.load()  # some formats tell the time with the pixels
            found.append(float(image.info.get("duration") or 0))
    return found

"""Turns an image file of any common kind into bytes (C, H, W)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

Fit = Literal["crop", "stretch", "pad"]
MODES = {1: "L", 3: "RGB", 4: "RGBA"}
WHITE = {1: (255,), 3: (255, 255, 255), 4: (255, 255, 255, 0)}
SUFFIXES = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".gif", ".bmp", ".dib", ".tif", ".tiff"}
    | {".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".jp2"}
)


class DecodeError(ValueError):
    """A file that cannot be decoded, and why."""


@dataclass(frozen=True)
class Decoder:
    """Reads an image file as uint8 (C, *size).

    The first frame, turned as its EXIF orientation says; 16-bit greys lose their low byte; transparency is laid
    over white unless channels is 4. fit: "crop" scales the image to cover `size` (a square's side becomes the
    shorter side) and cuts the centre out, "stretch" ignores the proportions, "pad" fits the whole image in and
    fills with white (transparent white with 4 channels). Antialiased bicubic; JPEG files much larger than `size`
    are decoded at a fraction of their resolution, at least twice `size`.
    """

    size: tuple[int, int]
    channels: int
    fit: Fit

    def __call__(self, path: Path) -> NDArray[np.uint8]:
        with opened(path) as image:
            side = 2 * max(self.size)
            image.draft(None, (side, side))
            return self.array(ImageOps.exif_transpose(image))

    def facts(self) -> Any:
        """All that the decoded images depend on beside the files they are decoded from, as JSON."""
        return asdict(self)

    def array(self, image: Image.Image) -> NDArray[np.uint8]:
        """An image as it stands to bytes (C, *size)."""
        array: NDArray[np.uint8] = np.asarray(self._fitted(self._converted(image)))
        return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)

    def _converted(self, image: Image.Image) -> Image.Image:
        """To the mode asked for, transparency resolved."""
        if image.mode.startswith("I") or image.mode == "F":
            image = eight_bit(image)
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
        return ImageOps.pad(image, size, bicubic, color=WHITE[self.channels])


@contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """An image file, not yet decoded. Whatever goes wrong before it is closed is told as a DecodeError."""
    try:
        if path.exists() and not path.is_file():  # to open a pipe would wait for a writer
            raise ValueError("no plain file")
        with Image.open(path) as image:
            pixels = image.width * image.height
            if Image.MAX_IMAGE_PIXELS and pixels > Image.MAX_IMAGE_PIXELS:
                raise ValueError(f"{pixels:,} pixels are more than Pillow's limit against bombs")
            yield image
    except Exception as error:  # Pillow's decoders raise anything on a damaged file
        raise DecodeError(f"{path}: {error or type(error).__name__}") from error


def eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 bits (modes I;16, and I within 0..65535) by its high byte; floats in [0, 1] times 255."""
    values: NDArray[Any] = np.asarray(image)
    low, high = values.min(), values.max()
    if image.mode == "F":
        if not (low >= 0 and high <= 1):
            raise ValueError(f"float pixels from {low:g} to {high:g}, expected [0, 1]")
        return Image.fromarray(np.rint(values * 255).astype(np.uint8))
    if low < 0 or high > 65535:
        raise ValueError(f"32-bit pixels from {low} to {high}, expected 0..65535")
    return Image.fromarray((values >> 8).astype(np.uint8))


def find_images(root: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """Image files (by suffix) below a folder, in sorted order; neither hidden ones nor along circular links.

    above: the real paths of the folders that led here.
    """
    here = (*above, root.resolve())
    for path in sorted(root.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            if path.resolve() not in here:
                yield from find_images(path, here)
        elif path.suffix.lower() in SUFFIXES:
            yield path

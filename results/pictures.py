"""Draw the pictures of README.md from two runs, which `make pictures` plays: python results/pictures.py FOLDER

docs/images/digits.png: what FOLDER/digits makes at its end, a column for each digit;
docs/images/progress.png: the first row of that grid again and again while the run learned;
docs/images/nearest.png: samples above the training images that they are nearest to;
docs/images/ring.gif: how the samples of FOLDER/ring find the eight modes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from gan_runner.images.captions import FAKE, LOOKS_FAKE, LOOKS_REAL, REAL, WHITE
from gan_runner.images.fields import field_of

IMAGES = Path(__file__).resolve().parent.parent / "docs" / "images"
SHOWN = (0, 100, 200, 500, 1000)
"""Batches after which progress.png shows the digits."""
FRAMES = 24
"""Pictures of the animation: close together at first, when most happens."""
SIDE = 224
"""Pixels a side of the animation."""
SURFACE = 7
"""Shades of what the discriminator believes."""
GREYS = 16
"""Shades that a picture of digits has."""


def main(folder: Path, images: Path = IMAGES) -> None:
    """Draw them all. Raises FileNotFoundError where a run is not finished."""
    digits, ring = folder / "digits" / "samples", folder / "ring" / "samples"
    images.mkdir(parents=True, exist_ok=True)
    grids = numbered(digits)
    save_grey(grids[max(grids)], images / "digits.png")
    save_grey(first_rows([grids[batches] for batches in SHOWN]), images / "progress.png")
    save_grey(numbered(digits, "nearest_")[max(grids)], images / "nearest.png")
    save_animation(spread(list(numbered(ring).values()), FRAMES), images / "ring.gif")


def numbered(samples: Path, name: str = "") -> dict[int, Image.Image]:
    """The pictures <name><batches>.png of a run, by their batches."""
    found = {int(path.stem[len(name) :]): path for path in samples.glob(f"{name}*.png") if is_numbered(path, name)}
    if not found:
        raise FileNotFoundError(f"{samples} holds no {name}<batches>.png: play the run first (make pictures)")
    return {batches: Image.open(found[batches]) for batches in sorted(found)}


def is_numbered(path: Path, name: str) -> bool:
    return re.fullmatch(rf"{name}\d+", path.stem) is not None


def first_rows(grids: list[Image.Image]) -> Image.Image:
    """The first row of each grid, one below the other, without the names of columns."""
    grids = [field_of(picture) for picture in grids]
    width, height = grids[0].width, row_height(grids[0])
    sheet = Image.new("L", (width, height * len(grids)), 255)
    for index, picture in enumerate(grids):
        sheet.paste(picture.convert("L").crop((0, 0, width, height)), (0, index * height))
    return sheet


def row_height(picture: Image.Image) -> int:
    """Of a grid whose cells are parted by white lines: pixels from the top to the line below the first row."""
    white = (np.asarray(picture.convert("L")) == 255).all(axis=1)
    return int(np.flatnonzero(white[1:] & ~white[:-1])[0]) + 1


def spread(frames: list[Image.Image], count: int) -> list[Image.Image]:
    """The first frame, the last one, and up to `count` in all that lie ever further apart."""
    chosen = np.unique(np.geomspace(1, len(frames), count).round().astype(int)) - 1
    return [frames[index] for index in chosen]


def save_grey(picture: Image.Image, path: Path) -> None:
    """As few bytes as shades of grey allow."""
    picture.convert("L").quantize(GREYS, dither=Image.Dither.NONE).save(path, optimize=True)


def save_animation(frames: list[Image.Image], path: Path) -> None:
    """Small and endless, in few colours; it rests on the last frame."""
    palette = palette_of(SURFACE)
    small = [field_of(frame).convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX) for frame in frames]
    drawn = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in small]
    durations = [150] * (len(drawn) - 1) + [2500]  # milliseconds
    drawn[0].save(path, save_all=True, append_images=drawn[1:], duration=durations, loop=0)


def palette_of(surface: int) -> Image.Image:
    """The colours of a scatter plot: `surface` steps from fake by white to real, each bare and half under a dot."""
    line = np.linspace(-1, 1, surface)[:, None]
    white, low, high, *dots = (np.array(colour) for colour in (WHITE, LOOKS_FAKE, LOOKS_REAL, FAKE, REAL))
    bare = white + np.where(line < 0, -line * (low - white), line * (high - white))
    colours = np.concatenate([bare, *((bare + dot) / 2 for dot in dots), dots]).round().astype(np.uint8)
    image = Image.new("P", (1, 1))
    image.putpalette(colours.flatten().tolist())
    return image


if __name__ == "__main__":
    main(Path(sys.argv[1]))

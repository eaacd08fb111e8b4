"""Samples to files: arrays, pictures and folders, each complete or absent."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gan_runner.files import replacing
from gan_runner.images.depths import Depth, pixels_of
from gan_runner.images.drawing import IN_A_PICTURE, gif, grid, scatter
from gan_runner.images.fields import notes_of
from gan_runner.images.lettering import below_names
from gan_runner.types import Kind

log = logging.getLogger(__name__)

UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
"""What no name of a file may have on one system or another."""
DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
"""Names that Windows keeps for itself."""
LONGEST = 200
"""Bytes of a name."""


def write_arrays(
    output: Path,
    draws: Iterator[Tensor],
    kind: Kind,
    label: Tensor | None,
    names: Sequence[str] = (),
    depth: Depth | None = None,
) -> list[Path]:
    """An .npz of images (N, H, W, C), uint8 or of their depth, or points float32 (N, F); with labels (N,), also the
    names (K,) of all classes, so that class_names[labels] are those of the samples; with labels (N, K) that are numbers
    what these are called, label_names (K,). An .npy of the samples alone.
    """
    parts = [pixels_of(samples, depth) if kind == "images" else samples.numpy() for samples in draws]
    arrays: dict[str, NDArray[Any]] = {kind: np.concatenate(parts)}
    if output.suffix == ".npy":
        with replacing(output) as beside:
            np.save(beside, arrays[kind])
        return [output]
    if label is not None:
        called = "class_names" if label.ndim == 1 else "label_names"
        arrays |= {"labels": label.numpy(), called: np.array(names, np.str_)}
    with replacing(output) as beside:
        np.savez(beside, **arrays)  # type: ignore[arg-type]
    return [output]


def write_pages(output: Path, draws: Iterator[Tensor], depth: Depth | None, fourth_is_band: bool) -> list[Path]:
    """A TIFF of as many pages as there are samples, uint8 or of their depth; all bands on each page."""
    import tifffile  # only where it is asked for

    with replacing(output) as beside, tifffile.TiffWriter(beside) as file:
        for samples in draws:
            for page in pixels_of(samples, depth):
                file.write(page[..., 0] if page.shape[2] == 1 else page, metadata=None, contiguous=False,
                           **_colours(page.shape[2], fourth_is_band))  # fmt: skip
    return [output]


def _colours(bands: int, fourth_is_band: bool) -> dict[str, Any]:
    """What a TIFF says of its bands."""
    if bands == 1:
        return {"photometric": "minisblack"}
    if bands in (3, 4) and not (bands == 4 and fourth_is_band):
        return {"photometric": "rgb", "planarconfig": "contig", "extrasamples": ["unassalpha"] * (bands - 3)}
    kind, first = ("rgb", 3) if bands == 4 else ("minisblack", 1)
    return {"photometric": kind, "planarconfig": "contig", "extrasamples": ["unspecified"] * (bands - first)}


def write_picture(
    output: Path, samples: Tensor, kind: Kind, columns: int | None, names: Sequence[str] = ()
) -> list[Path]:
    """A grid of images, below the names of its columns if they have any, or a scatter plot of points."""
    picture = scatter(None, samples, called="samples") if kind == "points" else grid(samples, columns=columns)
    if names and kind == "images":
        picture = below_names(picture, names)
    with replacing(output) as beside:
        picture.save(beside, pnginfo=notes_of(picture))
    return [output]


def write_walk(output: Path, samples: Tensor, frames: int) -> list[Path]:
    """Images (rows · frames, C, H, W) as a strip of that many rows, and as an animation of one column at a time.

    A GIF has one frame, shown longer, for neighbours that are equal, as a collapsed generator makes them: that is said.
    """
    animation = output.with_suffix(".gif")
    with replacing(output) as beside:
        grid(samples, columns=frames).save(beside)
    with replacing(animation) as beside:
        gif([grid(samples[frame::frames]) for frame in range(frames)], beside, milliseconds=80)
    with Image.open(animation) as written:
        held = int(getattr(written, "n_frames", 1))
    if held < frames:
        log.warning("%s has %d of %d frames: of neighbours that are equal it has one, shown longer; %s has all",
                    animation, held, frames, output)  # fmt: skip
    return [output, animation]


def write_folder(
    output: Path, draws: Iterator[Tensor], label: Tensor | None = None, names: Sequence[str] = ()
) -> list[Path]:
    """000000.png, 000001.png, …; with labels each in the folder of its class: cat/000000.png, dog/000001.png."""
    output.mkdir(parents=True, exist_ok=True)
    folders = [output / name for name in file_names(names)]
    for place in (output, *folders):
        for old in place.glob("[0-9]" * 6 + ".png"):  # overwrite=true: no mixture of two requests
            old.unlink()
    images = (image for samples in draws for image in pixels_of(samples))
    written: list[Path] = []
    try:
        for index, image in enumerate(images):
            place = output if label is None else folders[int(label[index])]
            place.mkdir(exist_ok=True)
            written.append(place / f"{index:06d}.png")
            _picture(image).save(written[-1])
    except BaseException:  # told to stop, or a full disk: not a part of what was asked for
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return [output]


def file_names(names: Sequence[str]) -> list[str]:
    """Names of folders that any system takes and none of which is another's, in any case: T-shirt/top -> T-shirt_top.

    Names of folders stay as they are, unless another system would not take them.
    """
    found: list[str] = []
    taken: set[str] = set()
    for label, name in enumerate(names):
        plain = UNFIT.sub("_", name).rstrip(". ")
        plain = plain if plain and plain[0] != "." and plain.upper() not in DEVICES else f"_{plain}"
        plain = plain.encode()[:LONGEST].decode(errors="ignore")
        plain = plain if plain.casefold() not in taken else f"{plain}_{label}"
        taken.add(plain.casefold())
        found.append(plain)
    return found


def write_image(output: Path, image: Tensor) -> None:
    """One image (C, H, W)."""
    with replacing(output) as beside:
        _picture(pixels_of(image[None])[0]).save(beside)


def _picture(image: NDArray[np.uint8]) -> Image.Image:
    """(H, W, C). Raises ValueError for bands that a PNG would lose, or show as transparency."""
    if image.shape[-1] not in IN_A_PICTURE:
        raise ValueError(f"a PNG holds {', '.join(map(str, IN_A_PICTURE))} bands, and these images {image.shape[-1]}")
    return Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)

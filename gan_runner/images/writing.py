"""Samples to files: arrays, pictures and folders, each complete or absent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gan_runner.files import replacing
from gan_runner.images.drawing import gif, grid, scatter
from gan_runner.images.ranges import to_bytes
from gan_runner.types import Kind


def write_arrays(output: Path, draws: Iterator[Tensor], kind: Kind, label: Tensor | None) -> list[Path]:
    """An .npz of images uint8 (N, H, W, C), or points float32 (N, F), and labels (N,)."""
    parts = [_pixels(samples) if kind == "images" else samples for samples in draws]
    arrays: dict[str, NDArray[Any]] = {kind: torch.cat(parts).numpy()}
    if label is not None:
        arrays["labels"] = label.numpy()
    with replacing(output) as beside:
        np.savez(beside, **arrays)  # type: ignore[arg-type]
    return [output]


def write_picture(output: Path, samples: Tensor, kind: Kind, columns: int | None) -> list[Path]:
    """A grid of images, or a scatter plot of points."""
    with replacing(output) as beside:
        (scatter(None, samples) if kind == "points" else grid(samples, columns=columns)).save(beside)
    return [output]


def write_walk(output: Path, samples: Tensor, frames: int) -> list[Path]:
    """Images (rows · frames, C, H, W) as a strip of that many rows, and as an animation of one column at a time."""
    animation = output.with_suffix(".gif")
    with replacing(output) as beside:
        grid(samples, columns=frames).save(beside)
    with replacing(animation) as beside:
        gif([grid(samples[frame::frames]) for frame in range(frames)], beside, milliseconds=80)
    return [output, animation]


def write_folder(output: Path, draws: Iterator[Tensor]) -> list[Path]:
    """000000.png, 000001.png, …"""
    output.mkdir(parents=True, exist_ok=True)
    for old in output.glob("[0-9]" * 6 + ".png"):  # overwrite=true: no mixture of two requests
        old.unlink()
    images = (image for samples in draws for image in _pixels(samples).numpy())
    written: list[Path] = []
    try:
        for index, image in enumerate(images):
            written.append(output / f"{index:06d}.png")
            _picture(image).save(written[-1])
    except BaseException:  # told to stop, or a full disk: not a part of what was asked for
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return [output]


def write_image(output: Path, image: Tensor) -> None:
    """One image (C, H, W)."""
    with replacing(output) as beside:
        _picture(_pixels(image[None])[0].numpy()).save(beside)


def _pixels(images: Tensor) -> Tensor:
    """(N, C, H, W) in [-1, 1] -> uint8 (N, H, W, C), as files have it."""
    return to_bytes(images).permute(0, 2, 3, 1).contiguous()


def _picture(image: NDArray[np.uint8]) -> Image.Image:
    """(H, W, C)"""
    return Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image)

"""A walk between real images: through their codes, as a finished run finds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from gan_runner.config.errors import ConfigError
from gan_runner.config.labels import listed_classes
from gan_runner.data.files.decoding import DecodeError
from gan_runner.files import expanded
from gan_runner.images.ranges import to_unit_range
from gan_runner.inference.request import SampleRequest as Request
from gan_runner.inference.translate import has_holes, read, reading_of, scale_of, sides
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Encodes
from gan_runner.systems.coder import Decoding


def walk_between(
    request: Request, system: System, classes: Sequence[int], device: torch.device
) -> tuple[nn.Module, Tensor, Tensor | None]:
    """What decodes, the codes of the frames (N, Z) and their label (N,). Raises ConfigError, DecodeError."""
    assert request.between is not None
    encoding = Encodes.of(system)
    if encoding is None:
        raise ConfigError(
            "between walks through the codes of images, and this run has none: leave between out, or name the run of "
            "an autoencoder (model=vae, …)"
        )
    if classes and (request.label is None or len(classes) > 1):
        raise ConfigError(
            "this run encodes images of a class: set label to the one class of the images of between, of "
            f"{listed_classes(system.origin.called)}"
        )
    images = torch.from_numpy(np.stack([_image(expanded(one), encoding, request) for one in request.between]))
    encoding.to(device)
    label = torch.tensor(classes, device=device).repeat(len(images)) if classes else None
    codes = encoding.encode(to_unit_range(images).to(device), label).cpu()
    if not codes.isfinite().all():
        raise ValueError("the codes of these images are not finite: training had diverged when this was saved")
    path = encoding.path(codes, request.num_samples)
    return Decoding(encoding.coder()[0]), path, torch.tensor(classes).repeat(len(path)) if classes else None


def _image(path: Path, system: Encodes, request: Request) -> NDArray[np.uint8]:
    """As bytes (C, H, W) of the size that the run encodes. Raises ConfigError, DecodeError."""
    channels, *size = system.input_shape
    if has_holes(system.origin.config.get("data") or {}, request.trust) or channels not in (1, 3, 4):
        raise ConfigError(
            "between is for runs that encode whole images, grey or in colour: this one's have other bands"
        )
    try:
        image = read(path, channels, None, scale_of(system.origin, "a2b"), reading_of(system.origin))
    except DecodeError as error:
        raise ConfigError(f"between: {error}") from error
    if list(image.shape[1:]) != size:
        raise ConfigError(
            f"between: {path} has {sides(image)} pixels, and this run encodes images of {size[0]}×{size[1]}: give "
            "images of that size"
        )
    return image

"""Augment what the discriminator sees, fakes as well as reals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Literal

import torch
from pydantic import Field
from torch import Tensor

from gan_runner.layers.disturbed import Disturbed
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import ClosedShare, Make, NonNegative

Step = Literal["color", "translation", "cutout"]
Policy = Annotated[Sequence[Step], Field(min_length=1)]


class DiffAugment(Trick):
    """The discriminator judges T(x) and T(x̂), T drawn afresh for each image, and the generator learns through T.

    Applied to both in both players' rounds, an augmentation does not leak into the samples, and few images last
    longer. T is, in the order of `policy`: color (brightness, saturation, contrast), a translation by up to
    `translation` of the sides, and a cut-out rectangle of `cutout` of the sides; what is moved in or cut out is 0,
    mid-grey. Off in evaluation.

    Source: Zhao et al. 2020, §3.2 (arXiv:2006.10738). Raises ValueError for points.
    """

    scope = Scope.INPUT
    images_only = True

    def __init__(
        self,
        policy: Policy = ("color", "translation", "cutout"),
        brightness: NonNegative = 0.5,
        saturation: NonNegative = 1.0,
        contrast: NonNegative = 0.5,
        translation: ClosedShare = 0.125,
        cutout: ClosedShare = 0.5,
    ) -> None:
        super().__init__()
        steps: dict[Step, Callable[[Tensor], Tensor]] = {
            "color": partial(color, brightness=brightness, saturation=saturation, contrast=contrast),
            "translation": partial(translate, share=translation),
            "cutout": partial(cut_out, share=cutout),
        }
        self.steps = [steps[name] for name in policy]

    def wrap_discriminator(self, make: Make) -> Make:
        return lambda shape: Disturbed(make(shape), self.augment)

    def augment(self, image: Tensor) -> Tensor:
        """Each image under a transformation of its own."""
        for step in self.steps:
            image = step(image)
        return image


def color(image: Tensor, brightness: float = 0.5, saturation: float = 1.0, contrast: float = 0.5) -> Tensor:
    """Add u·brightness, then scale the distance to the grey of each pixel and to the image's mean by 1 + u·width,
    u ~ U(−1, 1) per image and property. Saturation leaves one channel alone.
    """
    bright, saturate, strengthen = (width * _uniform(image) for width in (brightness, saturation, contrast))
    image = image + bright
    grey = image.mean(dim=1, keepdim=True)  # (B, 1, H, W)
    image = grey + (image - grey) * (1 + saturate)
    mean = image.mean(dim=(1, 2, 3), keepdim=True)
    return mean + (image - mean) * (1 + strengthen)


def translate(image: Tensor, share: float = 0.125) -> Tensor:
    """Move by whole pixels, up to `share` of each side both ways; 0 comes in."""
    for axis in (2, 3):
        image = _move(image, axis, int(image.shape[axis] * share + 0.5))
    return image


def cut_out(image: Tensor, share: float = 0.5) -> Tensor:
    """Set a rectangle to 0, `share` of each side long, its middle anywhere: at the borders less of it is seen."""
    inside = torch.ones((), dtype=torch.bool, device=image.device)
    for axis in (2, 3):
        side = image.shape[axis]
        length = int(side * share + 0.5)
        # The middle of an even rectangle lies between pixels, and may lie on the border itself.
        first = _integers(image, 0, side - length % 2) - length // 2
        place = _places(image, axis)
        inside = inside & (place >= first) & (place < first + length)
    return image.masked_fill(inside, 0.0)


def _move(image: Tensor, axis: int, most: int) -> Tensor:
    source = _places(image, axis) - _integers(image, -most, most)  # where each pixel comes from
    side = image.shape[axis]
    moved = image.gather(axis, source.clamp(0, side - 1).expand_as(image))
    return moved.masked_fill((source < 0) | (source >= side), 0.0)


def _places(image: Tensor, axis: int) -> Tensor:
    """0, 1, 2, … along an axis: (1, 1, H, 1) or (1, 1, 1, W)."""
    return torch.arange(image.shape[axis], device=image.device).reshape([-1 if a == axis else 1 for a in range(4)])


def _integers(image: Tensor, low: int, high: int) -> Tensor:
    """One per image (B, 1, 1, 1), from low to high inclusive."""
    return torch.randint(low, high + 1, (len(image), 1, 1, 1), device=image.device)


def _uniform(image: Tensor) -> Tensor:
    """One per image (B, 1, 1, 1), U(−1, 1)."""
    return 2 * torch.rand(len(image), 1, 1, 1, device=image.device, dtype=image.dtype) - 1

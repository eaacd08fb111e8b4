"""What translating images comes to without learning anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck
from gan_runner.data.degraded import Degraded
from gan_runner.evaluation.reals import TAKEN, shuffled
from gan_runner.images.ranges import to_unit_range
from gan_runner.images.resizing import luma


def as_it_is(source: Tensor, channels: int) -> Tensor | None:
    """Images (N, C', H, W) in [-1, 1] as images of C channels; None where there is no plain way.

    Grey repeated, colour to luma, a last channel (a hole, transparency) left out.
    """
    given = source.shape[1]
    if given == channels:
        return source
    if given == 1:
        return source.expand(-1, channels, -1, -1)
    if given == channels + 1:
        return source[:, :channels]
    return luma(source) if (given, channels) == (3, 1) else None


def itself(image: Tensor) -> Tensor:
    """The image."""
    return image


def denoising(data: DataFamily) -> dict[str, Callable[[Tensor], Tensor]]:
    """What removes noise without having learned anything, where that is the task: filters of images in [-1, 1]."""
    if not isinstance(data, Degraded) or data.task != "denoise":
        return {}
    return {"median": median, "soft_threshold": partial(soft_threshold, sigma=sum(data.damage.noise_sigma) / 2)}


def median(images: Tensor) -> Tensor:
    """Of each pixel (N, C, H, W) the median of the 3 × 3 about it, image by image, edges repeated."""
    from scipy.ndimage import median_filter  # which few runs need

    found = median_filter(images.cpu().numpy(), size=(1, 1, 3, 3), mode="nearest")
    return torch.from_numpy(found).to(images.device)


def soft_threshold(images: Tensor, sigma: float) -> Tensor:
    """max(x − σ, 0) / (1 − σ) of pixels x in [0, 1]: what is as dark as noise becomes black, white stays white.

    sigma: of the noise as it was added to images in [-1, 1]; of a range of them its middle. Source: Donoho 1995,
    De-noising by soft-thresholding.
    """
    x, level = (images + 1) / 2, sigma / 2
    return ((x - level).clamp_min(0) / (1 - level)).clamp_max(1) * 2 - 1


@dataclass(frozen=True)
class Colours:
    """x ↦ scale · x + shift of each channel, that gives one set of images the mean and deviation of another's.

    Of all such maps with a scale of 0 or more it is the nearest fit where no image has a counterpart: the least mean
    square between sorted values of two Gaussians. Source: Reinhard et al. 2001, Color transfer between images.
    """

    scale: Tensor  # (C, 1, 1)
    shift: Tensor

    def __call__(self, images: Tensor) -> Tensor:
        return (images * self.scale.to(images.device) + self.shift.to(images.device)).clamp(-1, 1)


def match_colours(source: Deck, target: Deck, channels: int, seed: int) -> Colours | None:
    """Of images of two decks (TAKEN of each, at most); None where a source is no image of `channels`."""
    given = as_it_is(some(source, seed), channels)
    if given is None:
        return None
    (mean, deviation), (wanted, spread) = moments(given), moments(some(target, seed))
    scale = torch.where(deviation > 0, spread / deviation.clamp_min(1e-12), 1.0)
    return Colours(scale.view(-1, 1, 1).float(), (wanted - scale * mean).view(-1, 1, 1).float())


def some(deck: Deck, seed: int) -> Tensor:
    """Images in [-1, 1] at seeded positions."""
    return to_unit_range(deck[shuffled(len(deck), seed)[:TAKEN]].real)


def moments(images: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation of each channel's pixels (C,), in float64."""
    pixels = images.double().transpose(0, 1).flatten(1)
    return pixels.mean(1), pixels.std(1, correction=0)

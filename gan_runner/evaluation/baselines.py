"""What translating images comes to without learning anything."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_runner.data.decks import Deck
from gan_runner.evaluation.reals import TAKEN, shuffled
from gan_runner.images.degrading import grey
from gan_runner.images.ranges import to_unit_range


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
    return grey(source) if (given, channels) == (3, 1) else None


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

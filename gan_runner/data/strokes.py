"""Curves in the plane, drawn with a soft pen: distributions on which there are no modes to count."""

import math
from typing import Literal, Unpack

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Memory
from gan_runner.types import PositiveInt, Split

Layout = Literal["line", "ellipse", "spiral"]
SIGMA: dict[Layout, float] = {"line": 0.02, "ellipse": 0.05, "spiral": 0.02}
TURNS, RADIUS = 1.75, 0.9
"""Of the spiral."""


def line(share: Tensor) -> Tensor:
    """From (0.6, 0.2) up to the left."""
    return torch.stack([0.6 - 1.5 * share, 0.2 + 0.6 * share], dim=1)


def ellipse(share: Tensor) -> Tensor:
    """Half axes 0.6 and 0.5 about (0, −0.1)."""
    angle = 2 * math.pi * share
    return torch.stack([0.6 * angle.cos(), 0.5 * angle.sin() - 0.1], dim=1)


def spiral(share: Tensor) -> Tensor:
    """From the middle out, as many points on each piece: r = RADIUS · s, angle = 2π · TURNS · s, s² even."""
    s = share.sqrt()
    angle = 2 * math.pi * TURNS * s
    return RADIUS * torch.stack([s * angle.cos(), s * angle.sin()], dim=1)


CURVES = {"line": line, "ellipse": ellipse, "spiral": spiral}


class Strokes(DataFamily):
    """Points (2,) on a curve, drawn once: x = curve(u) + σ ε, u ~ U(0, 1), ε ~ N(0, I). No labels.

    line, ellipse: those of GAN Lab, its unit square widened to [-1, 1]² (ellipse is its "ring"); spiral: 1¾ turns.
    `num_samples` points per split; `seed` draws them.
    Source: Kahng et al. 2018, GAN Lab (arXiv:1809.01587), whose code has the numbers.
    """

    kind = "points"
    shape = (2,)

    def __init__(
        self, *, layout: Layout = "line", num_samples: PositiveInt = 100_000, **dealing: Unpack[Dealing]
    ) -> None:
        super().__init__(**dealing)
        self.layout, self.num_samples = layout, num_samples

    def read(self, split: Split) -> Memory:
        generator = self.draws(split)
        places = CURVES[self.layout](torch.rand(self.num_samples, generator=generator))
        return Memory(places + SIGMA[self.layout] * torch.randn(self.num_samples, 2, generator=generator))

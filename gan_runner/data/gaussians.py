"""Mixtures of Gaussians in the plane: the toy on which mode collapse can be counted."""

import math
from typing import Literal

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Memory
from gan_runner.data.kept_classes import Choice
from gan_runner.types import NaturalInt, PositiveInt, Split

Layout = Literal["ring", "grid", "two_gaussians", "blobs"]
SIGMA: dict[Layout, float | Tensor] = {
    "ring": 0.01,
    "grid": 0.05,
    "two_gaussians": torch.tensor([[0.2, 0.2], [0.1, 0.4]]),
    "blobs": 0.05,
}
"""Standard deviations: of all modes, or of each along each axis (K, 2)."""


def ring() -> Tensor:
    """8 modes on the circle of radius 1."""
    angle = torch.arange(8, dtype=torch.float32) * (2 * math.pi / 8)
    return torch.stack([angle.cos(), angle.sin()], dim=1)


def grid() -> Tensor:
    """25 modes at {-4, -2, 0, 2, 4}²."""
    line = torch.arange(-4.0, 5.0, 2.0)
    return torch.cartesian_prod(line, line)


def two_gaussians() -> Tensor:
    """A round mode, and a tall and narrow one."""
    return torch.tensor([[-0.4, 0.4], [0.4, -0.2]])


def blobs() -> Tensor:
    """3 modes far from each other."""
    return torch.tensor([[-0.3, 0.5], [0.5, 0.2], [-0.1, -0.3]])


CENTRES = {"ring": ring, "grid": grid, "two_gaussians": two_gaussians, "blobs": blobs}


class Gaussians(DataFamily):
    """Points (2,) from equally likely Gaussians, drawn once: x = centre_k + σ ε, ε ~ N(0, I).

    ring: 8 modes, radius 1, σ = 0.01; grid: 25 modes, spacing 2, σ = 0.05; two_gaussians: σ = 0.2, and 0.1 × 0.4;
    blobs: 3 modes, σ = 0.05. `num_samples` points per split, without labels; `seed` draws them. `centres` (K, 2) and
    `sigma` (a number, or (K, 2) where modes are not round) serve the metrics that count modes.
    Source: ring and grid: Lin, Khetan, Fanti & Oh 2018, PacGAN (arXiv:1712.04086), §4.1; two_gaussians and blobs (there
    "disjoint"): the code of GAN Lab (Kahng et al. 2018, arXiv:1809.01587), its unit square widened to [-1, 1]².
    """

    kind = "points"
    shape = (2,)

    def __init__(
        self,
        *,
        layout: Layout = "ring",
        num_samples: PositiveInt = 100_000,
        batch_size: PositiveInt = 64,
        seed: int = 0,
        num_workers: NaturalInt = 0,
        leave_out: Choice = None,
        only: Choice = None,
        limit: PositiveInt | None = None,
        balance: bool = False,
    ) -> None:
        super().__init__(
            batch_size=batch_size,
            seed=seed,
            num_workers=num_workers,
            limit=limit,
            leave_out=leave_out,  # this and what follows to refuse it in a sentence: points have no labels
            only=only,
            balance=balance,
        )
        self.num_samples = num_samples
        self.centres = CENTRES[layout]()
        self.sigma = SIGMA[layout]

    def read(self, split: Split) -> Memory:
        generator = self.draws(split)
        mode = torch.randint(len(self.centres), (self.num_samples,), generator=generator)
        noise = torch.randn(self.num_samples, 2, generator=generator)
        sigma = self.sigma if isinstance(self.sigma, float) else self.sigma[mode]
        return Memory(self.centres[mode] + sigma * noise)

"""The distance between two clouds of features, each taken for a Gaussian."""

import math
from functools import cached_property

import torch
from torch import Tensor

from gan_runner.metrics.base import TRUSTED, Measure, exact


class Frechet(Measure):
    """Fréchet distance: 0 where means and covariances of reals and fakes agree; falls with quality and with variety.

    d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½). It is biased upwards by few samples, the more so the more features
    there are: it is judged at equal numbers, compares at equal numbers only, and with the control. A Gaussian in F
    dimensions that fewer than F samples are fitted to is flat in some of them, and the distance mostly bias. With the
    features of Inception it is FID.
    Source: Heusel et al. 2017, eq. 6 (arXiv:1706.08500); the bias: Bińkowski et al. 2018 (arXiv:1801.01401).
    """

    needs = "features"
    gives = ("frechet",)
    least = 2

    def trusted(self, width: int) -> int:
        return max(TRUSTED, width)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"frechet": distance(self.of_reals(real, Cloud), Cloud(fake)).float()}


class Cloud:
    """Samples (N, F), and what is known of the Gaussian fitted to them, found on first use."""

    def __init__(self, samples: Tensor) -> None:
        self.samples = exact(samples)

    @cached_property
    def covariance(self) -> Tensor:
        found: Tensor = torch.atleast_2d(torch.cov(self.samples.T))
        return found

    @cached_property
    def root(self) -> Tensor:
        """Σ^½."""
        value, vector = torch.linalg.eigh(self.covariance)
        found: Tensor = vector * value.clamp_min(0).sqrt() @ vector.T
        return found


def frechet(a: Tensor, b: Tensor) -> Tensor:
    """Of the Gaussians fitted to (N, F) and (M, F)."""
    return distance(Cloud(a), Cloud(b))


def distance(a: Cloud, b: Cloud) -> Tensor:
    """Of their Gaussians."""
    covers = min(len(a.samples), len(b.samples)) > a.samples.shape[1]
    overlap = overlap_of_many(a, b) if covers else overlap_of_few(a.samples, b.samples)
    spread = sum(cloud.samples.var(0).sum() for cloud in (a, b))
    apart = (a.samples.mean(0) - b.samples.mean(0)).square().sum()
    found: Tensor = apart + spread - 2 * overlap
    return found.clamp_min(0)


def overlap_of_few(a: Tensor, b: Tensor) -> Tensor:
    """tr (Σ₁ Σ₂)^½ of Σ₁ = AᵀA and Σ₂ = BᵀB, the sum of the singular values of ABᵀ.

    Centred samples over √(n − 1) are such an A, with as many rows as samples: exact, where the roots of eigenvalues
    that should be 0 are not, and of fewer samples than features many times faster.
    """
    root_a, root_b = ((samples - samples.mean(0)) / math.sqrt(len(samples) - 1) for samples in (a, b))
    overlap: Tensor = torch.linalg.svdvals(root_a @ root_b.T).sum()
    return overlap


def overlap_of_many(a: Cloud, b: Cloud) -> Tensor:
    """tr (Σ₁ Σ₂)^½ as that of (Σ₁^½ Σ₂ Σ₁^½)^½, whose symmetric argument has real eigenvalues; rounding makes those
    that are 0 slightly negative.
    """
    overlap: Tensor = torch.linalg.eigvalsh(a.root @ b.covariance @ a.root).clamp_min(0).sqrt().sum()
    return overlap

"""The distance between two clouds of features, each taken for a Gaussian."""

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure, exact


class Frechet(Measure):
    """Fréchet distance: 0 where means and covariances of reals and fakes agree; falls with quality and with variety.

    d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½). It is biased upwards by few samples: compare at equal counts only, and
    with the control. With the features of Inception it is FID.
    Source: Heusel et al. 2017, eq. 6 (arXiv:1706.08500); the bias: Bińkowski et al. 2018 (arXiv:1801.01401).
    """

    needs = "features"
    gives = ("frechet",)

    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        return {"frechet": frechet(exact(real), exact(fake)).float()}


def frechet(a: Tensor, b: Tensor) -> Tensor:
    """Of the Gaussians fitted to (N, F) and (M, F)."""
    covariance_a, covariance_b = (torch.atleast_2d(torch.cov(samples.T)) for samples in (a, b))
    # (Σ₁ Σ₂)^½ has the trace of (Σ₁^½ Σ₂ Σ₁^½)^½, whose symmetric argument has real eigenvalues; rounding makes
    # those that are 0 slightly negative.
    value, vector = torch.linalg.eigh(covariance_a)
    root = vector * value.clamp_min(0).sqrt() @ vector.T
    overlap = torch.linalg.eigvalsh(root @ covariance_b @ root).clamp_min(0).sqrt().sum()
    distance: Tensor = (
        (a.mean(0) - b.mean(0)).square().sum() + covariance_a.trace() + covariance_b.trace() - 2 * overlap
    )
    return distance.clamp_min(0)

"""The distance between two clouds of features, each taken for a Gaussian."""

import math

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
        return {"frechet": frechet(exact(real), exact(fake)).float()}


def frechet(a: Tensor, b: Tensor) -> Tensor:
    """Of the Gaussians fitted to (N, F) and (M, F).

    Where Σ₁ = AᵀA and Σ₂ = BᵀB, tr (Σ₁ Σ₂)^½ is the sum of the singular values of ABᵀ. Centred samples over √(n − 1)
    are such an A, with as many rows as samples: exact, where roots of eigenvalues are not near 0, and of fewer samples
    than features many times faster.
    """
    root_a, root_b = root(a), root(b)
    overlap = torch.linalg.svdvals(root_a @ root_b.T).sum()
    distance: Tensor = (
        (a.mean(0) - b.mean(0)).square().sum() + root_a.square().sum() + root_b.square().sum() - 2 * overlap
    )
    return distance.clamp_min(0)


def root(samples: Tensor) -> Tensor:
    """(N, F) to a matrix A of F columns, and F rows at most, with AᵀA their covariance."""
    centred = (samples - samples.mean(0)) / math.sqrt(len(samples) - 1)
    if len(samples) <= samples.shape[1]:
        return centred
    triangle: Tensor = torch.linalg.qr(centred, mode="r").R
    return triangle

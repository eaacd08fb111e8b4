"""Give every real its place among the latents."""

from math import sqrt

import torch
from torch import Tensor

from gan_runner.tricks.latent_regression import LatentRegression
from gan_runner.types import NonNegative, PositiveInt, Round


class LatentPrior(LatentRegression):
    """Latent regression whose predictions for reals are spread as the latents are.

    Added for the discriminator: prior_weight · the energy distance between its predictions for the batch's reals and
    the batch's latents, which is zero exactly where the two distributions are one. With it a real that no fake
    resembles still has latents near its own, and the regression error of the fakes made from these shows the generator
    that a mode is missing. Regression alone asks nothing of the reals: they may all be mapped to one point. Contains
    the terms of latent_regression, weight and all, so name only one of the two.

    Source: Srivastava et al. 2017, VEEGAN, §3 (arXiv:1705.07761), which argues so for a reconstructor that maps the
    data to a Gaussian. VEEGAN fits it by judging pairs (x, R(x)), here the distance does, whose gradient is
    bounded; that of a gap of second moments is cubic in r.
    """

    name = "latent_prior"

    def __init__(
        self,
        latent_dim: PositiveInt = 100,
        weight: NonNegative = 1.0,
        prior_weight: NonNegative = 1.0,
    ) -> None:
        super().__init__(latent_dim, weight)
        self.prior_weight = prior_weight

    def discriminator_term(self, round: Round) -> Tensor:
        term, latents = super().discriminator_term(round), self.predict(round.real_score)  # (K, N, Z)
        if latents.shape[1] < 2:  # one sample has no pair
            return term
        gaps = [energy_distance(latent, round.source) for latent in latents]
        return term + self.prior_weight * torch.stack(gaps).mean()


def energy_distance(one: Tensor, other: Tensor) -> Tensor:
    """(2 E‖r − z‖ − E‖r − r′‖ − E‖z − z′‖) / √Z of rows r of `one` and z of `other`, (N, Z) each, N at least 2.

    Means over pairs of different rows, hence without bias, and below 0 by chance at times. The root makes a gap in all
    coordinates weigh the same whatever their number. Source: Székely & Rizzo 2013, J. Stat. Plan. Inference 143.
    """
    distance = 2 * _distances(one, other).mean() - _among(one) - _among(other)
    return distance / sqrt(one.shape[1])


def _among(rows: Tensor) -> Tensor:
    """Mean distance of two different rows."""
    return _distances(rows, rows).sum() / (len(rows) * (len(rows) - 1))


def _distances(one: Tensor, other: Tensor) -> Tensor:
    # Not by the product of matrices, which cancels where rows are close.
    return torch.cdist(one, other, compute_mode="donot_use_mm_for_euclid_dist")

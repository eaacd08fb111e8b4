"""Give every real its place among the latents."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

from gan_runner.tricks.latent_regression import LatentRegression
from gan_runner.types import Round


class LatentPrior(LatentRegression):
    """Latent regression whose predictions for reals are spread as the prior is: r = R(x) like N(0, s² I).

    Added for the discriminator: prior_weight · (‖E r‖² + ‖E rrᵀ − s² I‖²_F) / Z, s = prior_std, which is zero exactly
    where mean and covariance are the prior's. With it a real that no fake resembles still has latents near its own,
    and the regression error of the fakes made from these shows the generator that a mode is missing. Regression alone
    asks nothing of the reals: they may all be mapped to one point. Contains the terms of latent_regression, weight
    and all, so name only one of the two.

    Source: Srivastava et al. 2017, VEEGAN, §3 (arXiv:1705.07761), which argues so for a reconstructor that maps the
    data to a Gaussian. VEEGAN fits it by judging pairs (x, R(x)); here it is fitted by its first two moments.
    """

    name = "latent_prior"

    def __init__(
        self,
        latent_dim: Annotated[int, Field(ge=1)] = 100,
        weight: Annotated[float, Field(ge=0)] = 1.0,
        prior_weight: Annotated[float, Field(ge=0)] = 1.0,
        prior_std: Annotated[float, Field(gt=0)] = 1.0,
    ) -> None:
        super().__init__(latent_dim, weight)
        self.prior_weight, self.prior_std = prior_weight, prior_std

    def discriminator_term(self, round: Round) -> Tensor:
        term, latents = super().discriminator_term(round), self.predict(round.real_score)  # (K, N, Z)
        if latents.shape[1] < 2:  # one sample has no pair
            return term
        gaps = [moment_gap(latent, self.prior_std) for latent in latents]
        return term + self.prior_weight * torch.stack(gaps).mean()


def moment_gap(latent: Tensor, std: float) -> Tensor:
    """(‖E r‖² + ‖E rrᵀ − std² I‖²_F) / Z of latents (N, Z), estimated without bias; below 0 by chance at times.

    ‖E r‖² = E[r·r′] and ‖E rrᵀ − s² I‖²_F = E[(r·r′)²] − 2 s² E‖r‖² + s⁴ Z over independent r, r′: the mean over pairs
    i ≠ j. The batch's own moments, put into the norms, are off by about Z/N even for a perfect match (more than 1 for
    64 latents of 100 numbers), and to make up for it would shrink the latents.
    """
    count, width = latent.shape
    inner, square = latent @ latent.T, latent.square().sum(1)  # r_i · r_j, ‖r_i‖²
    pairs = count * (count - 1)
    mean = (inner.sum() - square.sum()) / pairs
    second = (inner.square().sum() - square.square().sum()) / pairs
    return (mean + second - 2 * std**2 * square.mean() + std**4 * width) / width

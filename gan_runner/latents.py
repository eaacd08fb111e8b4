"""Priors over the latent the generator starts from. Truncation trades diversity for typicality when sampling."""

from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor

LatentDim = Annotated[int, Field(ge=1)]


class Gaussian:
    """z ~ N(0, I). Truncated at t: each coordinate is drawn again until |z| <= t (Brock et al. 2018,
    arXiv:1809.11096, the truncation trick), done here by inverting the distribution function.
    """

    def __init__(self, latent_dim: LatentDim = 100) -> None:
        self.latent_dim = latent_dim

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """(count, latent_dim). `truncation` in standard deviations, None for the whole prior."""
        shape = (count, self.latent_dim)
        if truncation is None:
            return torch.randn(shape, device=device, generator=generator)
        tail = torch.special.ndtr(torch.tensor(-truncation, dtype=torch.float64, device=device))
        uniform = torch.rand(shape, dtype=torch.float64, device=device, generator=generator)
        latent: Tensor = torch.special.ndtri(tail + uniform * (1 - 2 * tail)).float()
        return latent


class Uniform:
    """z ~ U(−1, 1) per coordinate, the prior of 2014. Truncated at t: z ~ U(−t, t)."""

    def __init__(self, latent_dim: LatentDim = 100) -> None:
        self.latent_dim = latent_dim

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """(count, latent_dim). `truncation` is the half-width, None for 1, the whole prior."""
        uniform = torch.rand(count, self.latent_dim, device=device, generator=generator)
        return (2 * uniform - 1) * (1.0 if truncation is None else min(truncation, 1.0))

"""Priors over the latent the generator starts from. Truncation trades diversity for typicality when sampling."""

from typing import Protocol

import torch
from torch import Tensor

from gan_runner.types import PositiveInt


class Prior(Protocol):
    """Where latents come from."""

    latent_dim: int

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """(count, latent_dim); truncated samples are more typical and vary less."""
        ...

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """A closed path (frames, latent_dim) through anchors (K, latent_dim), evenly spaced in time, of latents
        that are as likely as those drawn.
        """
        ...


class Gaussian:
    """z ~ N(0, I). Truncated at t: each coordinate is drawn again until |z| <= t (Brock et al. 2018,
    arXiv:1809.11096, the truncation trick), done here by inverting the distribution function.
    """

    def __init__(self, latent_dim: PositiveInt = 100) -> None:
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

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Along arcs: on a straight line lengths would fall below those of latents that are drawn."""
        return walk(anchors, frames, spherical=True)


class Uniform:
    """z ~ U(−1, 1) per coordinate, the prior of 2014. Truncated at t: z ~ U(−t, t)."""

    def __init__(self, latent_dim: PositiveInt = 100) -> None:
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

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Along straight lines, which stay inside the cube."""
        return walk(anchors, frames, spherical=False)


def walk(anchors: Tensor, frames: int, spherical: bool, closed: bool = True) -> Tensor:
    """A path (frames, Z) through anchors (K, Z), evenly spaced in time: closed, or from the first to the last.

    spherical: sin((1 − t)Ω)/sin Ω · a + sin(tΩ)/sin Ω · b, Ω the angle between a and b, which keeps the length
    typical of Gaussian latents; otherwise (1 − t)a + tb. Source: White 2016, §2 (arXiv:1609.04468).
    """
    steps = torch.arange(frames, dtype=torch.float64)
    time = steps * len(anchors) / frames if closed else steps * (len(anchors) - 1) / max(frames - 1, 1)
    leg = time.long()
    t = (time - leg)[:, None]
    a, b = anchors.double()[leg], anchors.double()[(leg + 1) % len(anchors)]
    straight = (1 - t) * a + t * b
    if not spherical:
        return straight.float()
    angle = torch.nn.functional.cosine_similarity(a, b, dim=1)[:, None].clamp(-1, 1).acos()
    arc = (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin().clamp_min(1e-9)
    return torch.where(angle.sin() > 1e-4, arc, straight).float()  # (anti)parallel anchors span no arc

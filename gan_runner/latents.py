"""Priors over the latent the generator starts from. Truncation trades diversity for typicality when sampling.

`within`, where a prior has it, draws latents of the whole prior in: truncation as a function, of files that are handed
on (exporting/). GaussianMixture has none: where a latent lies does not tell which of the components it belongs to.
"""

import math
from collections.abc import Sequence
from typing import Protocol

import torch
from torch import Tensor

from gan_runner.types import NonNegative, Positive, PositiveInt


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
        exact = torch.float32 if device is not None and device.type == "mps" else torch.float64
        tail = torch.special.ndtr(torch.tensor(-truncation, dtype=exact, device=device))
        uniform = torch.rand(shape, dtype=exact, device=device, generator=generator)
        latent: Tensor = torch.special.ndtri(tail + uniform * (1 - 2 * tail)).float()
        return latent

    def within(self, latent: Tensor, truncation: Tensor) -> Tensor:
        """Each latent of the whole prior drawn in, so that they are distributed as truncated ones, by operations that
        every runtime knows. truncation: (), inf for the whole prior, of which the same latents come back.
        """
        root = math.sqrt(0.5)
        share = torch.erf(latent.abs() * root) * torch.erf(truncation * root)
        nearer = torch.minimum(torch.minimum(inverse_erf(share) / root, latent.abs()), truncation)
        return torch.where(truncation < torch.inf, nearer * latent.sign(), latent)

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Along arcs: on a straight line lengths would fall below those of latents that are drawn."""
        return walk(anchors, frames, spherical=True)


def inverse_erf(share: Tensor) -> Tensor:
    """x with erf(x) = share, of shares in [0, 1]; 5.4 at most, where float32 ends.

    `torch.erfinv` of operations that are exported. Source: Giles 2010, Approximating the erfinv function, single
    precision.
    """
    w = -torch.log(((1 - share) * (1 + share)).clamp_min(1e-7))
    return share * torch.where(w < 5, _powers(w - 2.5, MIDDLE), _powers(w.clamp_min(5).sqrt() - 3, TAIL))


MIDDLE = (2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 2.1858087e-4, -1.25372503e-3, -4.17768164e-3,
          0.246640727, 1.50140941)  # fmt: skip
TAIL = (-2.00214257e-4, 1.00950558e-4, 1.34934322e-3, -3.67342844e-3, 5.73950773e-3, -7.6224613e-3, 9.43887047e-3,
        1.00167406, 2.83297682)  # fmt: skip


def _powers(x: Tensor, factors: Sequence[float]) -> Tensor:
    """A polynomial, by Horner's rule; the factor of the highest power first."""
    total = torch.full_like(x, factors[0])
    for factor in factors[1:]:
        total = total * x + factor
    return total


def kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) of each number, in nats; all (B, Z)."""
    return (mean.square() + log_variance.exp() - 1 - log_variance) / 2


def drawn(noise: Tensor, mean: Tensor, log_variance: Tensor) -> Tensor:
    """μ + σε of each number, ε the noise; all (B, Z)."""
    return mean + (log_variance / 2).exp() * noise


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

    def within(self, latent: Tensor, truncation: Tensor) -> Tensor:
        """Latents of the whole prior as those that `sample` draws truncated. truncation: (), inf or 1 for all."""
        return latent * truncation.clamp_max(1.0)

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Along straight lines, which stay inside the cube."""
        return walk(anchors, frames, spherical=False)


class GaussianMixture:
    """Long, narrow normals about a centre like the spokes of a wheel, each as likely as the others.

    In the plane: a spoke's middle is `radius` away, `length` is its standard deviation outwards, `breadth` that across.
    Of more coordinates than two each pair is such a wheel, independently. Truncated at t: both deviations are at most t
    times their standard deviation. Source: Makhzani et al. 2015, figure 4 (arXiv:1511.05644); sizes as in
    hwalsuklee/tensorflow-mnist-AAE.
    """

    def __init__(
        self,
        latent_dim: PositiveInt = 2,
        components: PositiveInt = 10,
        radius: NonNegative = 1.4,
        length: Positive = 0.5,
        breadth: Positive = 0.1,
    ) -> None:
        _check_pairs("gaussian_mixture", latent_dim)
        self.latent_dim, self.components, self.radius = latent_dim, components, radius
        self.length, self.breadth = length, breadth

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """(count, latent_dim). `truncation` in standard deviations of a component, None for the whole prior."""
        pairs = count * self.latent_dim // 2
        along, across = Gaussian(2).sample(pairs, device, truncation, generator).unbind(1)
        spoke = torch.randint(self.components, (pairs,), device=device, generator=generator)
        turned = torch.polar(torch.ones_like(along), 2 * math.pi * spoke / self.components)
        place = torch.complex(self.radius + self.length * along, self.breadth * across) * turned
        return torch.view_as_real(place).reshape(count, self.latent_dim)

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Around the wheel, in each plane. Between spokes nothing is drawn, and no closed path can do without."""
        return torch.cat([walk(pair, frames, spherical=True) for pair in anchors.split(2, dim=1)], dim=1)


class SwissRoll:
    """A line in the plane that is rolled up: r = radius · s, angle = 2π · turns · s, s² ~ U(0, 1), even in area.

    Of more coordinates than two each pair is such a roll, independently. Truncated at t: the middle of the roll, a
    share t of it. Source: Makhzani et al. 2015, figure 4 (arXiv:1511.05644); sizes as in
    hwalsuklee/tensorflow-mnist-AAE.
    """

    def __init__(self, latent_dim: PositiveInt = 2, radius: Positive = 3.0, turns: Positive = 2.0) -> None:
        _check_pairs("swiss_roll", latent_dim)
        self.latent_dim, self.radius, self.turns = latent_dim, radius, turns

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """(count, latent_dim). `truncation` is the share of the roll, None for 1, all of it."""
        uniform = torch.rand(count, self.latent_dim // 2, device=device, generator=generator)
        return self._rolled((0.5 + (uniform - 0.5) * (1.0 if truncation is None else min(truncation, 1.0))).sqrt())

    def within(self, latent: Tensor, truncation: Tensor) -> Tensor:
        """Latents of the whole prior as those that `sample` draws truncated. truncation: (), inf or 1 for all."""
        s = latent.unflatten(1, (-1, 2)).square().sum(dim=2).sqrt() / self.radius
        narrowed = (0.5 + (s.square() - 0.5) * truncation.clamp_max(1.0)).sqrt()
        turned, length = 2 * math.pi * self.turns * narrowed, self.radius * narrowed
        rolled = torch.stack([length * turned.cos(), length * turned.sin()], dim=2).flatten(1)
        return torch.where(truncation < 1, rolled, latent)

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """Along the roll, never across."""
        return self._rolled(walk(anchors.unflatten(1, (-1, 2)).norm(dim=2) / self.radius, frames, spherical=False))

    def _rolled(self, s: Tensor) -> Tensor:
        """How far along the roll, (B, Z / 2) from 0 to 1, -> (B, Z)."""
        return torch.view_as_real(torch.polar(self.radius * s, 2 * math.pi * self.turns * s)).flatten(1)


def _check_pairs(name: str, latent_dim: int) -> None:
    if latent_dim % 2:
        raise ValueError(
            f"latent={name} lies in a plane, or in several: latent_dim={latent_dim} must be even, {latent_dim + 1} say"
        )


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

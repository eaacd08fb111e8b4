"""Samples from where the codes of images lie: a mixture of normals, fitted after (and while) an autoencoder learns."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, Literal

import torch
from torch import Tensor, nn

from gan_runner.latents import Gaussian, Prior, walk
from gan_runner.systems.capabilities import Encodes, Samples
from gan_runner.systems.coder import Decoding
from gan_runner.types import Player, PositiveInt

DEAD = 1e-5
"""A number of a code that varies less than this share of the most varying one, or of its own size, is a constant."""


class Mixture(nn.Module):
    """Σ_k w_k N(m_k, L_k L_kᵀ) over codes of `size` numbers; as a prior it deals what its codes are made from.

    A latent is `size` standard normal numbers ε and one more, whose distribution function chooses the component k: the
    code is m_k + L_k ε. So latents stay plain numbers that are drawn, truncated (ε alone: all components remain),
    seeded and kept as any others are, and the mixture itself is saved with the weights. Before it is fitted it is a
    standard normal.

    Source: Ghosh et al. 2020, From variational to deterministic autoencoders, §4 (arXiv:1903.12436).
    """

    weights: Tensor
    means: Tensor
    factors: Tensor
    fitted_to: Tensor

    def __init__(self, size: int, components: PositiveInt = 10) -> None:
        super().__init__()
        self.size, self.latent_dim = size, size + 1
        self.register_buffer("weights", torch.eye(1, components)[0])
        self.register_buffer("means", torch.zeros(components, size))
        self.register_buffer("factors", torch.eye(size).repeat(components, 1, 1))
        self.register_buffer("fitted_to", torch.tensor(0))

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor:
        """Latents (count, size + 1). Truncated ones lie nearer to the mean of their component."""
        noise = Gaussian(self.size).sample(count, device, truncation, generator)
        return torch.cat([noise, torch.randn(count, 1, device=device, generator=generator)], dim=1)

    def within(self, latent: Tensor, truncation: Tensor) -> Tensor:
        """Latents of the whole prior drawn in, as `Gaussian.within` does it with ε; no component changes."""
        return torch.cat([Gaussian(self.size).within(latent[:, :-1], truncation), latent[:, -1:]], dim=1)

    def forward(self, latent: Tensor) -> Tensor:
        """The codes (N, size) of latents (N, size + 1), float32."""
        with torch.autocast(latent.device.type, enabled=False):
            component, noise = self.component_of(latent), latent[:, :-1].float()
            everywhere = self.means + torch.einsum("kij,nj->nki", self.factors, noise)
            code: Tensor = everywhere[torch.arange(latent.shape[0], device=latent.device), component]
        return code

    def component_of(self, latent: Tensor) -> Tensor:
        """Which component each latent (N, size + 1) chooses, (N,)."""
        share = torch.special.ndtr(latent[:, -1:].float())
        bounds = self.weights.cumsum(0)
        component: Tensor = (share * bounds[-1] >= bounds[:-1]).sum(dim=1)
        return component

    def path(self, anchors: Tensor, frames: int) -> Tensor:
        """A closed path (frames, size + 1) through anchors (K, size + 1).

        On the way from one component to another its mean and its factor become the other's by degrees while ε turns
        along an arc: the codes move without a jump, as far from the mean as those that are drawn. A latent says so by
        the ε that this code has in the component that its leg began in.
        """
        chosen = self.component_of(anchors.to(self.means.device)).cpu()
        means, factors = self.means.cpu(), self.factors.cpu()
        noise = walk(anchors[:, :-1], frames, spherical=True)
        mean = walk(means[chosen], frames, spherical=False)
        factor = walk(factors[chosen].flatten(1), frames, spherical=False).reshape(frames, self.size, self.size)
        begun = torch.arange(frames) * len(anchors) // frames
        start = chosen[begun]
        from_mean = (mean - means[start]).double()[..., None] + factor.double() @ noise.double()[..., None]
        return torch.cat([_solved(factors[start].double(), from_mean).float(), anchors[begun, -1:]], dim=1)

    @torch.no_grad()
    def take(self, found: dict[str, Tensor]) -> None:
        """What `fitted` has found."""
        for name, value in found.items():
            getattr(self, name).copy_(value)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """A run that drew from the prior until now has none yet."""
        if any(key.startswith(prefix) for key in state_dict):
            super()._load_from_state_dict(state_dict, prefix, *rest)


def fitted(codes: Tensor, components: int, seed: int) -> dict[str, Tensor]:
    """The buffers of a mixture for codes (N, Z), by expectation maximisation; the same for the same codes.

    Codes are standardised first: scikit-learn adds 1e-6 to each variance, whatever their scale. Numbers that hardly
    vary stay constants. Of fewer than Z + 1 codes there is no covariance: then there are fewer components, one at the
    least. Raises ValueError for codes that are not finite.
    """
    from sklearn.exceptions import ConvergenceWarning  # takes long to import
    from sklearn.mixture import GaussianMixture

    exact = codes.detach().double().cpu()
    if not exact.isfinite().all():
        raise ValueError("codes of images are not finite: no mixture can be fitted to them")
    centre, scale = exact.mean(dim=0), exact.std(dim=0, unbiased=False)
    alive = scale > DEAD * torch.maximum(scale.max(), centre.abs())
    size = int(alive.sum())
    weights, means = torch.eye(1, components, dtype=torch.float64)[0], centre.repeat(components, 1)
    factors = exact.new_zeros(components, exact.shape[1], exact.shape[1])
    if size:
        standard = ((exact - centre) / scale)[:, alive].numpy()
        count = max(1, min(components, len(exact) // (size + 1)))
        model = GaussianMixture(count, random_state=seed % 2**32)
        with warnings.catch_warnings():  # the best so far serves
            warnings.simplefilter("ignore", ConvergenceWarning)
            model.fit(standard)
        kept = torch.arange(components).clamp_max(count - 1)  # those too many have no weight
        weights = torch.zeros_like(weights).index_copy(0, torch.arange(count), torch.from_numpy(model.weights_))
        found = torch.linalg.cholesky(torch.from_numpy(model.covariances_))
        means[:, alive] = (centre[alive] + scale[alive] * torch.from_numpy(model.means_))[kept]
        place = alive.nonzero()[:, 0]
        factors[:, place[:, None], place] = (scale[alive][:, None] * found)[kept]
    told = {"weights": weights, "means": means, "factors": factors}
    return {name: value.float() for name, value in told.items()} | {"fitted_to": torch.tensor(len(exact))}


def _solved(factors: Tensor, codes: Tensor) -> Tensor:
    """The ε (N, Z) with L ε = code, of factors (N, Z, Z) and codes (N, Z, 1); 0 for numbers that are constants."""
    still = torch.diag_embed((factors.diagonal(dim1=1, dim2=2) == 0).double())
    noise: Tensor = torch.linalg.solve_triangular(factors + still, codes, upper=False)
    return noise[..., 0]


class FromMixture(nn.Module):
    """Latents through a mixture to codes, and through a decoder to images."""

    def __init__(self, mixture: Mixture, decoding: nn.Module) -> None:
        super().__init__()
        self.mixture, self.decoding = mixture, decoding
        self.train(decoding.training)  # whoever puts the mode back finds the one there was

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        image: Tensor = self.decoding(self.mixture(source), label)
        return image


class FromCodes(Samples, Encodes):
    """A system whose samples are decoded codes: drawn from the prior, or from a mixture fitted to codes of images.

    sample_from: prior | mixture, which callbacks.codes fits. mixture_components: of the mixture, each of full
    covariance. Training draws from `prior`, sampling from `latent`. A conditional run has one mixture for the codes of
    all classes: the label tells the decoder the class. A subclass calls `draw_from` with its prior.
    """

    prior: Prior

    def __init__(
        self,
        sample_from: Literal["prior", "mixture"] = "prior",
        mixture_components: PositiveInt = 10,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.sample_from, self.mixture_components = sample_from, mixture_components

    def draw_from(self, prior: Prior) -> None:
        """Train with this prior, and sample from it, or from a mixture in its place."""
        self.prior = self.latent = prior
        if self.sample_from == "mixture":
            self.latent = Mixture(prior.latent_dim, self.mixture_components)

    @property
    def mixture(self) -> Mixture | None:
        """What is fitted, where samples come from it."""
        return self.latent if isinstance(self.latent, Mixture) else None

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        yield from super().untouched_by(player)
        yield from () if self.mixture is None else self.mixture.buffers()

    @property
    def drawn_from(self) -> str:
        if self.mixture is None:
            return ""
        fitted = int(self.mixture.fitted_to)
        return f"codes from a mixture fitted to those of {fitted:,} images" if fitted else "its mixture not fitted yet"

    def sampler(self) -> tuple[nn.Module, str]:
        network, chosen_by = self.coder()
        decoding: nn.Module = Decoding(network)
        decoding = decoding if self.mixture is None else FromMixture(self.mixture, decoding)
        return decoding, "decoder" if chosen_by == "autoencoder" else chosen_by

"""An autoencoder whose codes are distributions, held to a prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

from gan_runner.latents import Gaussian, drawn, kl
from gan_runner.systems.autoencoder import Autoencoder, Dealt
from gan_runner.systems.capabilities import Variational
from gan_runner.types import NaturalInt, NonNegative, Player


class VAE(Autoencoder, Variational):
    """Minimises −E log p(x | z) + KL(q(z | x) ‖ N(0, I)), z = μ + σε, in nats per image: a bound on −log p(x).

        KL = ½ Σ_j (μ_j² + σ_j² − 1 − log σ_j²)

    beta: weight of the KL; more than 1 is β-VAE. anneal_batches: batches over which the weight, or the capacity, rises
    from 0. capacity: nats C that codes may tell, at weight beta · |KL − C|; null for none. free_bits: nats of each
    number of a code, a mean over the batch, that cost nothing, so that it may tell so much before it is pulled in. Both
    look at the mean of a slice, where system.accumulate has several, and of a rank, where there are several: a distance
    from C, or a floor, of means is not that of the whole batch.
    Logged beside the terms: kl_nats, the KL itself, and elbo, the negative sum of both without weights.
    Source: Kingma & Welling 2013 (arXiv:1312.6114); beta: Higgins et al. 2017 (ICLR); capacity: Burgess et al. 2018,
    §4 (arXiv:1804.03599); free_bits: Kingma et al. 2016, §C.8 (arXiv:1606.04934).
    """

    moments = 2
    is_compilable = True
    encoded_by = "autoencoder"
    scores_given = ("elbo", "kl")
    nats_given = ("nats", "kl_nats", "nelbo")

    def __init__(
        self,
        beta: NonNegative = 1.0,
        anneal_batches: NaturalInt = 0,
        capacity: NonNegative | None = None,
        free_bits: NonNegative = 0.0,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if not isinstance(self.prior, Gaussian):
            raise ValueError("a VAE holds its codes to independent normals: set latent=gaussian")
        if capacity is not None and free_bits:
            raise ValueError(
                "system.capacity says how much codes tell in all and system.free_bits how much each number tells at "
                "least: set system.capacity=null or system.free_bits=0"
            )
        self.beta, self.anneal_batches, self.capacity, self.free_bits = beta, anneal_batches, capacity, free_bits

    def draw_noise(self, count: int, like: Tensor) -> Tensor:
        return self.prior.sample(count, like.device)

    def code_of(self, moments: Sequence[Tensor], noise: Tensor) -> Tensor:
        return drawn(noise, *moments)

    def penalties(self, moments: Sequence[Tensor], code: Tensor, dealt: Dealt, step: int) -> dict[str, Tensor]:
        nats = kl(*moments)
        total = nats.sum(dim=1).mean()
        dealt.told["kl_nats"] = total.detach()
        risen = min(1.0, step / self.anneal_batches) if self.anneal_batches else 1.0
        if self.capacity is not None:
            return {"kl": self.beta * (total - risen * self.capacity).abs()}
        if self.free_bits:
            total = nats.mean(dim=0).clamp_min(self.free_bits).sum()
        return {"kl": risen * self.beta * total}

    def penalty_names(self) -> list[str]:
        return ["kl"]

    def statistics(self, player: Player, dealt: Dealt) -> dict[str, Tensor]:
        reconstruction = dealt.told[self.network.likelihood.name]
        return {"kl_nats": dealt.told["kl_nats"], "elbo": -reconstruction - dealt.told["kl_nats"]}

    def scores_of(self, moments: Sequence[Tensor], missing: Tensor) -> dict[str, Tensor]:
        """elbo: the sum of the other two, the bound on the nats of an image without what no output could spare it."""
        told = kl(*moments).sum(dim=1)
        return {"elbo": missing + told, "kl": told}

    def nats_of(self, moments: Sequence[Tensor], lost: Tensor) -> tuple[Tensor, ...]:
        """Also the KL, and the sum of both without weights: the bound, negative."""
        told = kl(*moments).sum(dim=1)
        return lost, told, lost + told

    def foreseen(self) -> list[str]:
        return [*super().foreseen(), "autoencoder/kl_nats", "autoencoder/elbo"]

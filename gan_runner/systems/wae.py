"""An autoencoder whose codes as a whole, not one by one, are held to a prior."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from gan_runner.systems.autoencoder import Autoencoder, Dealt
from gan_runner.systems.mmd import mmd
from gan_runner.types import NonNegative, Player


class WAE(Autoencoder):
    """Wasserstein autoencoder, by kernels: minimises −log p(x | E(x)) + weight · MMD²(codes of a batch, prior).

    An image has one code, not a distribution of codes, and nothing pulls it towards the prior's centre; all codes
    together are to be spread as the prior, of any kind, is (systems/mmd.py). The MMD is logged as autoencoder/mmd. With
    system.accumulate it is that of each slice of a batch, on several ranks that of each: without bias as well, and less
    certain.

    weight: of the MMD, against nats. The published code writes λ · MMD² + 0.05 · Σ (x − x̂)² of pixels in [0, 1], a
    factor that its paper has not. In nats of likelihood=gaussian with sigma=1, ½ Σ (x − x̂)² and a constant, that is

        0.1 · (nats + 10 λ · MMD²):   weight = 10 λ,   λ = 10 on MNIST is 100 here, λ = 100 on CelebA is 1,000.

    With sigma=learned an image is worth far more nats, and the weight has to rise as much.
    Source: Tolstikhin et al. 2017, algorithm 2 (arXiv:1711.01558).
    """

    least_rows = 2  # pairs of codes

    def __init__(self, weight: NonNegative = 100.0, **settings: Any) -> None:
        super().__init__(**settings)
        self.weight = weight
        draws = self.prior.sample(100_000 // self.prior.latent_dim, generator=torch.Generator().manual_seed(0))
        self.squared_distance = 2 * draws.var(dim=0).sum().item()

    def draw_noise(self, count: int, like: Tensor) -> Tensor:
        """The draws of the prior that codes are compared with."""
        return self.prior.sample(count, like.device)

    def penalties(self, moments: Sequence[Tensor], code: Tensor, dealt: Dealt, step: int) -> dict[str, Tensor]:
        found = mmd(code, dealt.noise, self.squared_distance)
        dealt.told["mmd"] = found.detach()
        return {"discrepancy": self.weight * found}

    def penalty_names(self) -> list[str]:
        return ["discrepancy"]

    def statistics(self, player: Player, dealt: Dealt) -> dict[str, Tensor]:
        return {"mmd": dealt.told["mmd"]}

    def foreseen(self) -> list[str]:
        return [*super().foreseen(), "autoencoder/mmd"]

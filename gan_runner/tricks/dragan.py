"""Hold the discriminator's slope in a cloud around the data."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_runner.tricks.base import Trick
from gan_runner.tricks.gradients import between, input_gradients, refuse_batch_norm
from gan_runner.types import NonNegative, Players, PositiveInt, Round


class DRAGAN(Trick):
    """Pull the norm of the discriminator's gradient to `target` near the reals, where sharp slopes precede collapse.

    λ E[(‖∇D(x + δ)‖₂ − target)²], λ = weight. δ as in the authors' code: a · radius · std(x) · u, with u ~ U[0, 1) for
    each value (one-sided: it only brightens), a ~ U(0, 1) for each sample, std over the whole batch. The paper's text
    has Gaussian δ. The members of an ensemble are penalised each for itself and summed.

    BatchNorm in the discriminator is refused: the authors' code has none, and with it the gradient of one sample's
    logit is not defined. Source: Kodali et al. 2017, §2 (arXiv:1705.07215).
    """

    def __init__(
        self,
        weight: NonNegative = 10.0,
        target: NonNegative = 1.0,
        radius: NonNegative = 0.5,
        every: PositiveInt = 1,
    ) -> None:
        super().__init__()
        self.weight, self.target, self.radius, self.every = weight, target, radius, every

    def check(self, players: Players) -> None:
        refuse_batch_norm(players, "dragan")

    def discriminator_term(self, round: Round) -> Tensor:
        image = between(round.real, perturbed(round.real, self.radius))
        norms = torch.linalg.vector_norm(input_gradients(round.discriminator, image, round.label), dim=2)  # (K, N)
        term: Tensor = self.weight * (norms - self.target).square().mean(1).sum()
        return term


def perturbed(real: Tensor, radius: float) -> Tensor:
    """Each value raised by up to `radius` standard deviations of the batch."""
    return real + radius * real.std(correction=0) * torch.rand_like(real)

"""Flatten the discriminator around what the generator makes."""

from __future__ import annotations

from torch import Tensor

from gan_runner.tricks.base import Trick
from gan_runner.tricks.gradients import input_gradients, refuse_batch_norm
from gan_runner.types import NonNegative, Players, PositiveInt, Round


class R2(Trick):
    """Charge the discriminator for its squared slope at the fakes; beside R1 it steadies relativistic losses.

    γ/2 · E‖∇D(x̂)‖² on detached fakes x̂, summed over a sample's dimensions and over the members of an ensemble,
    averaged over the batch; γ/2 as in R1. BatchNorm in the discriminator is refused, for R1's reason.
    Source: Mescheder et al. 2018, eq. 10 (arXiv:1801.04406); with R1: Huang et al. 2025, R3GAN (arXiv:2501.05441).
    """

    def __init__(self, gamma: NonNegative = 10.0, every: PositiveInt = 1) -> None:
        super().__init__()
        self.gamma, self.every = gamma, every

    def check(self, players: Players) -> None:
        refuse_batch_norm(players, "r2")

    def discriminator_term(self, round: Round) -> Tensor:
        gradients = input_gradients(round.discriminator, round.fake, round.label)  # (K, N, F)
        return self.gamma / 2 * gradients.square().sum(2).mean(1).sum()

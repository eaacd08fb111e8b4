"""Flatten the discriminator around the data."""

from __future__ import annotations

from torch import Tensor

from gan_runner.tricks.base import Trick
from gan_runner.tricks.gradients import input_gradients, refuse_batch_norm
from gan_runner.types import NonNegative, Players, PositiveInt, Round


class R1(Trick):
    """Charge the discriminator for its squared slope at the reals, so that it rests once the generator is there.

    γ/2 · E‖∇D(x)‖² on reals, summed over a sample's dimensions and over the members of an ensemble, averaged over the
    batch. The ½ is part of the paper's formula; its published code leaves it out, so that its reg_param 10 is gamma=20
    here. every=16 is StyleGAN2's lazy rhythm: the term, evaluated on each 16th update, counts 16 times.

    BatchNorm in the discriminator is refused: the paper's networks have none, and the gradient of one sample's logit
    is not defined with it. Source: Mescheder et al. 2018, eq. 9 (arXiv:1801.04406).
    """

    def __init__(self, gamma: NonNegative = 10.0, every: PositiveInt = 1) -> None:
        super().__init__()
        self.gamma, self.every = gamma, every

    def check(self, players: Players) -> None:
        refuse_batch_norm(players, "r1")

    def discriminator_term(self, round: Round) -> Tensor:
        gradients = input_gradients(round.discriminator, round.real, round.label)  # (K, N, F)
        return self.gamma / 2 * gradients.square().sum(2).mean(1).sum()

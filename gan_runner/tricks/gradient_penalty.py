"""Hold the discriminator's slope between reals and fakes."""

from __future__ import annotations

import torch
from torch import Tensor

from gan_runner.tricks.base import Trick
from gan_runner.tricks.gradients import between, input_gradients, refuse_batch_norm
from gan_runner.types import NonNegative, Players, PositiveInt, Round


class GradientPenalty(Trick):
    """Pull the norm of the discriminator's gradient to `target` on straight lines between reals and fakes.

    λ E[(‖∇D(x̂)‖₂ − target)²] + drift · E[D(x)²] is added to the discriminator's loss; x̂ = x + a (G(z) − x), with
    a ~ U(0, 1) for each sample; λ = weight. one_sided: only norms above the target cost, max(0, ‖∇D‖ − target)².
    The members of an ensemble are penalised each for itself and summed. `drift` keeps a critic, whose loss knows only
    differences, from floating away (ProGAN: .001). ProGAN also divides λ by target²: give `weight` the quotient.

    BatchNorm in the discriminator is refused, as by the paper (§4, "No critic batch normalization").
    Source: Gulrajani et al. 2017, eq. 3 (arXiv:1704.00028); drift: Karras et al. 2017, A.1 (arXiv:1710.10196).
    """

    def __init__(
        self,
        weight: NonNegative = 10.0,
        target: NonNegative = 1.0,
        one_sided: bool = False,
        drift: NonNegative = 0.0,
        every: PositiveInt = 1,
    ) -> None:
        super().__init__()
        self.weight, self.target, self.one_sided = weight, target, one_sided
        self.drift, self.every = drift, every

    def check(self, players: Players) -> None:
        refuse_batch_norm(players, "gradient_penalty")

    def discriminator_term(self, round: Round) -> Tensor:
        image = between(round.real, round.fake)
        norms = torch.linalg.vector_norm(input_gradients(round.discriminator, image, round.label), dim=2)  # (K, N)
        excess = norms - self.target
        excess = excess.relu() if self.one_sided else excess
        term: Tensor = self.weight * excess.square().mean(1).sum()
        return term + self.drift * round.real_score.logits.square().mean() if self.drift else term

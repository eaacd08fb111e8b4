"""Tie the discriminator's answers to what it used to answer to the other side."""

import torch
from torch import Tensor

from gan_runner.tricks.base import Trick
from gan_runner.types import Fraction, NonNegative, Player, PositiveInt, Round


class LeCam(Trick):
    """Pull logits of reals towards the average logit of past fakes and the other way round; made for little data.

    weight · (E[(D(x) − α_F)²] + E[(D(x̂) − α_R)²]), from batch `start` on. α_R and α_F are moving averages of the
    logits on reals and fakes over the batches before this one, α ← decay · α + (1 − decay) E[D]; until `start` they
    are the last batch's mean (the mean of its last slice, where system.accumulate cuts it). The authors' code also
    cuts at 0 the differences D(x) − α_F and α_R − D(x̂): it lets go of samples on the wrong side, the formula does not.

    Source: Tseng et al. 2021, §3.2 (arXiv:2104.03310).
    """

    is_compilable = True
    real: Tensor
    fake: Tensor

    def __init__(
        self,
        weight: NonNegative = 0.3,
        decay: Fraction = 0.99,
        start: PositiveInt = 1000,
    ) -> None:
        super().__init__()
        self.weight, self.decay, self.start = weight, decay, start
        self.register_buffer("real", torch.zeros(()))
        self.register_buffer("fake", torch.zeros(()))

    def discriminator_term(self, round: Round) -> Tensor | None:
        if round.step < self.start:
            return None
        real, fake = round.real_score.logits, round.fake_score.logits
        return self.weight * ((real - self.fake).square().mean() + (fake - self.real).square().mean())

    @torch.no_grad()
    def after_step(self, player: Player, round: Round) -> None:
        if player != "discriminator":
            return
        amount = 1 - self.decay if round.step >= self.start else 1.0
        self.real.lerp_(round.real_score.logits.mean(), amount)
        self.fake.lerp_(round.fake_score.logits.mean(), amount)

"""Reward the generator for telling latents apart."""

from __future__ import annotations

from torch import Tensor
from torch.func import functional_call

from gan_runner.layers.conditioning import is_conditional
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import NonNegative, Round


class ModeSeeking(Trick):
    """Two latents that are far from each other must not give nearly the same sample.

    weight / (mean|G(z₂) − G(z₁)| / mean|z₂ − z₁| + 1e-5), a ratio of two means over batch and dimensions.
    z₂ is the batch's z₁ rolled by one, so no second prior is needed. Without labels both samples are there already
    and nothing is generated anew. A conditional generator is asked again for the rolled latents with the labels
    where they were, as a pair must be of one class; its statistics move in copies then. (The authors draw z₂ apart
    and let the discriminator grade both samples.)

    Source: Mao et al. 2019, eq. 3 (arXiv:1903.05628); the inverse and 1e-5 are those of the authors' code.
    """

    scope = Scope.WHOLE

    def __init__(self, weight: NonNegative = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def generator_term(self, round: Round) -> Tensor | None:
        source = round.source.roll(1, 0)
        if len(source) < 2:  # no pair
            return None
        other = self._again(round, source) if is_conditional(round.generator) else round.fake.roll(1, 0)
        apart = (other - round.fake).abs().mean() / (source - round.source).abs().mean()
        return self.weight / (apart + 1e-5)

    @staticmethod
    def _again(round: Round, source: Tensor) -> Tensor:
        # BatchNorm's running statistics have counted this batch.
        statistics = {name: buffer.clone() for name, buffer in round.generator.named_buffers()}
        fake: Tensor = functional_call(round.generator, statistics, (source, round.label))
        return fake.float()

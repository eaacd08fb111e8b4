"""Give the generator statistics to match instead of an opponent to fool."""

from typing import Literal

from torch import Tensor

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import AdversarialLoss, NonNegative, Round


class FeatureMatching(Trick):
    """The generator matches the mean of the discriminator's features over the batch of reals.

    squared: weight · ‖E f(x) − E f(G(z))‖₂², summed over the features, as in the paper;
    absolute: weight · mean |E f(x) − E f(G(z))|, averaged over them, as in the authors' code.
    f is the penultimate layer (Score.features); the reals' side is held fixed. mode=replace takes the place of the
    generator's loss, as in the paper, so what else weighs or selects its logits has nothing left to act on; mode=add
    keeps both. The discriminator plays on as before.

    Source: Salimans et al. 2016, §3.1 (arXiv:1606.03498).
    """

    scope = Scope.WHOLE

    def __init__(
        self,
        mode: Literal["replace", "add"] = "replace",
        norm: Literal["squared", "absolute"] = "squared",
        weight: NonNegative = 1.0,
    ) -> None:
        super().__init__()
        self.mode, self.norm, self.weight = mode, norm, weight

    def wrap_loss(self, loss: AdversarialLoss) -> AdversarialLoss:
        return DiscriminatorsOnly(loss) if self.mode == "replace" else loss

    def generator_term(self, round: Round) -> Tensor:
        # Of packed samples a row is a pack, of which the mean is the same kind of statistic.
        real, fake = round.real_score.features.detach(), round.fake_score.features
        gap = real.flatten(1).mean(0) - fake.flatten(1).mean(0)  # (F,)
        return self.weight * (gap.square().sum() if self.norm == "squared" else gap.abs().mean())


class DiscriminatorsOnly:
    """An adversarial loss that leaves the generator alone."""

    needs_real = False

    def __init__(self, loss: AdversarialLoss) -> None:
        self.loss, self.boundary, self.is_critic = loss, loss.boundary, loss.is_critic

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return self.loss.discriminator(real, fake)

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        # Not 0 · E[D(x̂)], which is NaN for an infinite logit and costs a backward.
        return fake.new_zeros(())

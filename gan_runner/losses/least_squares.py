"""Regression instead of classification."""

from torch import Tensor

from gan_runner.types import Fraction, NonNegative


class LeastSquares:
    """Logits are regressed to 1 for real and 0 for fake: samples far on the right side are still pulled in.

    discriminator: ½E[(D(x) − 1 + s)²] + ½E[D(x̂)²];  generator: w·E[(D(x̂) − 1)²],  s = label_smoothing,
    w = generator_weight, ½ in the paper. In a generator's loss of several terms it counts beside their weights: those
    of CycleGAN are meant for w = 1.
    Source: Mao et al. 2017, eq. 9 (arXiv:1611.04076).
    """

    needs_real = False
    boundary: float | None = 0.5
    is_critic = False

    def __init__(self, label_smoothing: Fraction = 0.0, generator_weight: NonNegative = 0.5) -> None:
        self.label_smoothing, self.generator_weight = label_smoothing, generator_weight

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (real - 1 + self.label_smoothing).square().mean() + 0.5 * fake.square().mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return self.generator_weight * (fake - 1).square().mean()

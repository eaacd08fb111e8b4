"""Regression instead of classification."""

from torch import Tensor

from gan_runner.losses.minimax import Smoothing


class LeastSquares:
    """Logits are regressed to 1 for real and 0 for fake: samples far on the right side are still pulled in.

    discriminator: ½E[(D(x) − 1 + s)²] + ½E[D(x̂)²];  generator: ½E[(D(x̂) − 1)²],  s = label_smoothing.
    Source: Mao et al. 2017, eq. 9 (arXiv:1611.04076).
    """

    needs_real = False
    boundary: float | None = 0.5

    def __init__(self, label_smoothing: Smoothing = 0.0) -> None:
        self.label_smoothing = label_smoothing

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (real - 1 + self.label_smoothing).square().mean() + 0.5 * fake.square().mean()

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor:
        return 0.5 * (fake - 1).square().mean()

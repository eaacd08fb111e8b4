"""A normal distribution about each pixel."""

from __future__ import annotations

import math

from torch import Tensor

from gan_runner.likelihoods.base import Scale, Spread
from gan_runner.types import Shape


class Gaussian(Spread):
    """Σ (x − x̂)² / 2σ² + log σ + ½ log 2π, x̂ the expected pixel in [0, 1] (or point).

    sigma: σ of all pixels. 1 makes of it ½ Σ (x − x̂)² and a constant, the "mse" of most code, under which an image is
    worth few nats and codes tell little; "learned" weighs both by what is there.
    Source: Rybkin, Daniilidis & Levine 2021, σ-VAE (arXiv:2006.13202).
    """

    name = "gaussian"

    def __init__(self, shape: Shape, sigma: Scale = 1.0) -> None:
        super().__init__(shape, sigma)

    def _nats(self, output: Tensor, x: Tensor) -> Tensor:
        log_sigma = self._log_scale()
        return (x - self._expected(output)).square() / (2 * (2 * log_sigma).exp()) + self._least(x)

    def _least(self, x: Tensor) -> Tensor:
        return self._log_scale() + math.log(2 * math.pi) / 2

"""A two-sided exponential about each pixel."""

from __future__ import annotations

import math

from torch import Tensor

from gan_runner.likelihoods.base import Scale, Spread
from gan_runner.types import Shape


class Laplace(Spread):
    """Σ |x − x̂| / b + log 2b, x̂ the expected pixel in [0, 1] (or point): forgives a few large errors.

    scale: b of all pixels, or "learned".
    """

    name = "laplace"

    def __init__(self, shape: Shape, scale: Scale = 1.0) -> None:
        super().__init__(shape, scale)

    def _nats(self, output: Tensor, x: Tensor) -> Tensor:
        return (x - self._expected(output)).abs() * (-self._log_scale()).exp() + self._least(x)

    def _least(self, x: Tensor) -> Tensor:
        return self._log_scale() + math.log(2)

"""What a likelihood is: it reads a decoder's answer as a distribution over images (or points)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from typing import Literal

import torch
from torch import Tensor, nn

from gan_runner.types import Positive, Shape

Scale = Positive | Literal["learned"]
"""The spread of a distribution, or learned with the networks: one number for all pixels."""
FLOOR = 1e-3
"""The least spread that is learned, of a pixel in [0, 1]: a quarter of one step of a byte. Below it a likelihood only
counts how exactly bytes were rounded.
"""


class Likelihood(nn.Module, ABC):
    """−log p(x | z) in nats, all constants included, and the image that is expected.

    A decoder gives `output` (B, *shape), unbounded. Images cross rooms in [-1, 1]; here a pixel x is in [0, 1], so that
    figures compare with those that are published, and its expectation is sigmoid(output). Points are taken as they
    are, and their expectation is the output itself. All is computed in float32, whatever the precision of the networks.
    """

    name: str
    """What its nats are logged as."""
    takes_points = True

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.is_of_images = len(shape) == 3
        if not self.is_of_images and not self.takes_points:
            raise ValueError(
                f"likelihood={self.name} is of pixels between black and white, and points have no bounds: set "
                "likelihood=gaussian or likelihood=laplace"
            )

    def nats(self, output: Tensor, real: Tensor) -> Tensor:
        """−log p(x | z) of each sample, (B,): of output and real (B, *shape)."""
        with torch.autocast(output.device.type, enabled=False):
            return self._nats(output.float(), self._pixels(real)).flatten(1).sum(dim=1)

    def excess(self, output: Tensor, real: Tensor) -> Tensor:
        """The nats by which a sample is less likely than its own best output would make it, (B,), 0 or more but for
        rounding.

        Without what no output could spare it (of grey pixels a Bernoulli's entropy, of a density its constants), which
        would rank samples by how grey they are.
        """
        with torch.autocast(output.device.type, enabled=False):
            x = self._pixels(real)
            return (self._nats(output.float(), x) - self._least(x)).flatten(1).sum(dim=1)

    def mean(self, output: Tensor) -> Tensor:
        """What is expected: images (B, C, H, W) in [-1, 1], or points; float32."""
        return torch.tanh(output.float() / 2) if self.is_of_images else output.float()  # 2 · sigmoid − 1

    def figures(self) -> dict[str, Tensor]:
        """What it has learned, to be logged."""
        return {}

    @abstractmethod
    def _nats(self, output: Tensor, x: Tensor) -> Tensor:
        """Of each number, (B, *shape)."""

    @abstractmethod
    def _least(self, x: Tensor) -> Tensor:
        """The least that `_nats` can be of x, (B, *shape) or a number."""

    def _pixels(self, real: Tensor) -> Tensor:
        return (real.float() + 1) / 2 if self.is_of_images else real.float()

    def _expected(self, output: Tensor) -> Tensor:
        return torch.sigmoid(output) if self.is_of_images else output


class Spread(Likelihood):
    """One with a spread: given, or learned, one number for all pixels, and held above `FLOOR`."""

    def __init__(self, shape: Shape, scale: Scale) -> None:
        super().__init__(shape)
        self.learns = scale == "learned"
        if self.learns:
            self.log_scale = nn.Parameter(torch.zeros(()))
        else:
            self.register_buffer("log_scale", torch.tensor(math.log(float(scale))), persistent=False)

    def _log_scale(self) -> Tensor:
        # A clamp would have no gradient below; this one pulls back up.
        floor = math.log(FLOOR)
        return nn.functional.softplus(self.log_scale - floor) + floor if self.learns else self.log_scale

    def figures(self) -> dict[str, Tensor]:
        return {"scale": self._log_scale().detach().exp()} if self.learns else {}

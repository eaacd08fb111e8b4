"""A coin for each pixel."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gan_runner.likelihoods.base import Likelihood
from gan_runner.types import Shape


class Bernoulli(Likelihood):
    """−Σ x log p + (1 − x) log(1 − p), p = sigmoid(output), from logits.

    Exact for pixels that are 0 or 1. Of grey ones it is no density, but the cross-entropy that tutorials and papers
    report for them; its least value is their entropy, 45.5 nats for a digit of MNIST's test split.
    Source: Kingma & Welling 2013, appendix C.1 (arXiv:1312.6114).
    """

    name = "bernoulli"
    takes_points = False

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape)

    def _nats(self, output: Tensor, x: Tensor) -> Tensor:
        return softplus(output) - x * output

    def _least(self, x: Tensor) -> Tensor:
        x = x.clamp(0, 1)  # beyond, where rounding may lead, entr is −inf
        entropy: Tensor = torch.special.entr(x) + torch.special.entr(1 - x)
        return entropy

"""A gate that lets the stronger of two players stand still."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import softplus

from gan_runner.types import Player, Positive


class Balance:
    """Whoever is too strong skips the batch, by what the discriminator's judgement of reals and of fakes costs.

    The costs are −log D(x) and −log(1 − D(x̂)), means over the batch, D = sigmoid(logit − the loss's boundary); both
    are log 2 = .69 where it cannot tell. The discriminator stands still where one of them is below equilibrium −
    margin, the generator where one is above equilibrium + margin; where both would, both move.
    Source: the code of Larsen et al. 2016 (arXiv:1512.09300): .68 and .35.
    """

    def __init__(self, margin: Positive = 0.35, equilibrium: Positive = 0.68) -> None:
        self.margin, self.equilibrium = margin, equilibrium

    def costs(self, real: Tensor, fake: Tensor, boundary: float) -> Tensor:
        """(2,): of the logits of reals and of fakes."""
        return torch.stack([softplus(boundary - real).mean(), softplus(fake - boundary).mean()])

    def still(self, costs: Tensor) -> frozenset[Player]:
        """Who skips a batch of these costs (2,). Reads the device."""
        low, high = sorted(costs.tolist())
        names = [
            *(["discriminator"] if low < self.equilibrium - self.margin else []),
            *(["generator"] if high > self.equilibrium + self.margin else []),
        ]
        return frozenset() if len(names) == 2 else frozenset(names)

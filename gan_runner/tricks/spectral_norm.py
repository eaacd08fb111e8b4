"""Hold the discriminator's slope."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Players, PositiveInt, Shape

ITERATIONS = 15
"""What torch begins new weights with."""


class SpectralNorm(Trick):
    """Divide each discriminator weight by its largest singular value: W / σ(W), so every layer is 1-Lipschitz.

    σ is followed by power iteration, `power_iterations` per forward pass while training.
    Source: Miyato et al. 2018, eq. 8 (arXiv:1802.05957).

    Raises ValueError for a network with weights that start at 0, as network=r3gan's.
    """

    scope = Scope.WEIGHTS

    def __init__(self, power_iterations: PositiveInt = 1) -> None:
        super().__init__()
        self.power_iterations = power_iterations

    def wrap_discriminator(self, make: Make) -> Make:
        def normalised(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            for name, module in list(discriminator.named_modules()):
                if isinstance(module, nn.Linear | nn.Conv2d | nn.Embedding):
                    _refuse_zero(name, module.weight)
                    spectral_norm(module, n_power_iterations=self.power_iterations, eps=1e-12)
            return discriminator

        return normalised

    @torch.no_grad()
    def on_initial_weights(self, players: Players, before: Mapping[str, Any]) -> None:
        """Power iteration follows weights as they move, a step at a time: other weights need as many as new ones."""
        for module in players.discriminator.modules():
            if is_parametrized(module, "weight"):
                for _ in range(-(-ITERATIONS // self.power_iterations)):
                    _ = module.weight  # in training each look is a step


def _refuse_zero(name: str, weight: Tensor) -> None:
    """There would be nothing to divide but 0 by 0."""
    if not weight.is_meta and not weight.any():
        raise ValueError(
            f"tricks.spectral_norm divides each weight by its largest singular value, and that of {name} is 0: some "
            "weights of this network (network=r3gan) start at 0; leave out spectral_norm, or take network=resnet"
        )

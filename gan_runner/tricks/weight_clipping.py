"""Keep the critic's weights in a box."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrize import is_parametrized

from gan_runner.tricks.base import Trick
from gan_runner.types import Make, Player, Players, Positive, Round, Shape


class WeightClipping(Trick):
    """Clamp every parameter of the discriminator to [−limit, limit], which bounds its slope.

    Once when it is built and after each of its updates, norms' scales and biases included, as the authors' code does
    before each update: no player ever meets a critic outside the box. Refused with weights that are computed from
    other parameters (spectral norm, equalized learning rate), where the clipped parameter is not what multiplies.

    Source: Arjovsky et al. 2017, algorithm 1 (arXiv:1701.07875).
    """

    is_compilable = True

    def __init__(self, limit: Positive = 0.01) -> None:
        super().__init__()
        self.limit = limit

    def check(self, players: Players) -> None:
        if any(is_parametrized(module) for module in players.discriminator.modules()):
            raise ValueError(
                "tricks.weight_clipping bounds the parameters, but the discriminator's weights are computed from them "
                "(by tricks.spectral_norm, which divides their size out again; by network=progan, which scales them "
                "and which tricks.growing needs): drop one of the two"
            )

    def wrap_discriminator(self, make: Make) -> Make:
        def clipped(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            self.clip(discriminator)
            return discriminator

        return clipped

    def after_step(self, player: Player, round: Round) -> None:
        if player == "discriminator":
            self.clip(round.discriminator)

    @torch.no_grad()
    def clip(self, network: nn.Module) -> None:
        """Clamp all parameters in place, in two operations for all of them."""
        parameters: list[Tensor] = list(network.parameters())
        torch._foreach_clamp_min_(parameters, -self.limit)
        torch._foreach_clamp_max_(parameters, self.limit)

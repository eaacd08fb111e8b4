"""Sample from the average of the generator's past."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Fraction, Make, Player, Players, Round, Shape


class EMA(Trick):
    """Keep an exponential moving average of the generator's weights and buffers, and sample from it.

    θ̄ ← β θ̄ + (1 − β) θ after each generator update, β = decay, or min(decay, (1 + t)/(10 + t)) with warmup, so
    that a short run does not average in its random start (t = generator updates so far). The game itself does not
    change: the discriminator never sees the average.

    Source: Yazıcı et al. 2018 (arXiv:1806.04498); Karras et al. 2017, §4 (arXiv:1710.10196).
    """

    scope = Scope.WHOLE
    needs_adversary = False
    is_compilable = True
    average: nn.Module

    def __init__(self, decay: Fraction = 0.999, warmup: bool = True) -> None:
        super().__init__()
        self.decay, self.warmup = decay, warmup
        self.updates = 0

    def wrap_generator(self, make: Make) -> Make:
        def with_average(shape: Shape) -> nn.Module:
            generator = make(shape)
            self.average = deepcopy(generator).eval().requires_grad_(False)
            return generator

        return with_average

    @torch.no_grad()
    def after_step(self, player: Player, round: Round) -> None:
        # Written out instead of torch's AveragedModel, which reads its counter on the host at every update.
        if player != "generator":
            return
        beta = min(self.decay, (1 + self.updates) / (10 + self.updates)) if self.warmup else self.decay
        torch._foreach_lerp_(self._tensors(self.average), self._tensors(round.generator), 1 - beta)
        self.updates += 1
        for mean, buffer in zip(self.average.buffers(), round.generator.buffers(), strict=True):
            if not mean.is_floating_point():  # counters are copied
                mean.copy_(buffer)

    def on_initial_weights(self, players: Players, before: Mapping[str, Any]) -> None:
        """An average that was taken whole goes on as an old one: a warmup would forget it. Where the earlier run had
        none, it begins with the generator as it is.
        """
        own = _sizes(self.average.state_dict(prefix="average."))
        saved = _sizes(before)
        if not saved:
            self.average.load_state_dict(players.generator.state_dict())
        elif saved == own:
            self.updates = int(before["_extra_state"]["updates"])

    def sampler(self, generator: nn.Module) -> nn.Module:
        return self.average

    def get_extra_state(self) -> dict[str, int]:
        return {"updates": self.updates}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.updates = state["updates"]

    @staticmethod
    def _tensors(network: nn.Module) -> list[Tensor]:
        return [t for t in (*network.parameters(), *network.buffers()) if t.is_floating_point()]


def _sizes(state: Mapping[str, Any]) -> dict[str, torch.Size]:
    """Of the tensors of a state dict."""
    return {name: value.shape for name, value in state.items() if isinstance(value, Tensor)}

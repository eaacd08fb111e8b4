"""Small systems that translate noise, and what is dealt to them."""

from typing import Any

import torch
from torch import Tensor, nn

from gan_runner.assemble import assemble
from gan_runner.types import Batch
from noise_pairs import TRANSLATING

QUIET = ("logger=none", "callbacks.checkpoint=null", "callbacks.summary=null", "callbacks.panels=null")


def system_of(composed: Any, model: str, *overrides: str) -> Any:
    torch.manual_seed(0)
    return assemble(composed(f"model={model}", *TRANSLATING, *QUIET, *overrides)).system


def a_batch(channels: int = 3, source_channels: int = 3, count: int = 2) -> Batch:
    draws = torch.Generator().manual_seed(0)
    image, source = (2 * torch.rand(count, c, 8, 8, generator=draws) - 1 for c in (channels, source_channels))
    return Batch(image, None, source)


def rounds_of(system: Any, batch: Batch, player: str = "generator") -> dict[str, Any]:
    hands = system.deal(batch)
    return {
        name: game.round(player, hands[name], game.generate(hands[name], graph=True), 0)
        for name, game in zip(system.games, system.all_games, strict=True)
    }


class Scaled(nn.Module):
    """A generator that multiplies."""

    def __init__(self, factor: float) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.tensor(factor))

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return self.factor * source

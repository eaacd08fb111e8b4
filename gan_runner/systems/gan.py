"""One game from a latent to data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from gan_runner.game import Game
from gan_runner.systems.adversarial import Adversarial, Hands, MakeGame
from gan_runner.types import Batch, Hand, Shape


class Prior(Protocol):
    """Where latents come from."""

    latent_dim: int

    def sample(
        self,
        count: int,
        device: torch.device | None = None,
        truncation: float | None = None,
        generator: torch.Generator | None = None,
    ) -> Tensor: ...


class GAN(Adversarial):
    """The generator turns latents (and the batch's labels) into data; the discriminator tells them from the batch.

    Source: Goodfellow et al. 2014, algorithm 1 (arXiv:1406.2661).
    """

    def __init__(self, shape: Shape, make_game: MakeGame, latent: Prior, **alternation: Any) -> None:
        super().__init__({"gan": make_game(shape)}, **alternation)
        self.latent = latent

    @property
    def game(self) -> Game:
        """The only game."""
        return self._games["gan"]

    def deal(self, batch: Batch) -> Hands:
        source = self.latent.sample(len(batch.real), batch.real.device)
        return {"gan": Hand(batch.real, source, batch.label)}


@torch.no_grad()
def generate(network: nn.Module, source: Tensor, label: Tensor | None = None, batch_size: int = 256) -> Tensor:
    """Samples (N, *shape) float32 from an evaluation-mode network, in batches; the network's mode is restored."""
    was_training = network.training
    network.eval()
    labels = [None] * len(source) if label is None else label.split(batch_size)
    parts = [network(z, y).float() for z, y in zip(source.split(batch_size), labels, strict=False)]
    network.train(was_training)
    return torch.cat(parts)


def drawing_from(system: GAN, data: Any) -> Callable[[int], tuple[Tensor, Tensor | None]]:
    """count -> that many samples of the evaluation network, and their labels, which are as frequent as in the data."""
    network, _ = system.game.sampler()
    conditional = bool(system.origin["config"]["network"]["conditional"])

    def draw(count: int) -> tuple[Tensor, Tensor | None]:
        label = None
        if conditional:
            deck = data.deck("train")
            label = deck[torch.randint(len(deck), (count,))].label.to(system.device)
        return generate(network, system.latent.sample(count, system.device), label), label

    return draw

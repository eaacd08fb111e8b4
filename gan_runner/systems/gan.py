"""One game from a latent to data."""

from __future__ import annotations

from typing import Any

from torch import nn

from gan_runner.game import Game, MakeGame
from gan_runner.latents import Prior
from gan_runner.systems.adversarial import Adversarial, Hands
from gan_runner.systems.capabilities import Samples
from gan_runner.types import Batch, Hand, Shape


class GAN(Adversarial, Samples):
    """The generator turns latents (and the batch's labels) into data; the discriminator tells them from the batch.

    Source: Goodfellow et al. 2014, algorithm 1 (arXiv:1406.2661).
    """

    needs = frozenset({"game", "latent"})
    takes_numbers = True
    is_compilable = True

    def __init__(self, shape: Shape, make_game: MakeGame, latent: Prior, **settings: Any) -> None:
        super().__init__({"gan": make_game(shape)}, **settings)
        self.latent, self.shape = latent, tuple(shape)

    @property
    def game(self) -> Game:
        """The only game."""
        return self._games["gan"]

    def sampler(self) -> tuple[nn.Module, str]:
        return self.game.sampler()

    @property
    def labelled(self) -> bool:
        return super().labelled and self.game.teaches_labels

    def hands(self, batch: Batch) -> Hands:
        source = self.latent.sample(len(batch.real), batch.real.device)
        return {"gan": Hand(batch.real, source, batch.label)}

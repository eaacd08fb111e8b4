"""A finished GAN, and an encoder that learns to find what it made of which latent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Self

import torch
from torch import Tensor, nn

from gan_runner import figures
from gan_runner.game import Game, MakeGame
from gan_runner.latents import Prior
from gan_runner.layers.conditioning import is_conditional
from gan_runner.layers.probing import minds_company
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Samples, Scores
from gan_runner.systems.coder import Encoding, Returning
from gan_runner.systems.reconstructing import Reconstructing, mean_square
from gan_runner.types import Batch, Make, NonNegative, Player, Shape


class FAnoGAN(Reconstructing, Samples, Scores):
    """The encoder minimises, of real images x, the error of what the GAN makes of their codes ("izi_f"):

        ‖x − G(E(x))‖² / n + kappa · ‖f(x) − f(G(E(x)))‖² / d, means over n numbers of x and d features

    f: the discriminator's penultimate features. G and f are those of init_from, stand still and are in evaluation mode
    always; G is the generator's average where the run kept one (tricks.ema). The same expression is the score of an
    image, f_anogan: larger is odder; reconstruction is its first half.
    Source: Schlegl et al. 2019 (Medical Image Analysis 54), whose kappa is 1 and whose GAN is a WGAN-GP.
    """

    needs = frozenset({"game", "latent", "encoder", "input"})
    players = ("encoder",)
    inherits = ("games.gan",)

    def __init__(
        self,
        shape: Shape,
        make_game: MakeGame,
        latent: Prior,
        encoder: Make,
        source_shape: Shape | None = None,
        kappa: NonNegative = 1.0,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if source_shape is not None:
            raise ValueError(
                "f-AnoGAN encodes what its GAN makes, and this data has images of another domain beside that: choose "
                "data of one domain, as the GAN's was"
            )
        self.latent, self.shape, self.kappa = latent, tuple(shape), kappa
        game = make_game(shape)
        self.games = nn.ModuleDict({"gan": game}).requires_grad_(False)
        self.encoder = encoder(shape, moments=1)
        if game.pack > 1:
            raise ValueError(
                f"f-AnoGAN asks the discriminator about single images, and {' and '.join(game.packs)} shows it several "
                "at once: take a GAN that was trained without it"
            )
        if is_conditional(game.generator) or is_conditional(game.discriminator):
            raise ValueError(
                "f-AnoGAN tells how odd images are whose classes nobody knows: take a GAN that was trained with "
                "network.conditional=false"
            )
        if kappa and minds_company(game.discriminator, self.shape):
            raise ValueError(
                "f-AnoGAN asks the discriminator about single images, and features of this one tell of all images that "
                "are judged together (as with tricks.minibatch_stddev in network=progan): take a GAN that was trained "
                "without that, or compare pixels alone: set system.kappa=0"
            )
        self.train()

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        self.games.eval()
        return self

    @property
    def game(self) -> Game:
        """What stands still."""
        found: Any = self.games["gan"]
        return found  # type: ignore[no-any-return]

    # ---- the step -----------------------------------------------------------------------------------------------

    def turns(self, step: int) -> Sequence[Player]:
        return self.players

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Tensor:
        return batch.real

    def terms(self, player: Player, dealt: Tensor, step: int) -> dict[str, Tensor]:
        image, features = self._errors(dealt)
        return {"image": image.mean(), "features": self.kappa * features.mean()}

    def _errors(self, real: Tensor) -> tuple[Tensor, Tensor]:
        """Of each image the mean squared error of pixels and that of features, (B,) each."""
        judge, generator = self.game.discriminator, self.sampler()[0]
        back = generator(self.encoder(real).float(), None).float()
        with torch.no_grad():
            wanted = judge(real).features
        return mean_square(real, back), mean_square(wanted, judge(back).features)

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        return list(self.encoder.parameters())

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        """The GAN stands still."""
        yield from super().untouched_by(player)
        yield from self.games.buffers()

    def foreseen(self) -> list[str]:
        return [*(figures.build("encoder", name) for name in ("image", "features")), *super().foreseen()]

    # ---- what others ask ----------------------------------------------------------------------------------------

    def sampler(self) -> tuple[nn.Module, str]:
        return self.game.sampler()

    def coder(self) -> tuple[nn.Module, str]:
        network, chosen_by = self.sampler()
        return Returning(Encoding(network, self.encoder, still=True)), chosen_by

    @property
    def score_names(self) -> tuple[str, ...]:
        return ("f_anogan", "reconstruction")

    @torch.no_grad()
    def scores(self, batch: Batch) -> dict[str, Tensor]:
        with evaluating(self.encoder):
            image, features = self._errors(batch.real)
        return {"f_anogan": image + self.kappa * features, "reconstruction": image}

"""An autoencoder whose codes play against a discriminator that knows the prior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor, nn

from gan_runner import figures
from gan_runner.game import Game, MakeGame
from gan_runner.latents import Prior
from gan_runner.systems.adversarial import Adversarial, Hands
from gan_runner.systems.adversarial import Dealt as GameDealt
from gan_runner.systems.capabilities import given
from gan_runner.systems.coder import CodeMaker
from gan_runner.systems.describing import Describing
from gan_runner.systems.mixture import FromCodes
from gan_runner.types import Batch, Hand, Make, MakeLikelihood, NonNegative, Player, Shape


@dataclass(kw_only=True)
class Dealt(GameDealt):
    """With the images that should come back, and what of their likelihood is to be logged."""

    real: Tensor
    told: dict[str, Tensor] = field(default_factory=dict)


class AAE(Adversarial, FromCodes, Describing):
    """A game of codes: the reals are draws of the prior, the fakes what the encoder finds in a batch of images.

    The discriminator is of codes, (Z,), and everything in the game is about them: its tricks, D_real, variety. The
    generator is encoder and decoder together, as averages of it (tricks.ema) are, and minimises

        (what it minimises in the game) + reconstruction · −E log p(x | E(x)), the latter logged as
        generator/reconstruction, and in nats under the likelihood's name.

    Only draws of the prior are needed, so it may be of any kind: latent=gaussian, gaussian_mixture, swiss_roll.
    With network.conditional=true encoder, decoder and discriminator see the label, and each class fills the prior.

    reconstruction: weight of the nats. The paper takes turns instead, with optimizers of their own. WAE-GAN, the same
    game, has 0.05 · Σ (x − x̂)² against λ times the game: 0.1 / λ here with likelihood=gaussian, sigma=1. Its λ = 10 on
    MNIST is .01, with which, in the fully connected networks here, codes ended as all alike (variety .07); 1 held them.
    Where images have a source (data=degraded), that is encoded.
    Source: Makhzani et al. 2015 (arXiv:1511.05644); WAE-GAN: Tolstikhin et al. 2017, algorithm 1 (arXiv:1711.01558).
    """

    needs = frozenset({"game", "latent", "encoder", "decoder", "likelihood", "input"})
    judges_codes = True

    def __init__(
        self,
        shape: Shape,
        make_game: MakeGame,
        latent: Prior,
        encoder: Make,
        decoder: Make,
        likelihood: MakeLikelihood,
        source_shape: Shape | None = None,
        reconstruction: NonNegative = 1.0,
        **settings: Any,
    ) -> None:
        def of_codes(_: Make) -> Make:
            return lambda _: CodeMaker(encoder(source_shape or shape, moments=1), decoder(shape), likelihood(shape))

        super().__init__({"codes": make_game((latent.latent_dim,), of_codes)}, **settings)
        self.draw_from(latent)
        self.shape, self.reconstruction = tuple(shape), reconstruction
        self._refuse_of_latents()

    def _refuse_of_latents(self) -> None:
        for name, trick in self.game.tricks.items():
            if trick.needs_latent:
                raise ValueError(
                    f"tricks.{name} is about the latent that a fake was made from, and here fakes are the codes of "
                    f"images: remove tricks.{name}"
                )

    @property
    def game(self) -> Game:
        """The only game."""
        return self._games["codes"]

    @property
    def network(self) -> CodeMaker:
        """Encoder and decoder, as they are trained."""
        found: Any = self.game.generator
        return found  # type: ignore[no-any-return]

    # ---- the step -----------------------------------------------------------------------------------------------

    def hands(self, batch: Batch) -> Hands:
        images = given(batch)
        return {"codes": Hand(self.prior.sample(len(images), images.device), images, batch.label)}

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Dealt:
        dealt = super().deal(batch, turns)
        return Dealt(dealt.hands, dealt.fakes, real=batch.real)

    def terms(self, player: Player, dealt: GameDealt, step: int) -> dict[str, Tensor]:
        assert isinstance(dealt, Dealt)
        terms = super().terms(player, dealt, step)
        if player == "generator":
            round, network = dealt.rounds["codes"], self.network
            nats = network.likelihood.nats(network.output(round.fake, round.label), dealt.real).mean()
            dealt.told[network.likelihood.name] = nats.detach()
            terms["reconstruction"] = self.reconstruction * nats
        return terms

    def joint_names(self) -> Sequence[str]:
        return ("reconstruction",)

    def statistics(self, player: Player, dealt: GameDealt) -> dict[str, Tensor]:
        assert isinstance(dealt, Dealt)
        return {**super().statistics(player, dealt), **(dealt.told if player == "generator" else {})}

    # ---- what is told -------------------------------------------------------------------------------------------

    def more_figures(self) -> dict[str, float | Tensor]:
        learned: Mapping[str, Tensor] = self.network.likelihood.figures()
        return {**super().more_figures(), **{figures.build("generator", name): v for name, v in learned.items()}}

    def foreseen(self) -> list[str]:
        return [*super().foreseen(), figures.build("generator", self.network.likelihood.name)]

    # ---- what others ask ----------------------------------------------------------------------------------------

    def coder(self) -> tuple[nn.Module, str]:
        network, chosen_by = self.game.sampler()
        assert isinstance(network, CodeMaker)
        return network.coder(), "autoencoder" if chosen_by == "generator" else chosen_by

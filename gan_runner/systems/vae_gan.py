"""A GAN whose generator is an autoencoder's decoder, and whose discriminator says what likeness is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from gan_runner import figures
from gan_runner.game import MakeGame
from gan_runner.latents import Gaussian, Prior, drawn, kl
from gan_runner.layers.conditioning import is_conditional
from gan_runner.layers.disturbed import undisturbed
from gan_runner.layers.probing import minds_company
from gan_runner.systems import adversarial
from gan_runner.systems.adversarial import ADVERSARIES, Hands
from gan_runner.systems.balance import Balance
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Scores, Variational, given
from gan_runner.systems.coder import Encoding, Returning
from gan_runner.systems.gan import GAN
from gan_runner.systems.mixture import FromCodes
from gan_runner.systems.reconstructing import Reconstructing, mean_square
from gan_runner.tricks.base import Trick
from gan_runner.types import Batch, ClosedShare, Hand, Make, NonNegative, Player, Positive, Round, Score, Shape


@dataclass(kw_only=True)
class Dealt(adversarial.Dealt):
    """Beside what a game shares: what is encoded, what should come back, the moments of the codes and a draw of them.

    moments: with the encoder's graph, where it is to move and there is one slice; empty where nobody asks for codes.
    judgement: the discriminator's round, where the balance has looked at it and there is one slice.
    """

    source: Tensor
    real: Tensor
    label: Tensor | None
    moments: tuple[Tensor, ...]
    noise: Tensor
    wanted: Tensor | None = None
    judgement: dict[str, Round] = field(default_factory=dict)
    told: dict[str, Tensor] = field(default_factory=dict)

    @property
    def code(self) -> Tensor:
        """z ~ q(z | x), (B, Z), which nobody learns through."""
        return drawn(self.noise, *self.moments).detach()


class VAEGAN(GAN, FromCodes, Reconstructing, Variational, Scores):
    """The generator decodes what an encoder finds in each image; the discriminator's features say how alike both are.

        L_features = ½ Σ_l (D_l(x) − D_l(x̂))², x̂ = G(z), z ~ q(z | x), a mean over the batch

    encoder:        beta · KL(q(z | x) ‖ N(0, I)) + L_features;
    generator:      gamma · L_features + adversarial · (what it minimises in the game);
    discriminator:  what it minimises in the game.

    Each moves by its own sum alone: the discriminator has no gradient of L_features, the encoder none of the game. The
    paper's adversarial is 1, its authors' code has 1 − gamma with gamma 1e-6 (CelebA) and 1e-5 (CIFAR-10); there
    L_features is a sum over 131,072 and fewer numbers. D_l is the penultimate layer (Score.features), in the
    discriminator's training mode, without what tricks draw at its input.
    reconstructions: share of the fakes in the game that are reconstructions, the others are made of the prior; 0 as in
    the authors' code, .5 as in the paper's formula. balance_margin: lets the stronger player skip batches by this
    margin about balance_cost (systems/balance.py); the authors' are .35 and .68; null: off, and nothing is waited for.
    All three move on the generator's turns, the encoder last; averages (tricks.ema) are of generator and encoder, and
    taken after the generator's move. Where images have a source, that is encoded.
    Logged beside the terms: encoder/kl_nats, encoder/squared_error, a mean over pixels, in [-1, 1].
    Source: Larsen et al. 2016, algorithm 1 (arXiv:1512.09300).
    """

    needs = frozenset({"game", "latent", "encoder", "input"})
    players = ("discriminator", "generator", "encoder")
    encoded_by = "encoder"

    def __init__(
        self,
        shape: Shape,
        make_game: MakeGame,
        latent: Prior,
        encoder: Make,
        source_shape: Shape | None = None,
        beta: NonNegative = 1.0,
        gamma: NonNegative = 1.0,
        adversarial: NonNegative = 1.0,
        reconstructions: ClosedShare = 0.0,
        balance_margin: Positive | None = None,
        balance_cost: Positive = 0.68,
        **settings: Any,
    ) -> None:
        if not isinstance(latent, Gaussian):
            raise ValueError("a VAE-GAN holds its codes to independent normals: set latent=gaussian")

        def with_encoder(make: Make) -> Make:
            return lambda shape: Encoding(make(shape), encoder(source_shape or shape, moments=2), moments=2)

        super().__init__(shape, partial(make_game, change=with_encoder), latent, **settings)
        self.draw_from(latent)
        self._both = (*self._both, "encoder")
        self.beta, self.gamma, self.adversarial, self.reconstructions = beta, gamma, adversarial, reconstructions
        self.balance = None if balance_margin is None else Balance(balance_margin, balance_cost)
        self.moves = dict.fromkeys(ADVERSARIES, 0)
        """Of each player on turns of both, where the balance is watched; and of these turns."""
        self.judged = 0
        self._check()

    def _check(self) -> None:
        for name, trick in self.game.tricks.items():
            if isinstance(trick, Trick) and type(trick).on_real is not Trick.on_real:
                raise ValueError(
                    f"tricks.{name} shows the discriminator other images than those that are encoded: remove it, or "
                    "choose model=dcgan"
                )
        if self.balance is not None and self.game.loss.boundary is None:
            raise ValueError(
                "system.balance_margin compares what the discriminator's certainty costs, and this loss has no "
                "boundary between real and fake: set loss=non_saturating, say, or system.balance_margin=null"
            )

    @property
    def coding(self) -> Encoding:
        """The generator and the encoder beside it, as they are trained."""
        found: Any = self.game.generator
        return found  # type: ignore[no-any-return]

    # ---- the step -----------------------------------------------------------------------------------------------

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Dealt:
        moves, source = "encoder" in turns, given(batch)
        moments: tuple[Tensor, ...] = ()
        if moves or self.reconstructions:
            with nullcontext() if moves and self.accumulate == 1 else torch.no_grad():
                moments = self.coding.describe(source, batch.label)
        noise = self.prior.sample(len(source), source.device)
        hand = self.hands(batch)["gan"]
        if self.reconstructions:
            hand = hand._replace(source=self._mixed(hand.source, drawn(noise, *moments).detach()))
        fake = self.game.generate(hand, graph=moves and self.accumulate == 1)
        return Dealt(
            hands={"gan": hand}, fakes={"gan": fake},
            source=source, real=batch.real, label=batch.label, moments=moments, noise=noise,
        )  # fmt: skip

    def hands(self, batch: Batch) -> Hands:
        return {"gan": Hand(batch.real, self.prior.sample(len(batch.real), batch.real.device), batch.label)}

    def _mixed(self, latent: Tensor, code: Tensor) -> Tensor:
        """Latents, a share of which gives way to the codes of the batch's images, at even distances."""
        return torch.where(evenly(len(latent), self.reconstructions, latent.device)[:, None], code, latent)

    def admitted(self, turns: Sequence[Player], dealt: Sequence[Dealt]) -> Sequence[Player]:
        if self.balance is None or "encoder" not in turns:
            return turns
        costs = torch.stack([self._costs(part) for part in dealt]).mean(dim=0)
        still = self.balance.still(self.trainer.strategy.reduce(costs, reduce_op="mean"))
        self.judged += 1
        for player in ADVERSARIES:
            self.moves[player] += player not in still
        return [player for player in turns if player not in still]

    def _costs(self, dealt: Dealt) -> Tensor:
        assert self.balance is not None
        real, made = (score.logits.detach().float() for score in self._judgement(dealt))
        return self.balance.costs(real, made, self.game.loss.boundary or 0.0)

    def _judgement(self, dealt: Dealt) -> tuple[Score, Score]:
        """Of reals and of fakes, which the discriminator then learns from, where it moves; of several slices, whose
        graphs no memory would hold, once more.
        """
        if self.accumulate == 1:
            dealt.judgement = super().rounds_of("discriminator", dealt, self.trainer.global_step)
            return dealt.judgement["gan"].real_score, dealt.judgement["gan"].fake_score
        hand, judge = dealt.hands["gan"], self.game.discriminator
        with torch.no_grad():
            return judge(hand.real, hand.label), judge(dealt.fakes["gan"], hand.label)

    def rounds_of(self, player: Player, dealt: adversarial.Dealt, step: int) -> dict[str, Round]:
        assert isinstance(dealt, Dealt)
        judged = dealt.judgement if player == "discriminator" else {}
        return judged or super().rounds_of(player, dealt, step)

    def terms(self, player: Player, dealt: adversarial.Dealt, step: int) -> dict[str, Tensor]:
        assert isinstance(dealt, Dealt)
        if player == "encoder":
            return self._encoder_terms(dealt)
        terms = super().terms(player, dealt, step)
        if player == "generator":
            terms["gan/adversarial"] = self.adversarial * terms["gan/adversarial"]
            terms["features"] = self.gamma * self._distance(dealt, self.coding.decode(dealt.code, dealt.label))
        return terms

    def joint_names(self) -> Sequence[str]:
        return ("features",)

    def _encoder_terms(self, dealt: Dealt) -> dict[str, Tensor]:
        moments = dealt.moments
        if not moments[0].requires_grad:
            moments = self.coding.describe(dealt.source, dealt.label)
        nats = kl(*moments).sum(dim=1).mean()
        back = self.coding.decode(drawn(dealt.noise, *moments), dealt.label)
        dealt.told = {"kl_nats": nats.detach(), "squared_error": (back.detach() - dealt.real).square().mean()}
        return {"kl": self.beta * nats, "features": self._distance(dealt, back)}

    def _distance(self, dealt: Dealt, back: Tensor) -> Tensor:
        """L_features, of what has come back."""
        judge = self.game.discriminator
        with undisturbed(judge):
            if dealt.wanted is None:  # it stands still until the batch is over
                with torch.no_grad():
                    dealt.wanted = judge(dealt.real, dealt.label).features.float()
            found: Tensor = judge(back, dealt.label).features.float()
        return (dealt.wanted - found).square().sum() / (2 * len(back))

    def statistics(self, player: Player, dealt: adversarial.Dealt) -> dict[str, Tensor]:
        assert isinstance(dealt, Dealt)
        return dealt.told if player == "encoder" else super().statistics(player, dealt)

    def after_step(self, player: Player, dealt: adversarial.Dealt, step: int) -> None:
        if player != "encoder":
            super().after_step(player, dealt, step)

    # ---- what it consists of ------------------------------------------------------------------------------------

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        own = list(self.coding.encoder.parameters())
        if player == "encoder":
            return [p for p in own if p.requires_grad]
        others = set(map(id, own))
        return [p for p in super().parameters_of(player) if id(p) not in others]

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        yield from super().untouched_by(player)
        if player == "generator":
            yield from self.coding.encoder.buffers()

    def more_figures(self) -> dict[str, float | Tensor]:
        told = super().more_figures()
        if self.balance is not None:
            told |= {figures.build(player, "moved"): self.moves[player] / max(1, self.judged) for player in ADVERSARIES}
        return told

    def foreseen(self) -> list[str]:
        own = ("kl", "features", "kl_nats", "squared_error")
        return [*(figures.build("encoder", name) for name in own), *super().foreseen()]

    def _look_ahead(self, step: int) -> None:
        super()._look_ahead(step)
        if self.balance is not None:  # nobody knows who will move on the batch that is reported next
            self._absent = frozenset(self.players)

    def get_extra_state(self) -> dict[str, Any]:
        told: dict[str, Any] = super().get_extra_state()
        return told if self.balance is None else told | {"moves": dict(self.moves), "judged": self.judged}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        super().set_extra_state(state)
        self.moves, self.judged = dict(state.get("moves", self.moves)), state.get("judged", 0)

    # ---- what others ask ----------------------------------------------------------------------------------------

    def coder(self) -> tuple[nn.Module, str]:
        network, chosen_by = self.game.sampler()
        return Returning(network), chosen_by

    def sampler(self) -> tuple[nn.Module, str]:
        return FromCodes.sampler(self)

    @cached_property
    def score_names(self) -> tuple[str, ...]:
        """No features where the discriminator judges an image by its class or by others beside it."""
        judge = self.game.discriminator
        alone = self.game.pack == 1 and not is_conditional(judge) and not minds_company(judge, self.shape)
        return ("reconstruction", "features") if alone else ("reconstruction",)

    @torch.no_grad()
    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """reconstruction: the mean squared error of pixels, through the mean code; features: of the discriminator's."""
        coder, judge = self.coder()[0], self.game.discriminator
        with evaluating(coder), evaluating(judge):
            back = coder(given(batch), batch.label)
            found = {"reconstruction": mean_square(batch.real, back)}
            if "features" in self.score_names:
                found["features"] = mean_square(judge(batch.real).features, judge(back).features)
        return found


@lru_cache(maxsize=4)
def evenly(count: int, share: float, device: torch.device) -> Tensor:
    """Which of `count` rows are of a share of them at even distances, (count,) bool; not to be written to."""
    place = torch.arange(count + 1, dtype=torch.float64) * share  # on the processor: not every device has float64
    return place.floor().diff().bool().to(device)

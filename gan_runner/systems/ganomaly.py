"""An autoencoder that encodes again what came back: how far the two codes lie apart says how odd an image is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, softplus

from gan_runner import figures
from gan_runner.game import Solo
from gan_runner.layers.conditioning import is_conditional
from gan_runner.systems.base import evaluating
from gan_runner.systems.capabilities import Scores
from gan_runner.systems.reconstructing import Reconstructing, mean_square
from gan_runner.tricks.base import Trick
from gan_runner.types import Batch, Make, NonNegative, Player, Round, Shape

JUDGED = ("D_real", "D_fake")


@dataclass
class Dealt:
    """A slice of a batch, what both updates share of it, and what the newest one made of it.

    made: the codes, what comes back and the codes of that, with the generator's graph; None where there are several
    slices, which no memory would hold.
    """

    real: Tensor
    made: tuple[Tensor, Tensor, Tensor] | None = None
    round: Round | None = None
    told: dict[str, Tensor] = field(default_factory=dict)


class GANomaly(Reconstructing, Scores):
    """Image x, code z = E(x), reconstruction x̂ = G(z), its code ẑ = E′(x̂), E′ an encoder of its own. All are trained
    on normal images; E′ does not know where odd ones come back to.

    discriminator: ½ (BCE(D(x), 1) + BCE(D(x̂), 0));
    generator (E, G and E′): features · MSE(f(x), f(x̂)) + l1 · |x − x̂| + codes · MSE(z, ẑ), means over all numbers,
    f the discriminator's features. Where the discriminator's loss falls below `restart_below` it begins again; 0:
    never. Score ganomaly: ‖z − ẑ‖² / Z of an image, reconstruction: the mean squared error of its pixels; in evaluation
    mode.

    Three things differ from the published code. It scores in training mode, where an image's score hangs on the others
    of its batch and the labels of a sorted test set leak into it; scales scores by the least and greatest of the test
    set, which a single image has not; and reports the epoch that is best on that set. There the generator moves first,
    by a discriminator that the discriminator's update on the same batch then follows; here the order is that of all
    games. A discriminator that begins again has its own first weights, there it draws new ones: nothing has to wait for
    the value of its loss.
    Source: Akçay, Atapour-Abarghouei & Breckon 2018 (arXiv:1805.06725).
    """

    needs = frozenset({"encoder", "decoder", "discriminator", "tricks", "input"})
    restarts: Tensor
    players = ("discriminator", "generator")

    def __init__(
        self,
        shape: Shape,
        encoder: Make,
        decoder: Make,
        discriminator: Make,
        tricks: dict[str, Trick],
        source_shape: Shape | None = None,
        features: NonNegative = 1.0,
        l1: NonNegative = 50.0,
        codes: NonNegative = 1.0,
        restart_below: NonNegative = 1e-5,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        if source_shape is not None:
            raise ValueError(
                "GANomaly brings images back, and this data has images of another domain beside them: choose data of "
                "one domain"
            )
        self.shape = tuple(shape)
        self.features, self.l1, self.codes, self.restart_below = features, l1, codes, restart_below
        solo = Solo(self.shape, lambda shape: Recoding(encoder(shape), decoder(shape), encoder(shape)), tricks)
        self.games = nn.ModuleDict({"ganomaly": solo})
        self.discriminator = discriminator(shape)
        self.first = deepcopy(self.discriminator).requires_grad_(False) if restart_below else None
        self._losses: list[Tensor] = []
        """Of the discriminator's present update, by slices."""
        self.register_buffer("restarts", torch.zeros((), dtype=torch.int64))
        if is_conditional(solo.generator) or is_conditional(self.discriminator):
            raise ValueError(
                "GANomaly tells how odd images are whose classes nobody knows: set network.conditional=false"
            )

    @property
    def solo(self) -> Solo:
        """The generator and its tricks."""
        found: Any = self.games["ganomaly"]
        return found  # type: ignore[no-any-return]

    @property
    def network(self) -> Recoding:
        """The generator: both encoders and the decoder."""
        found: Any = self.solo.generator
        return found  # type: ignore[no-any-return]

    # ---- the step -----------------------------------------------------------------------------------------------

    def turns(self, step: int) -> Sequence[Player]:
        return self.players

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Dealt:
        return Dealt(batch.real, self.network.all_of(batch.real) if self.accumulate == 1 else None)

    def terms(self, player: Player, dealt: Dealt, step: int) -> dict[str, Tensor]:
        if player == "discriminator":
            shown = (dealt.real, self._judged(dealt))
            real_logits, fake_logits = (self.discriminator(image).logits.float() for image in shown)
            dealt.told = {
                name: logits.detach().sigmoid().mean()
                for name, logits in zip(JUDGED, (real_logits, fake_logits), strict=True)
            }
            loss = (softplus(-real_logits).mean() + softplus(fake_logits).mean()) / 2
            self._losses.append(loss.detach())
            return {"adversarial": loss}
        code, fake, again = dealt.made or self.network.all_of(dealt.real)
        with torch.no_grad():
            wanted = self.discriminator(dealt.real).features
        terms = {
            "features": self.features * mean_square(wanted, self.discriminator(fake).features).mean(),
            "l1": self.l1 * l1_loss(fake, dealt.real),
            "codes": self.codes * mean_square(code, again).mean(),
        }
        if self.solo.tricks:
            dealt.round = self.solo.round(dealt.real, dealt.real, fake, None, step)
            terms |= self.solo.tricks_terms("generator", dealt.round)
        return terms

    @torch.no_grad()
    def _judged(self, dealt: Dealt) -> Tensor:
        """What came back of images, which the discriminator's update teaches nobody."""
        fake: Tensor = self.network(dealt.real) if dealt.made is None else dealt.made[1].detach()
        return fake

    def statistics(self, player: Player, dealt: Dealt) -> dict[str, Tensor]:
        return dealt.told if player == "discriminator" else {}

    def after_step(self, player: Player, dealt: Dealt, step: int) -> None:
        if player == "discriminator":
            loss, self._losses = torch.stack(self._losses).mean(), []
            if self.restart_below:
                loss = self.trainer.strategy.reduce(loss, reduce_op="mean")  # all ranks do the same
                self._begin_again(loss < self.restart_below)
        elif dealt.round is not None:
            self.solo.after_step("generator", dealt.round)

    @torch.no_grad()
    def _begin_again(self, due: Tensor) -> None:
        """Give the discriminator its first weights where a scalar says so, which is not read."""
        assert self.first is not None
        for now, first in zip(self.discriminator.parameters(), self.first.parameters(), strict=True):
            now.copy_(torch.where(due, first, now))
        self.restarts += due

    def on_train_start(self) -> None:
        self.solo.on_optimizers({"generator": self.optimizer_of("generator")})
        super().on_train_start()

    # ---- what it consists of ------------------------------------------------------------------------------------

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        network = self.discriminator if player == "discriminator" else self.network
        return [p for p in network.parameters() if p.requires_grad]

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        """The first discriminator never learns; the graph of what came back refers to the generator's statistics."""
        yield from super().untouched_by(player)
        yield from () if self.first is None else self.first.buffers()
        if player == "discriminator":
            yield from self.network.buffers()

    def more_figures(self) -> dict[str, float | Tensor]:
        told: dict[str, float | Tensor] = {figures.build("discriminator", "restarts"): self.restarts}
        return told | {figures.build("tricks", name): value for name, value in self.solo.figures().items()}

    def foreseen(self) -> list[str]:
        own = ("features", "l1", "codes", *self.solo.tricks_names("generator"))
        mine: dict[Player, Sequence[str]] = {"discriminator": ("adversarial", *JUDGED), "generator": own}
        told = [figures.build(player, name) for player, names in mine.items() for name in names]
        return [*told, *super().foreseen()]

    # ---- what others ask ----------------------------------------------------------------------------------------

    def coder(self) -> tuple[nn.Module, str]:
        return self.solo.sampler()

    @property
    def score_names(self) -> tuple[str, ...]:
        return ("ganomaly", "reconstruction")

    @torch.no_grad()
    def scores(self, batch: Batch) -> dict[str, Tensor]:
        network, _ = self.coder()
        with evaluating(network):
            code, fake, again = network.all_of(batch.real)  # type: ignore[operator]
        return {"ganomaly": mean_square(code, again), "reconstruction": mean_square(batch.real, fake)}


class Recoding(nn.Module):
    """Encoder, decoder, encoder: a coder, which knows the code of what comes back too."""

    def __init__(self, encoder: nn.Module, decoder: nn.Module, recoder: nn.Module) -> None:
        super().__init__()
        self.encoder, self.decoder, self.recoder = encoder, decoder, recoder

    def encode(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        """The code of each image, (B, Z)."""
        code: Tensor = self.encoder(image)
        return code.float()

    def decode(self, code: Tensor, label: Tensor | None = None) -> Tensor:
        """The image of each code, (B, C, H, W) in [-1, 1]."""
        return torch.tanh(self.decoder(code).float())

    def all_of(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Of images (B, C, H, W) their codes (B, Z), what comes back, and the codes of that; float32."""
        code = self.encode(image)
        back = self.decode(code)
        return code, back, self.recoder(back).float()

    def forward(self, image: Tensor, label: Tensor | None = None) -> Tensor:
        return self.decode(self.encode(image))

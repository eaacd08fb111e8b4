"""Images whose counterparts are known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor, cat, nn, where
from torch.nn.functional import l1_loss

from gan_runner.game import MakeGame
from gan_runner.systems.adversarial import Hands
from gan_runner.systems.base import generate
from gan_runner.systems.translation import SHOWN_AT_ONCE, Translation, source_of
from gan_runner.types import Batch, Direction, Hand, Make, NonNegative, Player, Round, Shape


class Paired(Translation):
    """pix2pix: every source has its counterpart, and the discriminator judges pairs.

    The game's data are pairs cat([a, b]) of a source and an image, C' + C channels, its fakes cat([a, G(a)]): so
    whatever a trick keeps, averages or penalises are pairs. The generator's loss has besides

        l1 · E|b − G(a)|        logged as generator/l1.

    keep_known: a source that is a damaged image with its hole as the last channel (1 in the hole) is filled in, and
    what is known of it copied, in training and whenever the generator translates.
    Source: Isola et al. 2016, eq. 1 to 4 (arXiv:1611.07004).
    """

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        make_game: MakeGame,
        l1: NonNegative = 100.0,
        keep_known: bool = False,
        **settings: Any,
    ) -> None:
        if shape[1:] != source_shape[1:]:
            raise ValueError(
                f"pairs are judged channel upon channel, and the two domains' images have shapes {tuple(source_shape)} "
                f"and {tuple(shape)}: give both the same sides, as data.image_size does"
            )
        if keep_known and source_shape[0] != shape[0] + 1:
            raise ValueError(
                f"system.keep_known=true copies what is known of an image of {shape[0]} channel(s), and a source of "
                f"{source_shape[0]} does not end with its hole: set data=degraded and data.task=inpaint, or "
                "system.keep_known=false"
            )
        pair = (source_shape[0] + shape[0], *shape[1:])

        def of_pairs(make: Make) -> Make:
            def make_pairing(_: Shape) -> nn.Module:
                generator = make(shape, source_shape=source_shape)
                return Pairing(FillingIn(generator) if keep_known else generator)

            return make_pairing

        super().__init__({"a2b": make_game(pair, of_pairs)}, **settings)
        self.l1, self.source_channels = l1, source_shape[0]

    def hands(self, batch: Batch) -> Hands:
        source = source_of(batch)
        return {"a2b": Hand(cat([source, batch.real], dim=1), source)}

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        if player == "discriminator" or not self.l1:
            return {}
        return {"l1": self.l1 * self.error(rounds["a2b"])}

    def joint_names(self) -> list[str]:
        return ["l1"] if self.l1 else []

    def error(self, round: Round) -> Tensor:
        """E|b − G(a)|."""
        fake, real = (pair[:, self.source_channels :] for pair in (round.fake, round.real))
        return l1_loss(fake, real)

    def translator(self, direction: Direction = "a2b") -> nn.Module:
        if direction != "a2b":
            raise ValueError(
                f"direction={direction} is not learned from pairs: this run translates a2b alone (one of "
                "data.direction=b2a has the domains swapped)"
            )
        return Second(self._games["a2b"].sampler()[0], self.source_channels)

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        source = source_of(batch)
        translated = generate(self.translator(), source, batch_size=SHOWN_AT_ONCE)
        return {"a2b": {"input": source, "translated": translated, "target": batch.real}}


class Pairing(nn.Module):
    """A generator that hands out what it was given beside what it made of it: (B, C' + C, H, W)."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        return cat([source, self.generator(source, label).float()], dim=1)


class FillingIn(nn.Module):
    """A generator whose answer counts in the hole alone: the source's last channel, where it is not 0."""

    def __init__(self, generator: nn.Module) -> None:
        super().__init__()
        self.generator = generator

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        answer: Tensor = self.generator(source, label).float()
        return where(source[:, -1:] == 0, source[:, :-1], answer)


class Second(nn.Module):
    """A generator of pairs that keeps the source to itself."""

    def __init__(self, pairing: nn.Module, source_channels: int) -> None:
        super().__init__()
        self.pairing, self.source_channels = pairing, source_channels
        self.train(pairing.training)  # whoever puts the mode back finds the one there was

    def forward(self, source: Tensor, label: Tensor | None = None) -> Tensor:
        pair: Tensor = self.pairing(source, label)
        return pair[:, self.source_channels :]

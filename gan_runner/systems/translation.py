"""Games that turn images of one domain into images of another."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, Protocol

from pydantic import Field
from torch import Tensor, cat, nn, where
from torch.nn.functional import l1_loss

from gan_runner.game import Game
from gan_runner.systems.adversarial import Adversarial, Hands
from gan_runner.systems.gan import generate
from gan_runner.types import Batch, Direction, Hand, Make, Player, Round, Shape

DIRECTIONS: tuple[Direction, ...] = ("a2b", "b2a")
SHOWN_AT_ONCE = 4
"""Images translated together to be looked at: training has the memory."""
Weight = Annotated[float, Field(ge=0)]

log = logging.getLogger(__name__)


class MakeGame(Protocol):
    """Makes a game of what discriminators see, whose generators `change` tells what they start from."""

    def __call__(self, shape: Shape, change: Callable[[Make], Make]) -> Game: ...


class Translation(Adversarial):
    """Games named by their direction, a2b or b2a: domain A is a batch's `source`, domain B its `image`."""

    @property
    def directions(self) -> tuple[Direction, ...]:
        """What there is a translator for."""
        return tuple(name for name in DIRECTIONS if name in self._games)

    @abstractmethod
    def translator(self, direction: Direction = "a2b") -> nn.Module:
        """The network that translates for evaluation: a trick's choice (an average, say), or the generator.

        Raises ValueError for a direction that is not learned.
        """

    def chosen_by(self, direction: Direction) -> str:
        """Who chose the translator: a trick's name, or 'generator'."""
        return self._games[direction].sampler()[1]

    @abstractmethod
    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        """What there is to look at of a batch: direction -> column -> images (B, …, H, W)."""


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
        l1: Weight = 100.0,
        keep_known: bool = False,
        **alternation: Any,
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

        super().__init__({"a2b": make_game(pair, of_pairs)}, **alternation)
        self.l1, self.source_channels = l1, source_shape[0]

    def deal(self, batch: Batch) -> Hands:
        source = _source(batch)
        return {"a2b": Hand(cat([source, batch.image], dim=1), source)}

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        if player == "discriminator" or not self.l1:
            return {}
        return {"l1": self.l1 * self.error(rounds["a2b"])}

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
        source = _source(batch)
        translated = generate(self.translator(), source, batch_size=SHOWN_AT_ONCE)
        return {"a2b": {"input": source, "translated": translated, "target": batch.image}}


class Unpaired(Translation):
    """CycleGAN: no source has a counterpart, so two games are played, one each way, and joined by what must come back.

    G: A → B and F: B → A; the generators' common loss is that of both games and

        cycle_a · E|F(G(a)) − a|,  cycle_b · E|G(F(b)) − b|        generator/cycle_a, generator/cycle_b,
        identity · cycle_a · E|F(a) − a|,  identity · cycle_b · E|G(b) − b|        generator/identity_a, /identity_b.

    Identity, which keeps colours that need no change, is left out where the domains differ in channels. One optimizer
    moves both generators, one both discriminators; the discriminators move first, as in every game here (the published
    code has the generators do so).
    Source: Zhu et al. 2017, eq. 1 to 3, §5.2 (arXiv:1703.10593).
    """

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        make_game: MakeGame,
        cycle_a: Weight = 10.0,
        cycle_b: Weight = 10.0,
        identity: Weight = 0.5,
        **alternation: Any,
    ) -> None:
        games = {
            "a2b": make_game(shape, lambda make: partial(make, source_shape=source_shape)),
            "b2a": make_game(source_shape, lambda make: partial(make, source_shape=shape)),
        }
        super().__init__(games, **alternation)
        self.cycle_a, self.cycle_b, self.identity = cycle_a, cycle_b, identity
        if identity and shape[0] != source_shape[0]:
            self.identity = 0.0
            log.warning(
                f"system.identity={identity} is left out: an image of {shape[0]} channel(s) is no input of a generator "
                f"that takes {source_shape[0]} (set system.identity=0 to say so)"
            )

    def deal(self, batch: Batch) -> Hands:
        source = _source(batch)
        return {"a2b": Hand(batch.image, source), "b2a": Hand(source, batch.image)}

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        if player == "discriminator":
            return {}
        forth, back = rounds["a2b"], rounds["b2a"]
        a, b = forth.source, back.source
        terms = self._what_comes_back("a", self.cycle_a, back.generator, forth.fake, a)
        return terms | self._what_comes_back("b", self.cycle_b, forth.generator, back.fake, b)

    def _what_comes_back(
        self, domain: str, weight: float, generator: nn.Module, translated: Tensor, image: Tensor
    ) -> dict[str, Tensor]:
        """The terms of a domain whose images the generator should make of their translations, and of themselves.

        One pass for both is faster than two. Instance norm sees no difference; batch norm would.
        """
        if not weight:
            return {}
        given = cat([translated, image]) if self.identity else translated
        made = generator(given).float()
        terms = {f"cycle_{domain}": weight * l1_loss(made[: len(image)], image)}
        if self.identity:
            terms[f"identity_{domain}"] = self.identity * weight * l1_loss(made[len(image) :], image)
        return terms

    def translator(self, direction: Direction = "a2b") -> nn.Module:
        return self._games[direction].sampler()[0]

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        forth, back = self.translator("a2b"), self.translator("b2a")
        return {
            "a2b": self._there_and_back(_source(batch), forth, back),
            "b2a": self._there_and_back(batch.image, back, forth),
        }

    def _there_and_back(self, image: Tensor, forth: nn.Module, back: nn.Module) -> dict[str, Tensor]:
        translated = generate(forth, image, batch_size=SHOWN_AT_ONCE)
        columns = {"input": image, "translated": translated}
        columns["reconstructed"] = generate(back, translated, batch_size=SHOWN_AT_ONCE)
        if self.identity:
            columns["identity"] = generate(back, image, batch_size=SHOWN_AT_ONCE)
        return columns


def translating(system: Translation) -> dict[Direction, Callable[[Tensor], Tensor]]:
    """Of each direction, images (N, C', H, W) -> what the evaluation network makes of them."""
    return {direction: partial(generate, system.translator(direction)) for direction in system.directions}


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


def _source(batch: Batch) -> Tensor:
    assert batch.source is not None  # assemble() refuses data of one domain
    return batch.source

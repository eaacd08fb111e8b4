"""The alternating game: a discriminator that moves on every batch, a generator that moves at the end of its turns."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from gan_runner import figures
from gan_runner.game import Game
from gan_runner.systems.base import MakeOptimizer
from gan_runner.systems.capabilities import Steerable
from gan_runner.systems.statistics import statistics_names, statistics_of
from gan_runner.systems.warmup import Warmup
from gan_runner.types import Batch, Hand, Player, PositiveInt, Round

Hands = dict[str, Hand]
ADVERSARIES: tuple[Player, ...] = ("discriminator", "generator")
"""Who plays a game."""


@dataclass
class Dealt:
    """What the updates on a slice of a batch share, by game: hands, fakes made of them, and the present rounds."""

    hands: Hands
    fakes: dict[str, Tensor]
    rounds: dict[str, Round] = field(default_factory=dict)


class Adversarial(Steerable):
    """Alternates the players: every batch updates the discriminator, every n-th batch the generator too.

    discriminator_steps: discriminator updates (batches) per generator turn; warmup: when they are more.
    generator_steps: generator updates per turn, all from the same source. Other arguments: see System.
    A subclass says what each game is dealt and adds terms that join several games.
    """

    players: ClassVar[tuple[Player, ...]] = ADVERSARIES

    def __init__(
        self,
        games: Mapping[str, Game],
        optimizers: Mapping[Player, MakeOptimizer],
        discriminator_steps: PositiveInt = 1,
        generator_steps: PositiveInt = 1,
        warmup: Warmup | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(optimizers=optimizers, **settings)
        self.games = nn.ModuleDict(games)
        self._games = dict(games)
        self.discriminator_steps = discriminator_steps
        self.warmup = warmup or Warmup(turns=0, again_every=None)  # none
        self._alone: Sequence[Player] = ("discriminator",)
        self._both: Sequence[Player] = ("discriminator", *("generator",) * generator_steps)
        for game in games.values():  # a trick may refuse an optimizer: of one number, which costs nothing
            game.on_optimizers({name: make([nn.Parameter(torch.zeros(1))]) for name, make in optimizers.items()})

    @abstractmethod
    def hands(self, batch: Batch) -> Hands:
        """What each game gets of a batch."""

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        """Terms that join games, such as a cycle. None by default."""
        return {}

    def joint_names(self) -> Sequence[str]:
        """What the terms of `joint_terms` are called, all of the generator. None by default."""
        return ()

    # ---- the step -----------------------------------------------------------------------------------------------

    def turns(self, step: int) -> Sequence[Player]:
        if self.steered is not None:
            return self.steered
        return self._both if self.warmup.ends_turn(step, self.discriminator_steps) else self._alone

    def generator_updates_in(self, batches: int) -> int:
        return self.warmup.turns_in(batches, self.discriminator_steps) * self._both.count("generator")

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Dealt:
        """One fake serves both updates, if there is one slice: it keeps its graph for the generator's."""
        hands, graph = self.hands(batch), "generator" in turns and self.accumulate == 1
        return Dealt(hands, {name: self._games[name].generate(hand, graph) for name, hand in hands.items()})

    def terms(self, player: Player, dealt: Dealt, step: int) -> dict[str, Tensor]:
        dealt.rounds = self.rounds_of(player, dealt, step)
        terms = {
            figures.build(name, term): value
            for name, round in dealt.rounds.items()
            for term, value in self._games[name].terms(player, round).items()
        }
        return terms | self.joint_terms(player, dealt.rounds)

    def rounds_of(self, player: Player, dealt: Dealt, step: int) -> dict[str, Round]:
        """What a player may look at in an update, by game."""
        return {
            name: self._games[name].round(player, hand, dealt.fakes[name], step) for name, hand in dealt.hands.items()
        }

    def statistics(self, player: Player, dealt: Dealt) -> dict[str, Tensor]:
        """How the discriminator judged, before it learned from the batch."""
        if player != "discriminator":
            return {}
        return {
            figures.build(name, figure): value
            for name, round in dealt.rounds.items()
            for figure, value in statistics_of(round).items()
        }

    def after_step(self, player: Player, dealt: Dealt, step: int) -> None:
        for name, round in dealt.rounds.items():
            self._games[name].after_step(player, round)
        if player == "generator":  # the fakes' graph is spent: its next update makes them again from the same source
            dealt.fakes = {name: fake.detach() for name, fake in dealt.fakes.items()}

    def spent(self, dealt: Dealt) -> Dealt:
        fakes = {name: fake.detach() for name, fake in dealt.fakes.items()}
        return Dealt(dealt.hands, fakes, {name: round.spent() for name, round in dealt.rounds.items()})

    def get_ready(self, step: int) -> None:
        """Tricks get ready for the next batch, whose size one may choose."""
        for game in self._games.values():
            size = game.on_batch(self.images_seen)
            if size is not None:
                self.trainer.datamodule.deal_in(size)  # type: ignore[attr-defined]

    # ---- what it consists of ------------------------------------------------------------------------------------

    @property
    def all_games(self) -> list[Game]:
        return list(self._games.values())

    @property
    def batch_sizes(self) -> dict[str, Sequence[int]]:
        """The sizes that tricks may give a batch, by the key that says so."""
        return {key: sizes for game in self._games.values() for key, sizes in game.batch_sizes.items() if sizes}

    @property
    def packs(self) -> dict[str, int]:
        """How many samples make one answer of a discriminator, by the key of the trick that packs them."""
        return {key: size for game in self._games.values() for key, size in game.packs.items()}

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        return [p for game in self._games.values() for p in game.player(player).parameters() if p.requires_grad]

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        """The discriminator's update runs no generator, whose statistics the graph of its fakes still refers to."""
        yield from super().untouched_by(player)
        if player == "discriminator":
            for game in self._games.values():
                yield from game.generator.buffers()

    def more_figures(self) -> dict[str, float | Tensor]:
        """What the tricks have to log."""
        return {
            figures.build("tricks", game, key): value
            for game, one in self._games.items()
            for key, value in one.figures().items()
        }

    def foreseen(self) -> list[str]:
        told = [figures.build("generator", name) for name in self.joint_names()]
        for name, game in self._games.items():
            told += [figures.build(player, name, term) for player in ADVERSARIES for term in game.term_names(player)]
            told += [figures.build("discriminator", name, word) for word in statistics_names(game.loss, game.shape)]
        return [*told, *super().foreseen()]

    def on_train_start(self) -> None:
        for game in self._games.values():
            game.on_optimizers({player: self.optimizer_of(player) for player in self.players})
        for key, sizes in self.batch_sizes.items():
            self.trainer.datamodule.check_dealing(max(sizes), key)  # type: ignore[attr-defined]
        super().on_train_start()

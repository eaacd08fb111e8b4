"""Pairs in two stages: a coarse answer is learned first, then a game is played for the rest."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from gan_runner.game import MakeGame
from gan_runner.systems.adversarial import Dealt
from gan_runner.systems.base import generate
from gan_runner.systems.paired import Paired
from gan_runner.systems.translation import SHOWN_AT_ONCE, source_of
from gan_runner.types import Batch, Player, Positive, PositiveInt, Round, Shape

log = logging.getLogger(__name__)


class TwoStage(Paired):
    """For `coarse_batches` batches the coarse part of network=two_stage alone learns, by l1 · E|b − y₁| and nothing
    else; the discriminator stands still. Then it is held fixed, and the refining part plays the game of pairs for
    y = y₁ + difference, with l1 · E|b − y|. Optimizers touch no parameter before its turn, so a stage starts them anew;
    rates follow one schedule through both.

    masked: the source's last channel, where above 0, is what matters most, and an error there counts twice. Tricks
    that look at the discriminator rest in the first stage; those that follow the generator's weights do not.
    Source: Ma et al. 2017, §3 (arXiv:1705.09368); l1 and the two lengths as in its code.
    """

    def __init__(
        self,
        shape: Shape,
        source_shape: Shape,
        make_game: MakeGame,
        coarse_batches: PositiveInt = 22_000,
        l1: Positive = 10.0,
        masked: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(shape, source_shape, make_game, l1=l1, **settings)
        if not self._staged:
            raise ValueError(
                "system._target_=TwoStage trains a coarse and a refining part, and this generator is one part: set "
                "network=two_stage, or choose model=pix2pix"
            )
        if masked and source_shape[0] < 2:
            raise ValueError(
                "system.masked=true takes the source's last channel for a mask, and this source has one channel: set "
                "system.masked=false"
            )
        self.coarse_batches, self.masked = coarse_batches, masked
        self._set_stage(0)

    @property
    def _staged(self) -> list[Any]:
        """The generator in two parts, and its average's."""
        return [module for module in self.games.modules() if hasattr(module, "set_stage")]

    def _set_stage(self, step: int) -> None:
        stage = "coarse" if step < self.coarse_batches else "refine"
        for generator in self._staged:
            if generator.stage != stage:
                generator.set_stage(stage)

    def on_train_start(self) -> None:
        super().on_train_start()
        if 0 < self.trainer.max_steps <= self.coarse_batches:
            log.warning(
                f"trainer.max_steps={self.trainer.max_steps} ends before the game begins: set "
                f"system.coarse_batches={self.coarse_batches} to fewer, or more batches"
            )

    def get_ready(self, step: int) -> None:
        super().get_ready(step)
        self._set_stage(step)

    def turns(self, step: int) -> Sequence[Player]:
        return self._both[1:] if step < self.coarse_batches else super().turns(step)

    def generator_updates_in(self, batches: int) -> int:
        coarse = min(batches, self.coarse_batches)
        refining = super().generator_updates_in(batches) - super().generator_updates_in(coarse)
        return coarse * self._both.count("generator") + refining

    def terms(self, player: Player, dealt: Dealt, step: int) -> dict[str, Tensor]:
        if step >= self.coarse_batches:
            return super().terms(player, dealt, step)
        dealt.rounds = {"a2b": self._games["a2b"].plain_round(dealt.hands["a2b"], dealt.fakes["a2b"], step)}
        return self.joint_terms(player, dealt.rounds)

    def error(self, round: Round) -> Tensor:
        if not self.masked:
            return super().error(round)
        distance = (round.fake - round.real)[:, self.source_channels :].abs()
        return (distance * (1 + (round.source[:, -1:] > 0))).mean()

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        columns, network = super().views(batch)["a2b"], self._games["a2b"].sampler()[0]
        (staged,) = (module for module in network.modules() if hasattr(module, "set_stage"))
        shown = generate(staged.get_submodule("coarse"), source_of(batch), batch_size=SHOWN_AT_ONCE)
        return {"a2b": {"input": columns.pop("input"), "coarse": shown, **columns}}

"""Pairs in two stages: a coarse answer is learned first, then a game is played for the rest."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.networks.two_stage import Generator, Stage
from gan_runner.systems.adversarial import Hands
from gan_runner.systems.gan import generate
from gan_runner.systems.paired import Paired
from gan_runner.systems.translation import SHOWN_AT_ONCE, MakeGame
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
        if not list(self._staged()):
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
        self._set_stage("coarse")

    # ---- the stages ---------------------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """What is learned now."""
        return next(self._staged()).stage

    def _staged(self) -> Iterator[Generator]:
        """The generator's parts, and those of an average."""
        return (module for module in self._games["a2b"].modules() if isinstance(module, Generator))

    def _set_stage(self, stage: Stage) -> None:
        for generator in self._staged():
            if generator.stage != stage:
                generator.set_stage(stage)

    def on_train_start(self) -> None:
        super().on_train_start()
        if 0 < self.trainer.max_steps <= self.coarse_batches:
            log.warning(
                f"trainer.max_steps={self.trainer.max_steps} ends before the game begins: set "
                f"system.coarse_batches={self.coarse_batches} to fewer, or more batches"
            )

    def _get_ready(self) -> None:
        super()._get_ready()
        self._set_stage("coarse" if self.trainer.global_step < self.coarse_batches else "refine")

    # ---- what is learned ----------------------------------------------------------------------------------------

    def error(self, round: Round) -> Tensor:
        if not self.masked:
            return super().error(round)
        distance = (round.fake - round.real)[:, self.source_channels :].abs()
        return (distance * (1 + (round.source[:, -1:] > 0))).mean()

    def _update(
        self, player: Player, hands: list[Hands], fakes: list[dict[str, Tensor]], step: int
    ) -> dict[str, Tensor]:
        if self.stage != "coarse":
            return super()._update(player, hands, fakes, step)
        for parameter in self._parameters_of[player]:
            parameter.grad = None
        if player == "discriminator":
            self._step_optimizer(player)  # moves nothing; it is what Lightning counts batches by
            return {}
        return self._learn_coarse(hands, fakes, step)

    def _learn_coarse(self, hands: list[Hands], fakes: list[dict[str, Tensor]], step: int) -> dict[str, Tensor]:
        """One update of the coarse part: no discriminator is asked."""
        game = self._games["a2b"]
        self.observer.begin(step + 1, "generator")
        for hand, fake in zip(hands, fakes, strict=True):
            (real, source, label), made = hand["a2b"], fake["a2b"]
            made = made if made.requires_grad else game.generate(hand["a2b"], graph=True)
            round = Round(game.generator, game.discriminator, game.loss, real, source, made, label, step)
            terms = {f"generator/{k}": value for k, value in self.joint_terms("generator", {"a2b": round}).items()}
            self.observer.terms(terms)
            self._backward(terms["generator/l1"], "generator")
        self._step_optimizer("generator")
        self.observer.finish()
        game.after_step("generator", round)
        return terms if self._logging else {}

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        if self.stage != "coarse" or self._moving == "generator":
            super().on_before_optimizer_step(optimizer)

    # ---- what is shown ------------------------------------------------------------------------------------------

    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        columns = super().views(batch)["a2b"]
        parts: list[nn.Module] = [m for m in self._games["a2b"].sampler()[0].modules() if isinstance(m, Generator)]
        assert batch.source is not None
        coarse = generate(parts[0].get_submodule("coarse"), batch.source, batch_size=SHOWN_AT_ONCE)
        return {"a2b": {"input": columns.pop("input"), "coarse": coarse, **columns}}

"""The alternating game, as Lightning runs it: the one training step of the project."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gan_runner.game import Game
from gan_runner.systems.observer import UpdateObserver
from gan_runner.systems.reporter import Reporter
from gan_runner.systems.statistics import statistics_of_round
from gan_runner.systems.warmup import Warmup
from gan_runner.types import Batch, Hand, Player, Positive, PositiveInt, Round, Shape

PLAYERS: tuple[Player, Player] = ("discriminator", "generator")
MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
MakeSchedule = Callable[[Optimizer], LRScheduler]
MakeGame = Callable[[Shape], Game]
Hands = dict[str, Hand]


class Adversarial(LightningModule):
    """Alternates the players: every batch updates the discriminator, every n-th batch the generator too.

    discriminator_steps: discriminator updates (batches) per generator turn; warmup: when they are more.
    generator_steps: generator updates per turn, all from the same source. accumulate: the slices a batch is dealt in,
    so that memory falls while the batch that an update stands for stays data.batch_size. gradient_clip: the largest
    gradient norm of each player, or null.
    A subclass says what is dealt and adds terms that join several games.
    """

    def __init__(
        self,
        games: Mapping[str, Game],
        optimizers: Mapping[Player, MakeOptimizer],
        schedules: Mapping[Player, MakeSchedule | None],
        discriminator_steps: PositiveInt = 1,
        generator_steps: PositiveInt = 1,
        accumulate: PositiveInt = 1,
        gradient_clip: Mapping[Player, Positive | None] | None = None,
        warmup: Warmup | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.games = nn.ModuleDict(games)
        self._games = dict(games)
        self.discriminator_steps, self.generator_steps = discriminator_steps, generator_steps
        self.warmup = warmup or Warmup(turns=0, again_every=None)  # none
        self.accumulate, self.gradient_clip = accumulate, dict(gradient_clip or {})
        self._make_optimizer, self._make_schedule = optimizers, schedules
        self.images_seen = 0
        """Reals dealt so far, of all ranks."""
        self.origin: dict[str, Any] = {}
        """What a checkpoint needs to rebuild its experiment: config, shape, num_classes; plain data."""
        self.figures: dict[str, float] = {}
        """The newest logged figures, and the number of batches they were taken at: what callbacks look at."""
        self.figures_at = 0
        self.measured: dict[str, float] = {}
        """What the newest evaluation has found."""
        self.observer = UpdateObserver()
        """Is told of every update's terms and gradients; callbacks.finite puts one here that listens."""
        self._norms: dict[str, Tensor] = {}
        self._moving: Player = "discriminator"
        self._logging = False

    def __setattr__(self, name: str, value: Any) -> None:
        """Plain attributes skip nn.Module's search for parameters: Lightning sets one at each of its hooks."""
        if isinstance(value, str | bool):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @abstractmethod
    def deal(self, batch: Batch) -> Hands:
        """What each game gets of a batch."""

    def joint_terms(self, player: Player, rounds: Mapping[str, Round]) -> dict[str, Tensor]:
        """Terms that join games, such as a cycle. None by default."""
        return {}

    # ---- the step -----------------------------------------------------------------------------------------------

    def training_step(self, batch: Batch, batch_index: int) -> None:
        step = self.trainer.global_step
        moves = self.warmup.ends_turn(step, self.discriminator_steps)
        self._logging = self._reporter.is_due(step)
        hands = [self.deal(part) for part in self._slices(batch)]
        graph = moves and self.accumulate == 1  # the fake of the discriminator's update serves the generator's too
        fakes = [{name: self._games[name].generate(hand[name], graph) for name in hand} for hand in hands]

        figures = self._update("discriminator", hands, fakes, step)
        for turn in range(self.generator_steps if moves else 0):
            if turn > 0:  # its graph is spent: generate again from the same source
                fakes = [{name: fake.detach() for name, fake in part.items()} for part in fakes]
            figures |= self._update("generator", hands, fakes, step)

        self.images_seen += len(batch.real) * self._ranks
        for scheduler in self._schedulers:
            scheduler.step()
        if self._logging:
            self._log(figures, step + 1)
        self._get_ready()

    def _get_ready(self) -> None:
        """For the next batch, whose size a trick may choose."""
        for game in self._games.values():
            size = game.on_batch(self.images_seen)
            if size is not None:
                self.trainer.datamodule.deal_in(size)  # type: ignore[attr-defined]

    def _update(
        self, player: Player, hands: list[Hands], fakes: list[dict[str, Tensor]], step: int
    ) -> dict[str, Tensor]:
        """One update of one player: sum the terms, backward into its own parameters, clip, step."""
        for parameter in self._parameters_of[player]:
            parameter.grad = None
        self.observer.begin(step + 1, player)
        figures: dict[str, Tensor] = {}
        for hand, fake in zip(hands, fakes, strict=True):
            rounds = {name: self._games[name].round(player, hand[name], fake[name], step) for name in hand}
            terms = {
                f"{player}/{name}/{term}": value
                for name, round in rounds.items()
                for term, value in self._games[name].terms(player, round).items()
            }
            terms |= {f"{player}/{term}": value for term, value in self.joint_terms(player, rounds).items()}
            self.observer.terms(terms)
            self._backward(reduce(add, terms.values()), player)
            if self._logging:
                figures = terms | statistics_of_round(player, rounds)
        self._step_optimizer(player)
        self.observer.finish()
        for name, round in rounds.items():
            self._games[name].after_step(player, round)
        return figures

    def _slices(self, batch: Batch) -> list[Batch]:
        if self.accumulate == 1:
            return [batch]
        # Of equal size: assemble() refuses another batch_size.
        parts = [[None] * self.accumulate if one is None else one.chunk(self.accumulate) for one in batch]
        return [Batch(*part) for part in zip(*parts, strict=True)]

    def _backward(self, total: Tensor, player: Player) -> None:
        # inputs=: the other player's gradients stay untouched, and the graph through its weights stays alive.
        # Not manual_backward: its hooks cost a tenth of a small game's batch, and there is no loss to scale.
        (total / self.accumulate if self.accumulate > 1 else total).backward(inputs=self._parameters_of[player])

    def _step_optimizer(self, player: Player) -> None:
        """Only the discriminator, which moves on every batch, steps through the wrapper that Lightning counts."""
        self._moving, optimizer = player, self._optimizers[player]
        if player == "discriminator":
            optimizer.step()
        else:
            self.trainer.strategy.optimizer_step(optimizer.optimizer, closure=_nothing)
        # Autocast keeps low-precision copies of weights until its outermost context ends, which is this whole step:
        # without this the generator would be graded by the discriminator of before its update.
        torch.clear_autocast_cache()

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Clip, and note the norm before clipping. Lightning calls this after reducing gradients over ranks."""
        self.observer.gradients(self._parameters_of[self._moving])
        limit = self.gradient_clip.get(self._moving)
        if limit is not None or self._logging:
            gradients = [p.grad for p in self._parameters_of[self._moving] if p.grad is not None]
            norm = nn.utils.get_total_norm(gradients)
            self._norms[self._moving] = norm
            if limit is not None:
                nn.utils.clip_grads_with_norm_(self._parameters_of[self._moving], limit, norm)

    # ---- what Lightning asks of a module ------------------------------------------------------------------------

    @property
    def all_games(self) -> list[Game]:
        """In the order of `games`, typed."""
        return list(self._games.values())

    @property
    def batch_sizes(self) -> dict[str, Sequence[int]]:
        """The sizes that tricks may give a batch, by the key that says so."""
        return {key: sizes for game in self._games.values() for key, sizes in game.batch_sizes.items() if sizes}

    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        """What a player's optimizer moves."""
        return [p for game in self._games.values() for p in game.player(player).parameters() if p.requires_grad]

    def optimizer_of(self, player: Player) -> Optimizer:
        return self.trainer.optimizers[PLAYERS.index(player)]

    def bad(self) -> bool:
        """Whether something is not finite and must not be saved, on any rank. Reads the device once."""
        return bool(self.trainer.strategy.reduce_boolean_decision(self.observer.bad(self), all=False))

    def configure_optimizers(self) -> Any:
        configured: list[dict[str, Any]] = []
        for player in PLAYERS:
            entry: dict[str, Any] = {"optimizer": self._make_optimizer[player](self.parameters_of(player))}
            make_schedule = self._make_schedule.get(player)
            if make_schedule is not None:
                entry["lr_scheduler"] = make_schedule(entry["optimizer"])
            configured.append(entry)
        return configured

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        checkpoint["origin"] = self.origin

    def on_train_start(self) -> None:
        self._optimizers: dict[Player, Any] = dict(zip(PLAYERS, self.optimizers(), strict=True))
        self._parameters_of = {player: self.parameters_of(player) for player in PLAYERS}
        for game in self._games.values():
            game.on_optimizers({player: self.optimizer_of(player) for player in PLAYERS})
        schedulers = self.lr_schedulers() or []
        self._schedulers: list[Any] = schedulers if isinstance(schedulers, list) else [schedulers]
        self._reporter = Reporter(self.trainer, self.images_seen)
        self._ranks = self.trainer.world_size
        for key, sizes in self.batch_sizes.items():
            self.trainer.datamodule.check_dealing(max(sizes), key)  # type: ignore[attr-defined]
        self._get_ready()

    def _log(self, figures: dict[str, Tensor], batches: int) -> None:
        """This batch's terms and figures, and what else is worth a curve."""
        figures |= {f"{player}/gradient_norm": norm for player, norm in self._norms.items()}
        figures |= {f"tricks/{game}/{key}": torch.as_tensor(value, device=self.device)
                    for game, one in self._games.items() for key, value in one.figures().items()}  # fmt: skip
        rates = {f"{player}/learning_rate": float(optimizer.param_groups[0]["lr"])
                 for player, optimizer in self._optimizers.items()}  # fmt: skip
        self.figures = self._reporter.send(figures, rates, self.images_seen, batches)
        self.figures_at = batches

    def get_extra_state(self) -> dict[str, int]:
        return {"images_seen": self.images_seen}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.images_seen = state["images_seen"]


def _nothing() -> None:
    """The optimizer's closure: the gradients are there already."""

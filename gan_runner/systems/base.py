"""What a system is: players that move in turns on a batch."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import reduce
from operator import add
from typing import Any, ClassVar, Self

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gan_runner import figures
from gan_runner.systems.engine import Compiled, Told
from gan_runner.systems.observer import UpdateObserver
from gan_runner.systems.optimizer_state import renew
from gan_runner.systems.reporter import Reporter
from gan_runner.systems.scaling import ScalerPerPlayer
from gan_runner.systems.watchers import steps_alone
from gan_runner.types import Batch, Origin, Player, Positive, PositiveInt

MakeOptimizer = Callable[[Iterable[nn.Parameter]], Optimizer]
MakeSchedule = Callable[[Optimizer], LRScheduler]


class System(LightningModule, ABC):
    """Players that move in turns on one batch. Its training_step is the only one of the project.

    A subclass says who they are, who moves on a batch, and what each minimises: deal, turns, terms, parameters_of.

    optimizers, schedules: of each player. accumulate: the slices a batch is split into, so that memory falls while the
    batch that an update stands for stays data.batch_size. gradient_clip: the largest gradient norm of each player, or
    null.
    """

    needs: ClassVar[frozenset[str]]
    """What it is handed beside the arguments above: "latent", "source" (source_shape), "game" (make_game), or a network
    by the name it has in configs/network. Of codes: "input" (source_shape where images have a source, else None),
    "likelihood" (what makes one from a shape); without a game: "tricks".
    """
    players: ClassVar[tuple[Player, ...]]
    """Each has an optimizer, in this order."""
    least_rows: ClassVar[int] = 1
    """How many rows it needs of a slice of a batch."""
    takes_numbers: ClassVar[bool] = False
    """Whether its networks may be told labels that are numbers."""
    is_compilable: ClassVar[bool] = False
    """Whether trainer.engine=compile may compile its updates: `spent` keeps all that it deals. Each class says so for
    itself; what a subclass adds may be no function of tensors.
    """
    inherits: ClassVar[tuple[str, ...]] = ()
    """Networks that are those of a finished run, whole, by their names here: init_from is needed then."""

    def __init__(
        self,
        optimizers: Mapping[Player, MakeOptimizer],
        schedules: Mapping[Player, MakeSchedule | None],
        accumulate: PositiveInt = 1,
        gradient_clip: Mapping[Player, Positive | None] | None = None,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.accumulate, self.gradient_clip = accumulate, dict(gradient_clip or {})
        self._make_optimizer, self._make_schedule = optimizers, schedules
        self.images_seen = 0
        """Reals dealt so far, of all ranks."""
        self.origin = Origin()
        self.figures: dict[str, float] = {}
        """The newest logged figures, and the number of batches they were taken at: what callbacks look at."""
        self.figures_at = 0
        self.measured: dict[str, float] = {}
        """What the newest evaluation has found."""
        self.observer = UpdateObserver()
        """Is told of every update's terms and gradients; callbacks.finite puts one here that listens."""
        self._found: dict[Player, dict[str, Tensor]] = {}
        """What each player's newest update since the last report told."""
        self._norms: dict[Player, Tensor] = {}
        """Of each player's gradient, before clipping, where it was asked for."""
        self.reports_next = False
        """Whether the next batch is reported though none is due: to who looks at each (callbacks.live)."""
        self.moving: Player = self.players[0]
        """Whose optimizer steps, or was the last to."""
        self._compiled: Compiled | None = None
        self._measuring = False
        self._scaling: ScalerPerPlayer | None = None
        self._steps_alone = False

    def __setattr__(self, name: str, value: Any) -> None:
        """Plain attributes skip nn.Module's search for parameters: Lightning sets one at each of its hooks."""
        if isinstance(value, str | int | frozenset) or (value is None and name in self.__dict__):
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)

    @classmethod
    def of(cls, module: object) -> Self | None:
        """The module as a system of this kind, or one that has this capability; None where it is not."""
        return module if isinstance(module, cls) else None

    # ---- what a subclass says -----------------------------------------------------------------------------------

    @abstractmethod
    def deal(self, batch: Batch, turns: Sequence[Player]) -> Any:
        """What the updates on a slice of a batch share: hands and fakes, latents, noise levels."""

    @abstractmethod
    def turns(self, step: int) -> Sequence[Player]:
        """Who moves on the batch that `step` others came before, one after the other; at least one player."""

    @abstractmethod
    def terms(self, player: Player, dealt: Any, step: int) -> dict[str, Tensor]:
        """Named scalars; their sum moves that player alone."""

    @abstractmethod
    def parameters_of(self, player: Player) -> list[nn.Parameter]:
        """What a player's optimizer moves."""

    def admitted(self, turns: Sequence[Player], dealt: Sequence[Any]) -> Sequence[Player]:
        """Who of them moves, now that it is known what on, by slices; at least one. All by default."""
        return turns

    def statistics(self, player: Player, dealt: Any) -> dict[str, Tensor]:
        """Scalars that are logged beside the terms of an update, which come before. None by default."""
        return {}

    def after_step(self, player: Player, dealt: Any, step: int) -> None:
        """A player has moved; dealt: of the last slice."""

    def spent(self, dealt: Any) -> Any:
        """What was dealt as it is after an update, for statistics and after_step: without graphs."""
        raise NotImplementedError

    def get_ready(self, step: int) -> None:
        """Prepare for the batch that `step` others came before."""

    def more_figures(self) -> dict[str, float | Tensor]:
        """What else is worth a curve, beside terms, statistics, gradient norms and rates. None by default."""
        return {}

    def foreseen(self) -> list[str]:
        """The figures that it will tell of, by their full names, as far as they are known before it plays."""
        told = [figures.build(player, name) for player in self.players for name in ("gradient_norm", "learning_rate")]
        return [*told, *self.more_figures()]

    def untouched_by(self, player: Player) -> Iterator[Tensor]:
        """Buffers that an update of this player does not change, and the graph of a later one may refer to."""
        return iter(())

    @property
    def batch_sizes(self) -> Mapping[str, Sequence[int]]:
        """The sizes that something may give a batch, by the key that says so. None by default."""
        return {}

    @property
    def packs(self) -> Mapping[str, int]:
        """By how many samples a slice of a batch must be divisible, by the key that says so. None by default."""
        return {}

    # ---- the step -----------------------------------------------------------------------------------------------

    def training_step(self, batch: Batch, batch_index: int) -> None:
        step = self.trainer.global_step
        turns = self.turns(step)
        due = self.reports_next or self._reporter.is_due(step)
        if self._compiled is None or not self._play_compiled(self._compiled, batch, turns, step, due):
            self._play(batch, turns, step, due)
        self.images_seen += len(batch.real) * self._ranks
        for scheduler in self._schedulers:
            scheduler.step()
        if due:
            self._report(step + 1)
        self.get_ready(step + 1)

    def _play(self, batch: Batch, turns: Sequence[Player], step: int, due: bool) -> None:
        """The updates of a batch, one operation after another."""
        dealt = [self.deal(part, turns) for part in self._slices(batch)]
        for index, player in enumerate(self.admitted(turns, dealt)):
            self._measuring = due or player in self._absent
            self._update(player, dealt, step, counted=index == 0)

    def _play_compiled(self, engine: Compiled, batch: Batch, turns: Sequence[Player], step: int, due: bool) -> bool:
        """The updates of a batch as one function; False where that is left to others, and nothing was played."""
        told = engine.play(batch, turns, step)
        if told is None:
            return False
        for player in turns:
            self._take(player, told[player], step, measuring=due or player in self._absent)
        self._count()
        self.after_step(turns[-1], told[turns[-1]].dealt, step)
        return True

    def _take(self, player: Player, told: Told, step: int, measuring: bool) -> None:
        """Tell of an update what an eager one tells while it runs."""
        parameters, terms = self._parameters_of[player], named(player, told.terms)
        for parameter, gradient in zip(parameters, told.gradients, strict=True):
            parameter.grad = gradient
        self.observer.begin(step + 1, player)
        self.observer.terms(terms)
        self.observer.gradients(parameters)
        self.observer.finish()
        if measuring:
            norm = nn.utils.get_total_norm([gradient for gradient in told.gradients if gradient is not None])
            self._found[player] = terms | named(player, {"gradient_norm": norm, **self.statistics(player, told.dealt)})

    def _update(self, player: Player, dealt: Sequence[Any], step: int, counted: bool) -> None:
        """One update of one player: sum the terms, backward into its own parameters, clip, step."""
        for parameter in self._parameters_of[player]:
            parameter.grad = None
        self.observer.begin(step + 1, player)
        told: list[dict[str, Tensor]] = []
        for part in dealt:
            terms = named(player, self.terms(player, part, step))
            self.observer.terms(terms)
            self._backward(reduce(add, terms.values()), player)
            if self._measuring:
                told.append(terms | named(player, self.statistics(player, part)))
        self._step_optimizer(player, counted)
        if self._measuring:
            self._found[player] = mean_of(told) | {figures.build(player, "gradient_norm"): self._norms[player]}
        self.observer.finish()
        self.after_step(player, dealt[-1], step)

    def _slices(self, batch: Batch) -> list[Batch]:
        if self.accumulate == 1:
            return [batch]
        # Of equal size: assemble() refuses another batch_size.
        parts = [[None] * self.accumulate if one is None else one.chunk(self.accumulate) for one in batch]
        return [Batch(*part) for part in zip(*parts, strict=True)]

    def _backward(self, total: Tensor, player: Player) -> None:
        # inputs=: other players' gradients stay untouched, and the graph through their weights stays alive.
        # Not manual_backward: its hooks cost a tenth of a small game's batch.
        total = total / self.accumulate if self.accumulate > 1 else total
        total = total if self._scaling is None else self._scaling.scale(total, player)
        total.backward(inputs=self._parameters_of[player])

    def _step_optimizer(self, player: Player, counted: bool) -> None:
        """The first update on a batch steps through the wrapper that Lightning counts batches by.

        Where nobody changes or watches a step, that wrapper, the strategy's and the precision's are left out: they are
        a twentieth of a small game's batch.
        """
        self.moving, optimizer = player, self._optimizers[player]
        if self._steps_alone:
            self.on_before_optimizer_step(optimizer.optimizer)
            optimizer.optimizer.step()
            if counted:
                self._count()
        elif counted:
            optimizer.step()
        else:
            self.trainer.strategy.optimizer_step(optimizer.optimizer, closure=_nothing)
        # Autocast keeps low-precision copies of weights until its outermost context ends, which is this whole step:
        # without this the next player would be graded by the one of before its update.
        torch.clear_autocast_cache()

    def _count(self) -> None:
        """Lightning counts batches by the steps of its own optimizers."""
        progress = self.trainer.fit_loop.epoch_loop.manual_optimization.optim_step_progress
        progress.increment_ready()
        progress.increment_completed()

    def on_before_optimizer_step(self, optimizer: Optimizer) -> None:
        """Clip, and note the norm before clipping. Lightning calls this after reducing gradients over ranks.

        Of an update that a scaler is going to leave out it is 0, what is applied of it.
        """
        player = self.moving
        self.observer.gradients(self._parameters_of[player])
        limit = self.gradient_clip.get(player)
        if limit is not None or self._measuring:
            gradients = [p.grad for p in self._parameters_of[player] if p.grad is not None]
            norm = nn.utils.get_total_norm(gradients)
            self._norms[player] = norm if self._scaling is None else norm.where(norm.isfinite(), 0.0)
            if limit is not None:
                nn.utils.clip_grads_with_norm_(self._parameters_of[player], limit, norm)

    # ---- what is told -------------------------------------------------------------------------------------------

    def _report(self, batches: int) -> None:
        """What every player's newest update since the last report told, and what else is worth a curve."""
        found = {name: value for player in self.players for name, value in self._found.get(player, {}).items()}
        found |= {name: torch.as_tensor(value, device=self.device) for name, value in self.more_figures().items()}
        rates = {
            figures.build(player, "learning_rate"): float(optimizer.param_groups[0]["lr"])
            for player, optimizer in self._optimizers.items()
        }
        if self._scaling is not None:
            rates |= {figures.build(player, "loss_scale"): scale for player, scale in self._scaling.scales().items()}
        self.figures = self._reporter.send(found, rates, self.images_seen, batches)
        self.figures_at = batches
        self._found.clear()
        self._look_ahead(batches)

    def _look_ahead(self, step: int) -> None:
        """Who does not move on the batch that will be reported next: measured whenever it moves until then."""
        self._absent = frozenset(self.players) - set(self.turns(self._reporter.next_due(step)))

    # ---- what Lightning asks of a module ------------------------------------------------------------------------

    @property
    def scaling(self) -> ScalerPerPlayer | None:
        """What scales the players' losses, where they are played in float16."""
        plugin = getattr(self.trainer, "precision_plugin", None)
        return plugin if isinstance(plugin, ScalerPerPlayer) else None

    def optimizer_of(self, player: Player) -> Optimizer:
        return self.trainer.optimizers[self.players.index(player)]

    def bad(self) -> bool:
        """Whether something is not finite and must not be saved, on any rank. Reads the device once."""
        return bool(self.trainer.strategy.reduce_boolean_decision(self.observer.bad(self), all=False))

    def configure_optimizers(self) -> Any:
        configured: list[dict[str, Any]] = []
        for player in self.players:
            optimizer, schedule = self._made(player)
            entry: dict[str, Any] = {"optimizer": optimizer}
            configured.append(entry if schedule is None else entry | {"lr_scheduler": schedule})
        return configured

    def _made(
        self, player: Player, parameters: Sequence[nn.Parameter] | None = None
    ) -> tuple[Optimizer, LRScheduler | None]:
        """A player's optimizer, of its own parameters or of those given, and its schedule."""
        optimizer = self._make_optimizer[player](self.parameters_of(player) if parameters is None else parameters)
        make_schedule = self._make_schedule.get(player)
        return optimizer, None if make_schedule is None else make_schedule(optimizer)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        data = getattr(self.trainer, "datamodule", None)
        if data is not None:
            self.origin = replace(self.origin, scales=data.scales, fourth_is_band=data.fourth_is_band, depth=data.depth)
        checkpoint["origin"] = self.origin.plain()

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """The run goes on by its present settings; Lightning would restore those that were saved."""
        if "optimizer_states" in checkpoint:
            renew(checkpoint, self.origin.config, self.players, self._made)

    def on_train_start(self) -> None:
        optimizers: Any = self.optimizers()
        optimizers = optimizers if isinstance(optimizers, list) else [optimizers]
        self._optimizers: dict[Player, Any] = dict(zip(self.players, optimizers, strict=True))
        self._parameters_of = {player: self.parameters_of(player) for player in self.players}
        schedulers = self.lr_schedulers() or []
        self._schedulers: list[Any] = schedulers if isinstance(schedulers, list) else [schedulers]
        self._reporter = Reporter(self.trainer, self.images_seen)
        self._ranks = self.trainer.world_size
        self._scaling = self.scaling
        self._steps_alone = steps_alone(self.trainer)
        engine = getattr(self.trainer, "engine", "eager")  # of the project's own trainer
        self._compiled = Compiled(self) if engine == "compile" else None
        self._found.clear()
        self._look_ahead(self.trainer.global_step)
        self.get_ready(self.trainer.global_step)

    def get_extra_state(self) -> dict[str, int]:
        return {"images_seen": self.images_seen}

    def set_extra_state(self, state: dict[str, int]) -> None:
        self.images_seen = state["images_seen"]


def named(player: Player, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {figures.build(player, name): value for name, value in values.items()}


def mean_of(told: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """The scalars of a batch: their means over its slices."""
    if len(told) == 1:
        return {name: value.detach() for name, value in told[0].items()}
    return {name: torch.stack([part[name].detach().float() for part in told]).mean() for name in told[0]}


def _nothing() -> None:
    """The optimizer's closure: the gradients are there already."""


@torch.no_grad()
def generate(network: nn.Module, source: Tensor, label: Tensor | None = None, batch_size: int = 256) -> Tensor:
    """Samples (N, *shape) float32 from an evaluation-mode network, in batches; the network's mode is restored."""
    return ask(network, "__call__", source, label, batch_size)


@torch.no_grad()
def ask(network: nn.Module, method: str, source: Tensor, label: Tensor | None = None, batch_size: int = 256) -> Tensor:
    """What a method of a network answers in evaluation mode, float32, as `generate` does."""
    answer = getattr(network, method)
    labels = [None] * len(source) if label is None else label.split(batch_size)
    with evaluating(network):
        parts = [answer(z, y).float() for z, y in zip(source.split(batch_size), labels, strict=False)]
        return parts[0] if len(parts) == 1 else torch.cat(parts)


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """All modules of a network in evaluation mode, and afterwards each as it was."""
    modes = [(module, module.training) for module in network.modules()]
    network.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training

"""All updates of a batch as one compiled function."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar, NamedTuple, Protocol

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.systems.observer import UpdateObserver
from gan_runner.systems.watchers import looks_at_gradients
from gan_runner.tricks.optimizer_steps import STEPS, Group
from gan_runner.types import Batch, Player

log = logging.getLogger(__name__)

SETTINGS = {
    "trace_autograd_ops": True,  # gradients inside of what is compiled, those of gradients too
    "allow_unspec_int_on_nn_module": True,  # what tricks count is no constant
    "recompile_limit": 16,  # who moves, and which tricks have a term on a batch
}
"""Of torch._dynamo.config."""


class Players(Protocol):
    """What is asked of a system (systems/base.py)."""

    players: ClassVar[tuple[Player, ...]]
    is_compilable: ClassVar[bool]
    accumulate: int
    gradient_clip: dict[Player, float | None]
    observer: UpdateObserver
    games: Any

    @property
    def trainer(self) -> Any: ...

    @property
    def device(self) -> torch.device: ...

    def deal(self, batch: Batch, turns: Sequence[Player]) -> Any: ...

    def terms(self, player: Player, dealt: Any, step: int) -> dict[str, Tensor]: ...

    def spent(self, dealt: Any) -> Any: ...

    def after_step(self, player: Player, dealt: Any, step: int) -> None: ...

    def optimizer_of(self, player: Player) -> Optimizer: ...

    def parameters_of(self, player: Player) -> list[nn.Parameter]: ...


class Told(NamedTuple):
    """What an update tells: its terms, its gradients before clipping, and what it looked at, without graphs."""

    terms: dict[str, Tensor]
    gradients: list[Tensor | None]
    dealt: Any


class Mover(NamedTuple):
    """What moves a player: its parameters, and of each the optimizer's own state."""

    optimizer: Optimizer
    parameters: list[nn.Parameter]
    states: list[dict[str, Tensor]]
    group: Group
    rate: Tensor
    clip: float | None

    @classmethod
    def of(cls, system: Players, player: Player) -> Mover:
        optimizer, parameters = system.optimizer_of(player), system.parameters_of(player)
        group = optimizer.param_groups[0]
        return cls(
            optimizer,
            parameters,
            [optimizer.state[parameter] for parameter in parameters],
            {key: value for key, value in group.items() if key not in ("params", "lr")},
            torch.tensor(float(group["lr"])),
            system.gradient_clip.get(player),
        )

    @property
    def is_current(self) -> bool:
        """Whether the optimizer still keeps these states: a rollback puts others there, a stage of growing none."""
        state = self.optimizer.state
        return state.get(self.parameters[0]) is self.states[0] and len(state) == len(self.states)


class Compiled:
    """Forward, terms, backward, clipping and optimizer step of all players that move on a batch, compiled whole.

    The latents that are dealt and the noise that tricks add are drawn as eager steps draw them. What tricks do once the
    last player has moved, schedules and all that is told stay outside. A batch on which an optimizer has no state yet,
    which is its first, is played eagerly; so are all others once something could not be compiled, which is told.
    """

    def __init__(self, system: Players) -> None:
        self._system = system
        self._movers: dict[Player, Mover] = {}
        torch._dynamo.reset()  # what was compiled for a run before is not this one's: see `changing`
        options: dict[str, Any] = {"fallback_random": True, "guard_filter_fn": changing}
        self._played = torch.compile(self._play, fullgraph=True, options=options)
        self._is_out = False
        """Whether steps are played eagerly."""
        obstacle = obstacle_of(system)
        if obstacle:
            self._give_up(obstacle)

    def play(self, batch: Batch, turns: Sequence[Player], step: int) -> dict[Player, Told] | None:
        """Play a batch that `step` others came before; None where that is left to the caller."""
        if self._is_out or not self._get_ready():
            return None
        exc = torch._dynamo.exc
        try:
            told: dict[Player, Told]
            told, largest = self._played(batch, tuple(turns), step)
        except (exc.TorchDynamoException, exc.FailOnRecompileLimitHit) as error:  # before anything was played
            self._give_up(str(error).strip().partition("\n")[0])
            return None
        self._system.observer.begin(step + 1, turns[0], largest)
        return told

    def _give_up(self, why: str) -> None:
        self._is_out = True
        log.warning("trainer.engine=compile: from here on the run is played as by engine=eager, because %s", why)

    def _get_ready(self) -> bool:
        """Whether all optimizers have the state that is to be moved."""
        for player in self._system.players:
            mover = self._movers.get(player)
            if mover is None or not mover.is_current:
                if not self._system.optimizer_of(player).state:
                    return False
                mover = self._movers[player] = Mover.of(self._system, player)
            mover.rate.fill_(mover.optimizer.param_groups[0]["lr"])
        return True

    # ---- what is compiled ---------------------------------------------------------------------------------------

    def _play(self, batch: Batch, turns: tuple[Player, ...], step: int) -> tuple[dict[Player, Told], Tensor | None]:
        """What each update tells, and the largest number in each watched weight before the first of them."""
        system, told = self._system, {}
        watched = system.observer.watched
        with torch.no_grad():
            largest = torch.stack([weight.max() for weight in watched]) if watched else None
        dealt = system.deal(batch, turns)
        for index, player in enumerate(turns):
            if index:
                system.after_step(turns[index - 1], dealt, step)
            told[player] = self._update(player, dealt, step)
        return told, largest

    def _update(self, player: Player, dealt: Any, step: int) -> Told:
        mover = self._movers[player]
        terms = self._system.terms(player, dealt, step)
        gradients = torch.autograd.grad(reduce(add, terms.values()), mover.parameters, allow_unused=True)
        with torch.no_grad():
            move(mover, gradients)
        told = {name: value.detach() for name, value in terms.items()}
        return Told(told, list(gradients), self._system.spent(dealt))


CHANGING = ("CONSTANT_MATCH", "EQUALS_MATCH", "SHAPE_ENV")
"""Guards of torch.compile on numbers and words."""


def changing(guards: Sequence[Any]) -> list[bool]:
    """Which guards are asked on each batch: those on its tensors, on numbers and on torch's own state.

    What networks, tricks and functions are changes in no run, and would be asked of hundreds of them on each batch.
    """
    return [
        guard.guard_type in CHANGING or guard.name == "" or guard.name.startswith(("batch", "turns", "step"))
        for guard in guards
    ]


def move(mover: Mover, gradients: Sequence[Tensor | None]) -> None:
    """Clip, and one step of the optimizer in place."""
    step = STEPS[type(mover.optimizer)]
    if mover.clip is not None:
        norm = nn.utils.get_total_norm([gradient for gradient in gradients if gradient is not None])
        share = (mover.clip / (norm + 1e-6)).clamp(max=1.0)
        gradients = [None if gradient is None else gradient * share for gradient in gradients]
    group = {**mover.group, "lr": mover.rate}
    for parameter, state, gradient in zip(mover.parameters, mover.states, gradients, strict=True):
        if gradient is not None:
            weight, after = step(parameter, gradient, state, group)
            parameter.copy_(weight)
            for name, value in after.items():
                if value is not None:
                    state[name].copy_(value)
            if "step" in state and "step" not in after:  # counted, and of no use to this optimizer
                state["step"].add_(1)


def obstacle_of(system: Players) -> str:
    """Why its steps cannot be compiled, in words; empty where they may be."""
    trainer: Any = system.trainer
    if system.device.type != "cpu":
        return "compiled steps were tried on processors alone"
    if trainer.world_size > 1:
        return "several ranks average their gradients between backward and step"
    if system.accumulate > 1:
        return f"system.accumulate={system.accumulate} slices each batch"
    if system.observer.intervenes:
        return "callbacks.finite.on_bad=skip decides on each update whether it is applied"
    if not vars(type(system)).get("is_compilable", False):
        return f"system={type(system).__name__} has no compiled step yet"
    if trainer.precision != "32-true":
        return f"trainer.precision={trainer.precision} has no compiled step yet (32-true has one)"
    tricks = {name: trick for game in system.games.values() for name, trick in game.tricks.items()}
    for name in (name for name, trick in tricks.items() if not trick.is_compilable):
        return f"tricks.{name} has no compiled step yet"
    for player in system.players:
        kind = type(system.optimizer_of(player))
        if kind not in STEPS:
            names = ", ".join(one.__name__ for one in STEPS)
            return f"optimizer.{player}={kind.__name__} has no step to compile (those that have: {names})"
    if looks_at_gradients(trainer):
        return "a callback looks at gradients before each step"
    try:
        for name, value in SETTINGS.items():
            setattr(torch._dynamo.config, name, value)
    except AttributeError:
        return f"torch {torch.__version__} cannot compile gradients with what needs them; 2.14 can"
    return ""

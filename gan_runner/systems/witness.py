"""Whether the numbers of an update were finite: noted on the device, read by the host when it looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.types import Player

if TYPE_CHECKING:
    from gan_runner.systems.adversarial import Adversarial


class Update(NamedTuple):
    """One update of one player. values: (terms + 2 × parameters,), on the device.

    They are the terms, the norm of each gradient as backward left it, and the largest number in each weight as the
    update found it. One that is not finite makes its value so, and nothing else does, but for a gradient beyond 1e19,
    whose square float32 cannot hold, and a weight that is −inf alone, which only the state at a look shows.
    """

    batch: int
    player: Player
    terms: tuple[str, ...]
    parameters: list[Tensor]
    values: Tensor


class Found(NamedTuple):
    """What was not finite, first: the batch (None: only the state after the last update), then names by kind.

    terms: name -> value; gradients, weights: named as in named_parameters(); state: weights, buffers and moments of
    optimizers as they are now. skipped: updates since the last look that were not applied.
    """

    batch: int | None
    terms: dict[str, float]
    gradients: list[str]
    weights: list[str]
    state: list[str]
    skipped: int = 0

    def __bool__(self) -> bool:
        return bool(self.terms or self.gradients or self.weights or self.state)


class Guard:
    """What an update tells while it runs. This one does not listen; it answers for the state alone."""

    def begin(self, batch: int, player: Player) -> None:
        """An update starts."""

    def terms(self, terms: Mapping[str, Tensor]) -> None:
        """What is about to be minimised; once per slice of the batch."""

    def gradients(self, parameters: list[nn.Parameter]) -> None:
        """Backward is done, nothing is clipped, no weight has moved."""

    def finish(self) -> None:
        """The optimizer has stepped."""

    def bad(self, system: Adversarial) -> bool:
        """Whether this state must not be saved. Reads the device once."""
        return not _all_finite(_norms(_state(system)))


class Witness(Guard):
    """Keeps the values of every update since the last look, small vectors on the device that nobody waits for."""

    def __init__(self, system: Adversarial) -> None:
        self.system = system
        self.updates: list[Update] = []
        self._terms: list[tuple[str, Tensor]] = []
        self._now: tuple[int, Player] = (0, "discriminator")

    def begin(self, batch: int, player: Player) -> None:
        self._now = (batch, player)

    def terms(self, terms: Mapping[str, Tensor]) -> None:
        self._terms += terms.items()

    @torch.no_grad()
    def gradients(self, parameters: list[nn.Parameter]) -> None:
        moving: list[Tensor] = [p for p in parameters if p.grad is not None]
        values = [value.detach() for _, value in self._terms]
        if moving:
            values += torch._foreach_norm([p.grad for p in moving if p.grad is not None])
            values += torch._foreach_max(moving)  # half the price of the norm
        self.updates.append(Update(*self._now, tuple(name for name, _ in self._terms), moving, torch.stack(values)))
        self._terms = []

    def bad(self, system: Adversarial) -> bool:
        noted = [update.values for update in self.updates]
        return not _all_finite(torch.cat([*noted, _norms(_state(system))]))

    def look(self) -> Found:
        """What was not finite since the last look. Reads the device once when all is well."""
        updates, self.updates = self.updates, []
        state = _state(self.system)
        norms = _norms(state)
        if _all_finite(torch.cat([*(update.values for update in updates), norms])):
            return Found(None, {}, [], [], [])
        finite = norms.isfinite().tolist()
        return self._found(updates, [name for name, fine in zip(state, finite, strict=True) if not fine])

    def _found(self, updates: list[Update], state: list[str]) -> Found:
        """The first bad batch, and what was bad in it before it spread.

        A player's weights are taken from its first update in or after that batch: the other player's update, or its
        own at the end, is what carries a bad number on.
        """
        names = {id(parameter): name for name, parameter in self.system.named_parameters()}
        read = [_Read.of(update, names) for update in updates]
        bad = [update for update in read if update]
        if not bad:
            return Found(None, {}, [], [], state)
        batch = bad[0].batch
        first = {update.player: update for update in reversed(read) if update.batch >= batch}
        weights = [name for update in first.values() for name in update.weights]
        for player in {"discriminator", "generator"} - set(first):  # it has not moved, nothing has spread into it
            weights += [names[id(p)] for p in self.system.parameters_of(player) if names[id(p)] in state]
        # Of the first bad update alone: the next one in the same batch has only inherited its numbers.
        return Found(batch, bad[0].terms, bad[0].gradients, weights, state, self._skipped(read))

    def _skipped(self, read: list[_Read]) -> int:
        return 0


class Skip(Witness):
    """Undoes each update whose gradients are not finite, without the host knowing which.

    Weights, moments and step counters of the optimizer, and buffers (running statistics) are as if the update had
    not been: Adam neither decays its moments nor moves on by them. Costs a copy of all of them, and a selection, per
    update. Gradients are the same on all ranks, so the decision is too.
    """

    def __init__(self, system: Adversarial) -> None:
        super().__init__(system)
        self._before: dict[int, Tensor] = {}

    @torch.no_grad()
    def begin(self, batch: int, player: Player) -> None:
        super().begin(batch, player)
        tensors = list(self._touched())
        self._before = dict(zip(map(id, tensors), torch._foreach_clone(tensors) if tensors else [], strict=True))

    @torch.no_grad()
    def finish(self) -> None:
        update = self.updates[-1]
        count = len(update.parameters)
        fine = update.values[len(update.terms) :][:count].isfinite().all()
        for tensor in self._touched():
            # A moment that the update has made was zero before it.
            before = self._before.get(id(tensor))
            on = fine.to(tensor.device, non_blocking=True)
            tensor.copy_(torch.where(on, tensor, torch.zeros_like(tensor) if before is None else before))
        self._before = {}

    def bad(self, system: Adversarial) -> bool:
        return Guard.bad(self, system)  # what was noted has not been applied

    def _touched(self) -> Iterator[Tensor]:
        """What an update changes."""
        player = self._now[1]
        yield from self.system.parameters_of(player)
        # The discriminator's update runs no generator, whose statistics the graph of its fakes still refers to.
        games: Any = self.system.games.values() if player == "discriminator" else []
        spared = {id(buffer) for game in games for buffer in game.generator.buffers()}
        yield from (buffer for buffer in self.system.buffers() if id(buffer) not in spared)
        optimizer = self.system.optimizer_of(player)
        for moments in optimizer.state.values():
            yield from (value for value in moments.values() if isinstance(value, Tensor))

    def _skipped(self, read: list[_Read]) -> int:
        return sum(bool(update.gradients) for update in read)


class _Read(NamedTuple):
    """What of an update was not finite, on the host."""

    batch: int
    player: Player
    terms: dict[str, float]
    gradients: list[str]
    weights: list[str]

    def __bool__(self) -> bool:
        return bool(self.terms or self.gradients or self.weights)

    @classmethod
    def of(cls, update: Update, names: Mapping[int, str]) -> _Read:
        values, finite = update.values.tolist(), update.values.isfinite().tolist()
        layers = [names[id(parameter)] for parameter in update.parameters]
        start, middle = len(update.terms), len(update.terms) + len(layers)
        return cls(
            update.batch,
            update.player,
            {name: value for name, value, fine in zip(update.terms, values, finite, strict=False) if not fine},
            [name for name, fine in zip(layers, finite[start:middle], strict=True) if not fine],
            [name for name, fine in zip(layers, finite[middle:], strict=True) if not fine],
        )


def _state(system: Adversarial) -> dict[str, Tensor]:
    """Every number that a checkpoint carries on, by name."""
    names = {id(parameter): name for name, parameter in system.named_parameters()}
    state: dict[str, Tensor] = dict(chain(system.named_parameters(), system.named_buffers()))
    optimizer: Optimizer
    for optimizer in system.trainer.optimizers:
        for parameter, moments in optimizer.state.items():
            state |= {f"{key} of {names[id(parameter)]}": value for key, value in moments.items()}
    return {
        name: value
        for name, value in state.items()
        if isinstance(value, Tensor) and value.is_floating_point() and value.numel() and value.device == system.device
    }


@torch.no_grad()
def _norms(state: Mapping[str, Tensor]) -> Tensor:
    """(tensors,): the largest magnitude in each, which overflows for no finite number."""
    return torch.stack([norm.float() for norm in torch._foreach_norm(list(state.values()), float("inf"))])


def _all_finite(values: Tensor) -> bool:
    return bool(values.isfinite().all())

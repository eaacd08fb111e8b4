"""Whether the numbers of an update were finite: noted on the device, read by the host when it looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from math import isfinite
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.types import Player

if TYPE_CHECKING:
    from gan_runner.systems.adversarial import Adversarial


KEPT_BYTES = 64 * 2**20
"""Memory for the gradients themselves between two looks. Of larger players their norms are kept."""


class Update(NamedTuple):
    """One update of one player: its terms, and a tensor per gradient that is finite if the gradient is.

    Every operation counts on a small game, and keeping what there is anyway needs none: that tensor is the gradient.
    Where keeping it would take too much memory, or clipping is going to change it, it is its norm, which is infinite
    for a gradient beyond 1e19 too.
    """

    batch: int
    player: Player
    terms: list[tuple[str, Tensor]]
    parameters: list[nn.Parameter]
    gradients: list[Tensor]


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

    def close(self) -> None:
        """The fit is over."""

    def bad(self, system: Adversarial) -> bool:
        """Whether this state must not be saved. Reads the device once."""
        return not _all_finite(_norms(_state(system)))


class Witness(Guard):
    """Keeps of every update since the last look what tells whether it was finite, on the device; nobody waits for it.

    At a look the terms and the state tell whether all is well; the rest is read only when it is not. (A gradient that
    left no trace in either is not told: it takes an optimizer without moments, and a trick that clips weights.)
    every: batches between two looks.
    """

    def __init__(self, system: Adversarial, every: int) -> None:
        self.system, self.every = system, every
        self.updates: list[Update] = []
        self.weights: list[tuple[int, Sequence[Tensor]]] = []
        """Per batch the largest number in each weight before it; −inf alone does not show."""
        self._parameters: list[nn.Parameter] = [
            *system.parameters_of("discriminator"),
            *system.parameters_of("generator"),
        ]
        self._everything: list[Tensor] = list(self._parameters)
        self._terms: list[tuple[str, Tensor]] = []
        self._now: tuple[int, Player] = (0, "discriminator")
        self._small: dict[Player, bool] = {}

    def begin(self, batch: int, player: Player) -> None:
        self._now = (batch, player)
        if player == "discriminator":  # which moves first in every batch
            with torch.no_grad():
                self.weights.append((batch, torch._foreach_max(self._everything)))

    def terms(self, terms: Mapping[str, Tensor]) -> None:
        self._terms += [(name, value.detach()) for name, value in terms.items()]

    def gradients(self, parameters: list[nn.Parameter]) -> None:
        moving = [p for p in parameters if p.grad is not None]
        self.updates.append(
            Update(*self._now, self._terms, moving, self._kept([p.grad for p in moving if p.grad is not None]))
        )
        self._terms = []

    def _kept(self, gradients: list[Tensor]) -> list[Tensor]:
        player = self._now[1]
        if player not in self._small:
            wanted = sum(gradient.nbytes for gradient in gradients) * 2 * self.every
            self._small[player] = wanted <= KEPT_BYTES and self.system.gradient_clip.get(player) is None
        return gradients if self._small[player] else list(torch._foreach_norm(gradients))

    def bad(self, system: Adversarial) -> bool:
        return not _all_finite(torch.cat([*self._noted(self.updates), _norms(_state(system))]))

    @staticmethod
    def _noted(updates: list[Update]) -> list[Tensor]:
        values = [value for update in updates for _, value in update.terms]
        values += [norm for update in updates for norm in update.gradients if norm.ndim == 0]
        return [torch.stack(values).float()] if values else []

    def look(self) -> Found:
        """What was not finite since the last look. Reads the device once when all is well."""
        (updates, self.updates), (weights, self.weights) = (self.updates, []), (self.weights, [])
        state = _state(self.system)
        norms = _norms(state)
        if _all_finite(torch.cat([*self._noted(updates), norms])):
            return Found(None, {}, [], [], [])
        return self._found(updates, weights, _wrong(state, norms))

    def _found(self, updates: list[Update], weights: list[tuple[int, Sequence[Tensor]]], state: list[str]) -> Found:
        """The first bad batch, and what was bad in it before it spread."""
        names = {id(parameter): name for name, parameter in self.system.named_parameters()}
        layers = [names[id(parameter)] for parameter in self._parameters]
        early = [(batch, wrong) for batch, largest in weights if (wrong := _wrong(layers, torch.stack([*largest])))]
        read = [update for update in (_Read.of(update, names) for update in updates) if update]
        batch = min([batch for batch, _ in early[:1]] + [update.batch for update in read[:1]], default=None)
        # Of the first bad update alone: the next one in the same batch has only inherited its numbers.
        first = next((update for update in read if update.batch == batch), None)
        spoiled = next((wrong for at, wrong in early if at == batch), [])
        terms, gradients = (first.terms, first.gradients) if first is not None else ({}, [])
        return Found(batch, terms, gradients, spoiled, state, self._skipped(read))

    def _skipped(self, read: list[_Read]) -> int:
        return 0


class Skip(Witness):
    """Leaves out each update whose gradients are not finite, without the host knowing which.

    Weights, moments and step counters of the optimizer, and buffers (running statistics) are as if the update had
    not been: Adam neither decays its moments nor moves on by them. Fused optimizers leave it out themselves. For
    others, and for buffers, what there was before is kept and put back, at the cost of a copy and a selection.
    Gradients are the same on all ranks, so the decision is too.
    """

    def __init__(self, system: Adversarial, every: int) -> None:
        super().__init__(system, every)
        self._bad = torch.zeros(())
        self._before: dict[int, Tensor] = {}

    @torch.no_grad()
    def begin(self, batch: int, player: Player) -> None:
        super().begin(batch, player)
        self._optimizer = self.system.optimizer_of(player)
        # Before its first step there are no moments, and SGD would leave its own uninitialised.
        self._fused = bool(self._optimizer.defaults.get("fused") and self._optimizer.state)
        self._before = {id(tensor): tensor.clone() for tensor in self._touched()}

    @torch.no_grad()
    def gradients(self, parameters: list[nn.Parameter]) -> None:
        super().gradients(parameters)
        self._bad = torch.stack(self.updates[-1].gradients).isfinite().logical_not().any()
        if self._fused:
            self._optimizer.found_inf = self._bad.float()  # type: ignore[attr-defined]  # as a gradient scaler would

    def _kept(self, gradients: list[Tensor]) -> list[Tensor]:
        return list(torch._foreach_norm(gradients))

    @torch.no_grad()
    def finish(self) -> None:
        for tensor in self._touched():
            # A moment that the update has made was zero before it.
            before = self._before.get(id(tensor))
            bad = self._bad.to(tensor.device, non_blocking=True)
            tensor.copy_(torch.where(bad, torch.zeros_like(tensor) if before is None else before, tensor))
        self._before = {}

    def close(self) -> None:
        for optimizer in self.system.trainer.optimizers:
            if hasattr(optimizer, "found_inf"):
                del optimizer.found_inf

    def bad(self, system: Adversarial) -> bool:
        return Guard.bad(self, system)  # what was noted has not been applied

    def _touched(self) -> Iterator[Tensor]:
        """What an update changes and its optimizer would not spare."""
        # The discriminator's update runs no generator, whose statistics the graph of its fakes still refers to.
        games: Any = self.system.games.values() if self._now[1] == "discriminator" else []
        spared = {id(buffer) for game in games for buffer in game.generator.buffers()}
        yield from (buffer for buffer in self.system.games.buffers() if id(buffer) not in spared)
        if not self._fused:
            yield from self.system.parameters_of(self._now[1])
            for moments in self._optimizer.state.values():
                yield from (value for value in moments.values() if isinstance(value, Tensor))

    def _skipped(self, read: list[_Read]) -> int:
        return sum(bool(update.gradients) for update in read)


class _Read(NamedTuple):
    """What of an update was not finite, on the host."""

    batch: int
    terms: dict[str, float]
    gradients: list[str]

    def __bool__(self) -> bool:
        return bool(self.terms or self.gradients)

    @classmethod
    def of(cls, update: Update, names: Mapping[int, str]) -> _Read:
        values = [(name, float(value)) for name, value in update.terms]
        layers = [names[id(parameter)] for parameter in update.parameters]
        norms = _norms(dict(zip(layers, update.gradients, strict=True)))
        return cls(update.batch, {n: value for n, value in values if not isfinite(value)}, _wrong(layers, norms))


def _wrong(names: Iterable[str], values: Tensor) -> list[str]:
    """Which of the named values (names,) are not finite."""
    return [name for name, fine in zip(names, values.isfinite().tolist(), strict=True) if not fine]


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

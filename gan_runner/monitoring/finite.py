"""Whether the numbers of an update were finite: noted on the device, read by the host when it looks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isfinite
from typing import NamedTuple

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from gan_runner.systems.base import System
from gan_runner.systems.observer import UpdateObserver, all_finite, norms_of, state_of, wrong_of
from gan_runner.types import Player

KEPT_BYTES = 64 * 2**20
"""Memory for the gradients themselves between two looks. Of larger players their norms are kept."""


class Rows:
    """Rows of numbers, in memory that is claimed once and used again after `clear`.

    A tensor for each number, hundreds a batch and alive till the next look, would lie between the large ones of the
    step, and what these leave free could not be joined: a tenth more memory at 128 pixels on a processor.
    """

    def __init__(self, at_once: int) -> None:
        self._at_once, self._used = at_once, 0
        self._blocks: list[Tensor] = []  # each (at_once, columns)

    def add(self, numbers: Sequence[Tensor]) -> Tensor:
        """A row (columns,). Another number of columns, as of a growing network, starts anew and spares older rows."""
        if self._blocks and self._blocks[0].shape[1] != len(numbers):
            self._blocks, self._used = [], 0
        block, row = divmod(self._used, self._at_once)
        if block == len(self._blocks):
            self._blocks.append(torch.empty(self._at_once, len(numbers), device=numbers[0].device))
        self._used += 1
        return torch.stack(list(numbers), out=self._blocks[block][row])

    def clear(self) -> None:
        self._used = 0


class Update(NamedTuple):
    """One update of one player: its terms, and what is finite if its gradients are.

    Every operation counts on a small game, and keeping what there is anyway needs none: these are the gradients. Where
    they would take too much memory, or clipping is going to change them, it is a row of their norms, which are infinite
    for a gradient beyond 1e19 too.
    """

    batch: int
    player: Player
    terms: list[tuple[str, Tensor]]
    parameters: list[nn.Parameter]
    gradients: list[Tensor] | Tensor


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


class FiniteObserver(UpdateObserver):
    """Keeps of every update since the last look what tells whether it was finite, on the device; nobody waits for it.

    At a look the terms and the state tell whether all is well; the rest is read only when it is not. (A gradient that
    left no trace in either is not told: it takes an optimizer without moments, and a trick that clips weights.)
    Gradients alone are nothing wrong in float16: what overflows is the scaler's affair (systems/scaling.py).
    every: batches between two looks.
    """

    def __init__(self, system: System, every: int) -> None:
        self.system, self.every = system, every
        self.updates: list[Update] = []
        self.weights: list[tuple[int, Tensor]] = []
        """Per batch the largest number in each weight before it; −inf alone does not show."""
        self._parameters = [parameter for player in system.players for parameter in system.parameters_of(player)]
        self._everything: list[Tensor] = list(self._parameters)
        self._terms: list[tuple[str, Tensor]] = []
        self._now: tuple[int, Player] = (0, system.players[0])
        self._small: dict[Player, bool] = {}
        self._maxima = Rows(every)
        self._norms = {player: Rows(every) for player in system.players}

    @property
    def watched(self) -> list[Tensor]:
        return self._everything

    def begin(self, batch: int, player: Player, largest: Tensor | None = None) -> None:
        if batch != self._now[0]:  # before its first update
            with torch.no_grad():
                row = self._maxima.add(torch._foreach_max(self._everything)) if largest is None else largest
            self.weights.append((batch, row))
        self._now = (batch, player)

    def terms(self, terms: Mapping[str, Tensor]) -> None:
        self._terms += [(name, value.detach()) for name, value in terms.items()]

    def gradients(self, parameters: list[nn.Parameter]) -> None:
        moving = [p for p in parameters if p.grad is not None]
        self.updates.append(
            Update(*self._now, self._terms, moving, self._kept([p.grad for p in moving if p.grad is not None]))
        )
        self._terms = []

    def _kept(self, gradients: list[Tensor]) -> list[Tensor] | Tensor:
        player = self._now[1]
        if player not in self._small:
            wanted = sum(gradient.nbytes for gradient in gradients) * 2 * self.every
            self._small[player] = wanted <= KEPT_BYTES and self.system.gradient_clip.get(player) is None
        return gradients if self._small[player] else self._row_of_norms(gradients)

    def _row_of_norms(self, gradients: list[Tensor]) -> Tensor:
        return self._norms[self._now[1]].add(torch._foreach_norm(gradients))

    def bad(self, system: LightningModule) -> bool:
        return not all_finite(torch.cat([*self._noted(self.updates), norms_of(state_of(system))]))

    def _noted(self, updates: list[Update]) -> list[Tensor]:
        terms = [value for update in updates for _, value in update.terms]
        norms = [update.gradients for update in updates if isinstance(update.gradients, Tensor)]
        norms = [] if self.system.scaling else norms
        return [torch.stack(terms).float(), *norms] if terms else norms

    def look(self) -> Found:
        """What was not finite since the last look. Reads the device once when all is well."""
        updates, weights = self.updates, self.weights
        self.updates, self.weights = [], []
        for rows in (self._maxima, *self._norms.values()):
            rows.clear()  # overwritten by the next update, after this has been read
        state = state_of(self.system)
        norms = norms_of(state)
        if all_finite(torch.cat([*self._noted(updates), norms])):
            return Found(None, {}, [], [], [])
        return self._found(updates, weights, wrong_of(state, norms))

    def _found(self, updates: list[Update], weights: list[tuple[int, Tensor]], state: list[str]) -> Found:
        """The first bad batch, and what was bad in it before it spread."""
        names = {id(parameter): name for name, parameter in self.system.named_parameters()}
        layers = [names[id(parameter)] for parameter in self._parameters]
        early = [(batch, wrong) for batch, largest in weights if (wrong := wrong_of(layers, largest))]
        read = [update for update in (Read.of(update, names) for update in updates) if update]
        read = [update for update in read if update.terms or not self.system.scaling]
        batch = min([batch for batch, _ in early[:1]] + [update.batch for update in read[:1]], default=None)
        # Of the first bad update alone: the next one in the same batch has only inherited its numbers.
        first = next((update for update in read if update.batch == batch), None)
        spoiled = next((wrong for at, wrong in early if at == batch), [])
        terms, gradients = (first.terms, first.gradients) if first is not None else ({}, [])
        return Found(batch, terms, gradients, spoiled, state, self._skipped(read))

    def _skipped(self, read: list[Read]) -> int:
        return 0


class Read(NamedTuple):
    """What of an update was not finite, on the host."""

    batch: int
    terms: dict[str, float]
    gradients: list[str]

    def __bool__(self) -> bool:
        return bool(self.terms or self.gradients)

    @classmethod
    def of(cls, update: Update, names: Mapping[int, str]) -> Read:
        values = [(name, float(value)) for name, value in update.terms]
        layers = [names[id(parameter)] for parameter in update.parameters]
        kept = update.gradients
        norms = kept if isinstance(kept, Tensor) else norms_of(dict(zip(layers, kept, strict=True)))
        return cls(update.batch, {n: value for n, value in values if not isfinite(value)}, wrong_of(layers, norms))

"""Updates that are not finite, left out."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn

from gan_runner.monitoring.finite import FiniteObserver, Read
from gan_runner.systems.base import System
from gan_runner.systems.observer import UpdateObserver
from gan_runner.types import Player


class SkippingObserver(FiniteObserver):
    """Leaves out each update whose gradients are not finite, without the host knowing which.

    Weights, moments and step counters of the optimizer, and buffers (running statistics) are as if the update had
    not been: Adam neither decays its moments nor moves on by them. Fused optimizers leave it out themselves. For
    others, and for buffers, what there was before is kept and put back, at the cost of a copy and a selection.
    Gradients are the same on all ranks, so the decision is too.
    """

    intervenes = True

    def __init__(self, system: System, every: int) -> None:
        super().__init__(system, every)
        self._bad = torch.zeros(())
        self._before: dict[int, Tensor] = {}

    @torch.no_grad()
    def begin(self, batch: int, player: Player, largest: Tensor | None = None) -> None:
        super().begin(batch, player, largest)
        self._optimizer = self.system.optimizer_of(player)
        # Before its first step there are no moments, and SGD would leave its own uninitialised.
        self._fused = bool(self._optimizer.defaults.get("fused") and self._optimizer.state)
        self._before = {id(tensor): tensor.clone() for tensor in self._touched()}

    @torch.no_grad()
    def gradients(self, parameters: list[nn.Parameter]) -> None:
        super().gradients(parameters)
        if self._fused:
            self._optimizer.found_inf = self._bad.float()  # type: ignore[attr-defined]  # as a gradient scaler would

    def _kept(self, gradients: list[Tensor]) -> Tensor:
        norms = self._row_of_norms(gradients)
        self._bad = norms.isfinite().logical_not().any()
        return norms

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

    def bad(self, system: LightningModule) -> bool:
        return UpdateObserver.bad(self, system)  # what was noted has not been applied

    def _touched(self) -> Iterator[Tensor]:
        """What an update changes and its optimizer would not spare."""
        spared = {id(buffer) for buffer in self.system.untouched_by(self._now[1])}
        yield from (buffer for buffer in self.system.buffers() if id(buffer) not in spared)
        if not self._fused:
            yield from self.system.parameters_of(self._now[1])
            for moments in self._optimizer.state.values():
                yield from (value for value in moments.values() if isinstance(value, Tensor))

    def _skipped(self, read: list[Read]) -> int:
        return sum(bool(update.gradients) for update in read)

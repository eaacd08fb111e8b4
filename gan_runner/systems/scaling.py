"""float16 for players that move in turns: a loss scaler for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, Protocol, cast

import torch
from pytorch_lightning import LightningModule
from pytorch_lightning.plugins.precision import MixedPrecision
from torch import Tensor
from torch.amp.grad_scaler import GradScaler
from torch.optim import SGD, Optimizer

from gan_runner.types import Player

LEAST = 1e-4
"""Of a scale. Gradients that overflow even so do it at any scale (source: --min-loss-scale of fairseq)."""


class Moves(Protocol):
    """What is asked of a system (systems/base.py)."""

    @property
    def moving(self) -> Player: ...


class ScalerPerPlayer(MixedPrecision):
    """float16 under autocast. Each player's loss is scaled for itself, so that small gradients do not vanish in it.

    float16 counts from 6e-8 to 65,504. Of a loss times a scale the gradients lie in between; they are divided by the
    scale before they are looked at, clipped and applied. An update whose gradients overflow is not applied and halves
    its player's scale; 2,000 in a row that do not, double it. One scaler for all players would have the one whose
    gradients are large take the small ones' digits from the others.

    What is left out is decided on the device, and the host does not know of it: batches, schedules, averages of weights
    and what tricks do every so often count on, as they do for an update of no effect. The step counter of the optimizer
    stands still. Only optimizers without `fused` (RMSprop) make the host wait for the device, once an update.

    Source: Micikevicius et al. 2017 (arXiv:1710.03740); the numbers are those of torch.amp.GradScaler.
    """

    def __init__(self, device: str) -> None:
        """device: "cuda", or "cpu", where it is for trying."""
        super().__init__("16-mixed", device, scaler=GradScaler(device, enabled=False))
        self.scaler = None  # all that would use it is below
        self._scalers: dict[Player, GradScaler] = defaultdict(lambda: GradScaler(device))

    def scale(self, total: Tensor, player: Player) -> Tensor:
        """What a player minimises, as it goes backward."""
        return self._scalers[player].scale(total)

    def scales(self) -> dict[Player, float]:
        """Of those who have moved. Reads the device."""
        return {player: scaler.get_scale() for player, scaler in self._scalers.items()}

    def optimizer_step(  # type: ignore[override]
        self,
        optimizer: Optimizer,
        model: LightningModule,
        closure: Callable[[], Any],
        **kwargs: Any,
    ) -> Any:
        """Gradients are averaged over ranks by the closure: what overflows on one rank does so on all."""
        scaler = self._scalers[cast(Moves, model).moving]
        closure()
        scaler.unscale_(optimizer)
        self._after_closure(model, optimizer)  # here they are clipped
        if not lacks_momentum(optimizer) or is_finite(optimizer):
            scaler.step(optimizer, **kwargs)
        scaler.update()

    def state_dict(self) -> dict[str, Any]:
        return {player: scaler.state_dict() for player, scaler in self._scalers.items()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for player, state in state_dict.items():
            self._scalers[player].load_state_dict(state)


def lacks_momentum(optimizer: Optimizer) -> bool:
    """Whether a step that is left out would leave momentum behind that nobody has set: torch's fused SGD does that in
    its first (findings/torch_fused_sgd_skipped_first_step.sh).
    """
    if not isinstance(optimizer, SGD):
        return False
    moving = (p for group in optimizer.param_groups if group["momentum"] for p in group["params"])
    return any(p.grad is not None and optimizer.state.get(p, {}).get("momentum_buffer") is None for p in moving)


def is_finite(optimizer: Optimizer) -> bool:
    """Whether all gradients are. Reads the device."""
    gradients = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    return bool(torch.stack(torch._foreach_norm(gradients, float("inf"))).isfinite().all())

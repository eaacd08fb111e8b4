"""What an update tells while it runs, and whether the state of a game is finite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import ClassVar

import torch
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer

from gan_runner.types import Player


class UpdateObserver:
    """What an update tells while it runs. This one does not listen; it answers for the state alone.

    intervenes: whether it changes what an update does, and must be asked while it runs.
    """

    intervenes: ClassVar[bool] = False

    @property
    def watched(self) -> Sequence[Tensor]:
        """The weights whose largest numbers `begin` asks for where somebody can give them."""
        return ()

    def begin(self, batch: int, player: Player, largest: Tensor | None = None) -> None:
        """An update starts. largest: the largest number in each of the watched weights; None: see for yourself."""

    def terms(self, terms: Mapping[str, Tensor]) -> None:
        """What is about to be minimised; once per slice of the batch."""

    def gradients(self, parameters: list[nn.Parameter]) -> None:
        """Backward is done, nothing is clipped, no weight has moved."""

    def finish(self) -> None:
        """The optimizer has stepped."""

    def close(self) -> None:
        """The fit is over."""

    def bad(self, system: LightningModule) -> bool:
        """Whether this state must not be saved. Reads the device once."""
        return not all_finite(norms_of(state_of(system)))


def wrong_of(names: Iterable[str], values: Tensor) -> list[str]:
    """Which of the named values (names,) are not finite."""
    return [name for name, fine in zip(names, values.isfinite().tolist(), strict=True) if not fine]


def state_of(system: LightningModule) -> dict[str, Tensor]:
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
def norms_of(state: Mapping[str, Tensor]) -> Tensor:
    """(tensors,): the largest magnitude in each, which overflows for no finite number."""
    return torch.stack([norm.float() for norm in torch._foreach_norm(list(state.values()), float("inf"))])


def all_finite(values: Tensor) -> bool:
    return bool(values.isfinite().all())

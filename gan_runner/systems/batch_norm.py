"""Where BatchNorm would see one value of a channel: it has no spread, and torch refuses it after the data is read."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from gan_runner import rng
from gan_runner.systems.adversarial import Adversarial
from gan_runner.systems.base import System
from gan_runner.types import Batch, Player


def starved(system: System, batch: Batch) -> tuple[Player, str] | None:
    """A player to whose BatchNorm this batch would give one value of each channel, and which module that is.

    That is where a single row arrives at 1 × 1 pixels, or at a layer without pixels; over the pixels of a larger map
    BatchNorm takes the statistics of the one image, as InstanceNorm does, which pix2pix wants. Copies of the players
    are asked, those that have BatchNorm. None for a system that deals no hands, and where none is starved.
    """
    able = Adversarial.of(system)
    if able is None:
        return None
    with rng.isolated(0), torch.no_grad():
        for name, hand in able.hands(batch).items():
            game = able.get_submodule("games").get_submodule(name)
            for player, sample in (("generator", hand.source), ("discriminator", hand.real)):
                if module := _starved(game.get_submodule(player), sample, hand.label):
                    return player, module
    return None


def _starved(network: nn.Module, sample: Tensor, label: Tensor | None) -> str | None:
    if not any(isinstance(module, _BatchNorm) for module in network.modules()):
        return None
    network = deepcopy(network).train()
    found: list[str] = []
    for name, module in network.named_modules():
        if isinstance(module, _BatchNorm):
            module.register_forward_pre_hook(_noting(name, found))
    with suppress(Exception):  # what else is wrong is told where it happens
        network(sample, label)
    return found[0] if found else None


def _noting(name: str, found: list[str]) -> Callable[[nn.Module, Any], None]:
    def note(module: nn.Module, given: tuple[Tensor]) -> None:
        if module.training and given[0].numel() == given[0].shape[1]:
            found.append(f"{name}, {type(module).__name__}")

    return note

"""What becomes of saved optimizers where a run goes on with other rates, schedules or optimizers."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from gan_runner.types import Player

Config = Mapping[str, Any]
Made = Callable[[Player, Sequence[nn.Parameter] | None], tuple[Optimizer, LRScheduler | None]]
"""A player's optimizer and its schedule as a new run would have them; of its own parameters, or of those given."""

log = logging.getLogger(__name__)


def renew(checkpoint: dict[str, Any], now: Config, players: Sequence[Player], made: Made) -> None:
    """Change what a checkpoint holds of the optimizers so that they go on by the settings of `now`, in place.

    Of a player whose settings are what they were nothing changes. Of others, what they remember (moments) is kept, if
    an optimizer of the new settings remembers the same; else it begins anew, which is told. Rates are those that the
    new settings have after as many batches.
    """
    before, batches = checkpoint["origin"]["config"], checkpoint["global_step"]
    if not before.get("optimizer"):
        return
    saved = iter(checkpoint["lr_schedulers"])
    schedules: list[Any] = []
    for index, player in enumerate(players):
        schedule = next(saved, None) if _of(before, "schedule", player) else None
        keys = _changed(_of(before, "optimizer", player), _of(now, "optimizer", player))
        if _changed(_of(before, "schedule", player), _of(now, "schedule", player)):
            keys |= {"lr"}
        if keys:
            optimizer, scheduler = made(player, None)
            _advance(scheduler, batches)
            state = checkpoint["optimizer_states"][index]
            checkpoint["optimizer_states"][index] = {
                "state": _kept(state["state"], player, made),
                "param_groups": _groups(state["param_groups"], optimizer.state_dict()["param_groups"], keys),
            }
            if "lr" in keys or "_target_" in keys:
                schedule = None if scheduler is None else scheduler.state_dict()
        if _of(now, "schedule", player):
            schedules.append(schedule)
    checkpoint["lr_schedulers"] = schedules


def _of(config: Config, group: str, player: Player) -> Config:
    return (config.get(group) or {}).get(player) or {}


def _changed(before: Config, now: Config) -> set[str]:
    return {key for key in {*before, *now} if before.get(key) != now.get(key)}


def _groups(saved: list[dict[str, Any]], new: list[dict[str, Any]], keys: set[str]) -> list[dict[str, Any]]:
    """The new settings where they changed; those of another optimizer altogether are all new."""
    if "_target_" in keys:
        return new
    keys = keys | ({"initial_lr"} if "lr" in keys else set())
    return [old | {key: group[key] for key in keys if key in group} for old, group in zip(saved, new, strict=True)]


def _kept(state: dict[Any, Any], player: Player, made: Made) -> dict[Any, Any]:
    """What is remembered of each parameter, if it is what the new optimizer would remember."""
    if not state:
        return state
    number = nn.Parameter(torch.zeros(1))
    optimizer, _ = made(player, [number])
    number.grad = torch.ones(1)
    optimizer.step()
    if all(set(remembered) == set(optimizer.state[number]) for remembered in state.values()):
        return state
    log.warning("optimizer.%s remembers other things than before (moments): it begins anew", player)
    return {}


def _advance(scheduler: LRScheduler | None, batches: int) -> None:
    """To where a run of so many batches would have it: it was stepped once a batch."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it steps before its optimizer
        for _ in range(batches if scheduler is not None else 0):
            scheduler.step()  # type: ignore[union-attr]

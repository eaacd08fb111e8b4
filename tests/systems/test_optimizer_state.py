"""Saved optimizers under new settings: the new ones hold, what was remembered is kept where it can be."""

from collections.abc import Sequence
from copy import deepcopy
from functools import partial
from typing import Any

import pytest
import torch
from torch import nn
from torch.optim import SGD, Adam, AdamW, Optimizer, RMSprop
from torch.optim.lr_scheduler import CosineAnnealingLR, LinearLR, LRScheduler

from gan_runner.systems.optimizer_state import renew
from gan_runner.training.schedules import ConstantThenLinear

KINDS = {kind.__name__: kind for kind in (Adam, AdamW, RMSprop, SGD, LinearLR, CosineAnnealingLR, ConstantThenLinear)}
PLAYERS = ("generator", "discriminator")
ADAM = {"_target_": "torch.optim.Adam", "lr": 0.1, "betas": [0.5, 0.9]}
LINEAR = {"_target_": "torch.optim.lr_scheduler.LinearLR", "start_factor": 1.0, "end_factor": 0.0, "total_iters": 10}


def built(node: Any) -> Any:
    settings = {key: value for key, value in node.items() if key != "_target_"}
    return partial(KINDS[node["_target_"].rpartition(".")[2]], **settings)


class Player:
    """One weight, its optimizer and its schedule, as a configuration of both players alike has them."""

    def __init__(self, optimizer: Any = ADAM, schedule: Any = None) -> None:
        self.config = {group: dict.fromkeys(PLAYERS, node) for group, node in
                       (("optimizer", optimizer), ("schedule", schedule))}  # fmt: skip
        self.weights = [nn.Parameter(torch.ones(2)) for _ in PLAYERS]
        self.made = [self.make(player) for player in PLAYERS]

    def make(self, player: str, parameters: Sequence[nn.Parameter] | None = None) -> tuple[Optimizer, Any]:
        own = [self.weights[PLAYERS.index(player)]]
        optimizer = built(self.config["optimizer"][player])(own if parameters is None else parameters)
        node = self.config["schedule"][player]
        return optimizer, None if node is None else built(node)(optimizer)

    def play(self, batches: int) -> None:
        for _ in range(batches):
            for weight, (optimizer, schedule) in zip(self.weights, self.made, strict=True):
                weight.grad = weight.detach() * 0.3
                optimizer.step()
                if schedule is not None:
                    schedule.step()

    def saved(self, batches: int) -> dict[str, Any]:
        schedules: list[LRScheduler] = [schedule for _, schedule in self.made if schedule is not None]
        contents = {
            "origin": {"config": self.config},
            "global_step": batches,
            "optimizer_states": [optimizer.state_dict() for optimizer, _ in self.made],
            "lr_schedulers": [schedule.state_dict() for schedule in schedules],
        }
        return deepcopy(contents)

    def load(self, checkpoint: dict[str, Any]) -> None:
        """As Lightning does."""
        for (optimizer, _), state in zip(self.made, checkpoint["optimizer_states"], strict=True):
            optimizer.load_state_dict(state)
        schedules = [schedule for _, schedule in self.made if schedule is not None]
        for schedule, state in zip(schedules, checkpoint["lr_schedulers"], strict=True):
            schedule.load_state_dict(state)

    @property
    def rates(self) -> list[float]:
        return [optimizer.param_groups[0]["lr"] for optimizer, _ in self.made]

    @property
    def moments(self) -> list[Any]:
        return [dict(optimizer.state).get(weight) for (optimizer, _), weight in
                zip(self.made, self.weights, strict=True)]  # fmt: skip


def gone_on(before: Player, now: Player, batches: int = 4) -> dict[str, Any]:
    before.play(batches)
    checkpoint = before.saved(batches)
    renew(checkpoint, now.config, PLAYERS, now.make)
    now.load(checkpoint)
    return checkpoint


def test_without_a_change_nothing_changes() -> None:
    before, now = Player(schedule=LINEAR), Player(schedule=LINEAR)
    before.play(4)
    untouched = before.saved(4)
    assert str(gone_on(Player(schedule=LINEAR), now)) == str(untouched)


def test_a_new_rate_holds_and_moments_are_kept() -> None:
    before, now = Player(), Player(ADAM | {"lr": 0.003, "betas": [0.5, 0.8]})
    gone_on(before, now)
    assert now.rates == [0.003, 0.003]
    assert now.made[0][0].param_groups[0]["betas"] == (0.5, 0.8)
    for kept, had in zip(now.moments, before.moments, strict=True):
        assert kept["step"] == 4
        assert torch.equal(kept["exp_avg_sq"], had["exp_avg_sq"])
    now.play(1)
    assert now.rates == [0.003, 0.003]


@pytest.mark.parametrize(
    "schedule",
    [
        LINEAR | {"total_iters": 20},
        {"_target_": "torch.optim.lr_scheduler.CosineAnnealingLR", "T_max": 12},
        {"_target_": "gan_runner.training.schedules.ConstantThenLinear", "total_iters": 12, "constant": 0.25},
    ],
)
@pytest.mark.parametrize("was", [None, LINEAR])
def test_a_new_schedule_is_where_a_run_of_its_own_would_have_it(schedule: Any, was: Any) -> None:
    now, whole = Player(schedule=schedule), Player(schedule=schedule)
    gone_on(Player(schedule=was), now)
    whole.play(4)
    for _ in range(5):
        assert now.rates == whole.rates
        now.play(1)
        whole.play(1)


def test_a_schedule_may_end_and_a_rate_under_it_may_change() -> None:
    constant, scaled = Player(), Player(ADAM | {"lr": 1.0}, LINEAR)
    checkpoint = gone_on(Player(schedule=LINEAR), constant)
    assert checkpoint["lr_schedulers"] == []
    assert constant.rates == [0.1, 0.1]
    gone_on(Player(schedule=LINEAR), scaled)
    assert scaled.rates == pytest.approx([0.6, 0.6])  # after 4 of 10 batches


def test_one_player_changes_alone() -> None:
    before, now = Player(schedule=LINEAR), Player(schedule=LINEAR)
    now.config["optimizer"]["discriminator"] = ADAM | {"lr": 1.0}
    now.config["schedule"]["generator"] = None
    now.made = [now.make(player) for player in PLAYERS]
    gone_on(before, now)
    assert now.rates == pytest.approx([0.1, 0.6])


@pytest.mark.parametrize(
    ("optimizer", "kept"),
    [
        ({"_target_": "torch.optim.AdamW", "lr": 0.2}, True),
        (ADAM | {"amsgrad": True}, False),
        ({"_target_": "torch.optim.RMSprop", "lr": 0.2}, False),
        ({"_target_": "torch.optim.SGD", "lr": 0.2, "momentum": 0.9}, False),
    ],
)
def test_another_optimizer_takes_over_what_it_would_remember_itself(optimizer: Any, kept: bool, caplog: Any) -> None:
    now = Player(optimizer)
    gone_on(Player(), now)
    assert ("begins anew" in caplog.text) != kept
    assert (now.moments[0] is not None) == kept
    now.play(2)
    assert torch.isfinite(now.weights[0]).all()


def test_a_rate_that_a_rollback_lowered_stays_where_something_else_changes() -> None:
    before, now = Player(), Player(ADAM | {"betas": [0.5, 0.8]})
    for optimizer, _ in before.made:
        optimizer.param_groups[0]["lr"] = 0.05
    gone_on(before, now)
    assert now.rates == [0.05, 0.05]


def test_a_checkpoint_that_does_not_tell_its_settings_is_left_alone() -> None:
    now = Player()
    checkpoint = now.saved(0) | {"origin": {"config": {}}}
    renew(checkpoint, Player(ADAM | {"lr": 3.0}).config, PLAYERS, now.make)
    assert checkpoint["optimizer_states"][0]["param_groups"][0]["lr"] == 0.1

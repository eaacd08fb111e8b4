"""Rates over a run."""

import pytest
import torch
from torch import nn

from gan_runner.training.schedules import ConstantThenLinear


def rates(scheduler, optimizer, steps):
    found = []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


def start(constant=0.5, total=8):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=2.0)
    return ConstantThenLinear(optimizer, total, constant), optimizer


@pytest.mark.parametrize(
    ("constant", "expected"),
    [
        (0.5, [2, 2, 2, 2, 2, 1.5, 1, 0.5, 0, 0]),
        (0.75, [2] * 7 + [1, 0, 0]),
        (0.0, [2 - t / 4 for t in range(9)] + [0]),
    ],
)
def test_constant_then_to_zero_where_it_stays(constant, expected):
    assert rates(*start(constant), 10) == pytest.approx(expected)


def test_goes_on_from_its_state():
    whole = rates(*start(), 8)
    scheduler, optimizer = start()
    rates(scheduler, optimizer, 5)
    other, moved = start(constant=0.1, total=3)
    other.load_state_dict(scheduler.state_dict())
    moved.load_state_dict(optimizer.state_dict())
    assert rates(other, moved, 3) == pytest.approx(whole[5:])

"""What counts as the state of a game, and when a number in it is not finite."""

import math
from typing import Any

import pytest
import torch
from pytorch_lightning import LightningModule
from torch import nn

from gan_runner.systems.observer import UpdateObserver, all_finite, norms_of, state_of, wrong_of


class Trainer:
    """As much of one as the state of a system needs."""

    def __init__(self, *optimizers: torch.optim.Optimizer) -> None:
        self.optimizers = list(optimizers)


class System(LightningModule):
    """One linear layer, a running mean, a counter, an empty buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(2, 1)
        self.register_buffer("mean", torch.zeros(3))
        self.register_buffer("count", torch.tensor(7))
        self.register_buffer("nothing", torch.zeros(0))


@pytest.fixture
def parts() -> tuple[System, Trainer]:
    """A system after one update by Adam, and its trainer, which Lightning refers to weakly."""
    system = System()
    trainer = Trainer(torch.optim.Adam(system.parameters()))
    system.trainer = trainer  # type: ignore[assignment]
    system.layer(torch.ones(4, 2)).sum().backward()
    trainer.optimizers[0].step()
    return system, trainer


def test_the_state_is_every_floating_number_that_a_checkpoint_carries_on(parts: Any) -> None:
    state = state_of(parts[0])
    own = {"layer.weight", "layer.bias", "mean"}
    moments = {f"{key} of layer.{name}" for key in ("exp_avg", "exp_avg_sq", "step") for name in ("weight", "bias")}
    assert set(state) == own | moments
    assert state["layer.weight"].data_ptr() == parts[0].layer.weight.data_ptr()
    assert state["exp_avg of layer.weight"].tolist() == [[pytest.approx(0.4), pytest.approx(0.4)]]  # (1 − β₁) · 4


def test_what_lies_on_another_device_is_left_to_it(parts: Any) -> None:
    """One norm for all has to be of one device; Adam's step counters may stay on the host."""
    parts[0].register_buffer("elsewhere", torch.zeros(2, device="meta"))
    assert "elsewhere" not in state_of(parts[0])


def test_norms_are_largest_magnitudes_and_overflow_for_no_finite_number() -> None:
    largest = torch.finfo(torch.float32).max
    state = {
        "a": torch.tensor([1.0, -3.0]),
        "b": torch.full((1000,), largest),  # of which a sum of squares is infinite
        "c": torch.tensor([[0.0, -math.inf]]),
        "d": torch.tensor([math.nan, 5.0]),
        "e": torch.tensor([2.0], dtype=torch.bfloat16),
    }
    norms = norms_of(state)
    assert norms.dtype is torch.float32
    assert norms[[0, 1, 2, 4]].tolist() == [3.0, largest, math.inf, 2.0]
    assert norms[3].isnan()
    assert wrong_of(state, norms) == ["c", "d"]
    assert not all_finite(norms)
    assert all_finite(norms[:2])


def test_names_and_values_that_do_not_pair_up_are_an_error() -> None:
    with pytest.raises(ValueError, match="zip"):
        wrong_of(["a"], torch.zeros(2))


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("where", ["weight", "buffer", "moment"])
def test_a_bad_number_anywhere_makes_the_state_bad(parts: Any, where: str, value: float) -> None:
    system, trainer = parts
    observer = UpdateObserver()
    assert not observer.bad(system)
    moments = trainer.optimizers[0].state[system.layer.bias]
    place = {"weight": system.layer.weight.data, "buffer": system.mean, "moment": moments["exp_avg_sq"]}[where]
    place.view(-1)[0] = value
    assert observer.bad(system)
    place.view(-1)[0] = 0
    assert not observer.bad(system)


def test_one_that_does_not_listen_changes_nothing(parts: Any) -> None:
    system, _ = parts
    before = {name: value.clone() for name, value in state_of(system).items()}
    gradients = [p.grad.clone() for p in system.parameters()]
    observer = UpdateObserver()
    observer.begin(1, "discriminator")
    observer.terms({"a": torch.tensor(math.nan)})
    observer.gradients(list(system.parameters()))
    observer.finish()
    observer.close()
    assert all(value.equal(before[name]) for name, value in state_of(system).items())
    assert all(p.grad.equal(g) for p, g in zip(system.parameters(), gradients, strict=True))

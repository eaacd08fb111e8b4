"""One update at a time: what is not finite leaves no trace, what is finite is applied as if nobody looked."""

import math
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor

from gan_runner.assemble import assemble
from gan_runner.monitoring.skipping import SkippingObserver
from gan_runner.types import Player

TINY = ("network.width=2", "logger=none")
OPTIMIZERS = ["adam", "rmsprop", "sgd"]


@pytest.fixture
def system(composed: Any, request: pytest.FixtureRequest) -> Any:
    """A small DCGAN, whose discriminator and generator have running statistics, ready to be moved by hand."""
    experiment = assemble(composed("model=dcgan", f"optimizer={request.param}", *TINY))
    experiment.trainer.optimizers = [entry["optimizer"] for entry in experiment.system.configure_optimizers()]
    experiment.system.trainer = experiment.trainer
    experiment.system.keep = experiment  # Lightning refers to the trainer weakly
    return experiment.system


def update(system: Any, observer: Any, batch: int, player: Player, spoil: float | None = None) -> None:
    """One update by gradients drawn from the batch's number, one of which is spoiled; statistics move too."""
    draws = torch.Generator().manual_seed(batch)
    parameters, network = system.parameters_of(player), system.game.player(player)
    for parameter in parameters:
        parameter.grad = None
    observer.begin(batch, player)
    for buffer in network.buffers():
        buffer.add_(1 if spoil is None or not buffer.is_floating_point() else spoil)
    for parameter in parameters:
        parameter.grad = torch.randn(parameter.shape, generator=draws)
    if spoil is not None:
        parameters[-1].grad.view(-1)[0] = spoil
    observer.terms({f"{player}/gan/adversarial": torch.tensor(0.5)})
    observer.gradients(parameters)
    system.optimizer_of(player).step()
    observer.finish()


def state(system: Any) -> dict[str, Tensor]:
    """Weights, buffers, moments and step counters, copied."""
    found = {name: value for name, value in system.state_dict().items() if isinstance(value, Tensor)}
    for index, optimizer in enumerate(system.trainer.optimizers):
        for number, moments in optimizer.state_dict()["state"].items():
            found |= {f"{index}/{number}/{key}": value for key, value in moments.items() if value is not None}
    return {name: torch.as_tensor(value).clone() for name, value in found.items()}


def assert_same(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    assert one.keys() == other.keys()
    assert [name for name in one if not one[name].equal(other[name])] == []


class Deaf:
    """Listens to nothing: what an update does by itself."""

    def __getattr__(self, name: str) -> Any:
        return lambda *_: None


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("system", OPTIMIZERS, indirect=True)
def test_a_healthy_update_is_applied_to_the_bit(system: Any, player: Player) -> None:
    start = deepcopy(system.state_dict())
    for batch in (1, 2, 3):
        update(system, Deaf(), batch, player)
    expected = state(system)
    system.load_state_dict(start)
    system.trainer.optimizers = [entry["optimizer"] for entry in system.configure_optimizers()]
    observer = SkippingObserver(system, every=10)
    for batch in (1, 2, 3):
        update(system, observer, batch, player)
    assert_same(state(system), expected)
    assert not observer.look()


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("system", OPTIMIZERS, indirect=True)
def test_a_bad_update_leaves_no_trace(system: Any, player: Player) -> None:
    observer = SkippingObserver(system, every=10)
    update(system, observer, 1, player)
    before = state(system)
    for batch, value in enumerate((math.nan, math.inf, -math.inf), start=2):
        update(system, observer, batch, player, spoil=value)
        assert_same(state(system), before)
    update(system, observer, 5, player)
    assert any(not now.equal(before[name]) for name, now in state(system).items())
    found = observer.look()
    (name,) = found.gradients
    assert name.startswith(f"games.gan.{player}.")
    assert (found.batch, found.skipped, found.state, found.weights, found.terms) == (2, 3, [], [], {})
    assert not observer.look()  # told once


@pytest.mark.parametrize("system", OPTIMIZERS, indirect=True)
def test_the_first_update_leaves_moments_of_zero(system: Any) -> None:
    """There were none before it: those that the bad update has made are as those of an optimizer that has not moved."""
    observer = SkippingObserver(system, every=10)
    weights = {name: value.clone() for name, value in system.named_parameters()}
    update(system, observer, 1, "discriminator", spoil=math.nan)
    assert all(value.equal(weights[name]) for name, value in system.named_parameters())
    moments = {name: value for name, value in state(system).items() if name.startswith("0/")}
    assert not any(value.any() for value in moments.values())


@pytest.mark.parametrize("system", ["adam"], indirect=True)
def test_the_generators_statistics_are_not_those_of_the_discriminators_update(system: Any) -> None:
    """The fakes were generated before it, and their graph still refers to them."""
    observer = SkippingObserver(system, every=10)
    (statistics, *_) = (buffer for buffer in system.game.generator.buffers() if buffer.is_floating_point())
    observer.begin(1, "discriminator")
    statistics.fill_(3.0)
    parameters = system.parameters_of("discriminator")
    for parameter in parameters:
        parameter.grad = torch.full_like(parameter, math.nan)
    version = statistics._version
    observer.gradients(parameters)
    system.optimizer_of("discriminator").step()
    observer.finish()
    assert statistics.eq(3.0).all()
    assert statistics._version == version  # not written, not even with what it holds


@pytest.mark.parametrize("system", ["adam"], indirect=True)
def test_a_skipped_update_does_not_forbid_a_save_but_a_bad_state_does(system: Any) -> None:
    observer = SkippingObserver(system, every=10)
    update(system, observer, 1, "discriminator", spoil=math.nan)
    assert not observer.bad(system)
    with torch.no_grad():
        next(system.game.generator.parameters()).view(-1)[0] = math.nan
    assert observer.bad(system)


@pytest.mark.parametrize("system", ["adam"], indirect=True)
def test_an_optimizer_that_spares_itself_is_left_as_it_was(system: Any) -> None:
    observer = SkippingObserver(system, every=10)
    for batch in (1, 2):
        update(system, observer, batch, "discriminator")
    assert hasattr(system.optimizer_of("discriminator"), "found_inf")
    observer.close()
    assert not hasattr(system.optimizer_of("discriminator"), "found_inf")
    observer.close()  # twice does no harm

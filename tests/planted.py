"""A small run with planted numbers that are not finite, and what has to be true of it afterwards."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch import Tensor

from gan_runner.callbacks.finite import Finite, NotFiniteError
from gan_runner.checkpoints import last_of, load

TINY = (
    "model=vanilla", "network.generator.hidden=[8,8]", "network.discriminator.hidden=[8,8]", "logger=none",
    "callbacks.samples=null", "trainer.max_steps=20", "callbacks.checkpoint.every=5", "callbacks.finite.every=10",
    "data.num_samples=400",
)  # fmt: skip
AT = 7
"""The batch in which numbers go wrong: between looks and between saves."""


def plant_term(experiment: Any, player: str, value: float, when: Callable[[int], bool]) -> None:
    """A term of its own that is `value` times something of the player."""
    system = experiment.system
    _, weight = layer_of(experiment, player)
    calls = {"discriminator": 0, "generator": 0}

    def terms(moving: str, rounds: Any) -> dict[str, Tensor]:
        calls[moving] += 1
        wrong = moving == player and when(calls[moving])
        return {"planted": weight.sum() * (value if wrong else 0.0)}

    system.joint_terms = terms


def plant_gradient(experiment: Any, player: str, value: float, when: Callable[[int], bool]) -> str:
    name, weight = layer_of(experiment, player)
    calls = [0]

    def spoil(gradient: Tensor) -> Tensor:
        calls[0] += 1  # through the discriminator the generator's backward passes too, but not into its weights
        gradient = gradient.clone()
        gradient[0, 0] = value if when(calls[0]) else gradient[0, 0]
        return gradient

    weight.register_hook(spoil)
    return name


class Planted(Callback):
    """Puts a value into one weight before a batch."""

    def __init__(self, weight: Tensor, value: float, at: int) -> None:
        self.weight, self.value, self.at = weight, value, at

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        if trainer.global_step + 1 == self.at:
            with torch.no_grad():
                self.weight[0, 0] = self.value


def plant_weight(experiment: Any, player: str, value: float, at: int, index: int = 1) -> str:
    name, weight = layer_of(experiment, player, index)
    experiment.trainer.callbacks.insert(0, Planted(weight, value, at))
    return name


def fit(experiment: Any, resume: Path | None = None) -> None:
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)


def once(call: int) -> bool:
    return call == AT


def finite_of(experiment: Any) -> Finite:
    return next(callback for callback in experiment.trainer.callbacks if isinstance(callback, Finite))


def layer_of(experiment: Any, player: str, index: int = 1) -> tuple[str, Any]:
    """The name and the weight of one of a player's inner layers."""
    network = experiment.system.game.player(player)
    weights = [(name, p) for name, p in network.named_parameters() if p.ndim == 2]
    name, parameter = weights[index]
    return f"games.gan.{player}.{name}", parameter


def assert_finite(node: Any) -> None:
    if isinstance(node, Tensor):
        assert torch.isfinite(node).all()
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            assert_finite(part)


class Snapshots(Callback):
    """Everything training changes, after each batch."""

    def __init__(self) -> None:
        self.states: list[dict[str, Any]] = []

    def on_train_batch_end(self, trainer: Any, pl_module: Any, *_: Any) -> None:
        moments = {
            f"{which}/{number}/{key}": value
            for which, optimizer in enumerate(trainer.optimizers)
            for number, state in optimizer.state_dict()["state"].items()
            for key, value in state.items()
        }
        state = {**pl_module.state_dict(), **moments}
        self.states.append({key: value.clone() for key, value in state.items() if isinstance(value, Tensor)})


def stopped(experiment: Any, folder: Path, clock: int = 10) -> str:
    """The sentence of a run that has to end, at the look after AT, with the save before AT in place."""
    with pytest.raises(NotFiniteError) as ended:
        fit(experiment)
    assert experiment.trainer.global_step == clock
    saved = load(last_of(folder))
    assert saved["global_step"] == 5
    assert_finite([saved["state_dict"], saved["optimizer_states"]])
    assert [note in str(ended.value) for note in finite_of(experiment).notes] == [True]
    assert "\n" not in str(ended.value)
    return str(ended.value)

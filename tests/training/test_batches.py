"""The loop over batches: hooks that somebody wrote are called in Lightning's order, whichever way a batch is played."""

from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from pytorch_lightning.callbacks import LambdaCallback

from gan_runner.assemble import assemble
from gan_runner.callbacks.base import Periodic
from gan_runner.training.batches import every_of, written

POINTS = ("model=vanilla", "data=gaussians", "data.batch_size=16", "trainer.max_steps=5", "trainer.accelerator=cpu")


class Tells(Callback):
    """Notes what it is called with."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def on_train_batch_start(self, trainer: Any, pl_module: Any, batch: Any, batch_idx: int) -> None:
        self.heard.append(("start", trainer.global_step, batch_idx, len(batch.real), pl_module._current_fx_name))

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        self.heard.append(("end", trainer.global_step, batch_idx, len(batch.real), pl_module._current_fx_name))


def play(composed: Any, *overrides: str) -> tuple[list[Any], dict[str, Any], dict[str, Any]]:
    """What a callback heard, the weights, and how far the loop says it has come."""
    experiment = assemble(composed(*POINTS, *overrides))
    tells = Tells()
    experiment.trainer.callbacks.append(tells)  # type: ignore[attr-defined]
    experiment.trainer.fit(experiment.system, experiment.data)
    return tells.heard, experiment.system.state_dict(), experiment.trainer.fit_loop.state_dict()


def test_a_batch_is_played_as_lightning_plays_it_under_a_profiler(composed: Any) -> None:
    heard, weights, progress = play(composed)
    watched, same, as_watched = play(composed, "+trainer.profiler=simple")
    assert [what for what, *_ in heard] == ["start", "end"] * 5
    assert heard == watched
    torch.testing.assert_close(weights, same, rtol=0, atol=0)
    assert progress == as_watched


class Logs(Callback):
    """Tells Lightning's own log how far it is."""

    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, batch: Any, batch_idx: int) -> None:
        pl_module.log("told", float(batch_idx))


def test_what_a_callback_logs_and_the_hooks_of_the_data_are_heard(
    composed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    experiment, heard = assemble(composed(*POINTS)), []

    def moved(self: Any, batch: Any, device: torch.device, index: int) -> Any:
        heard.append(("moved", device.type, index))
        return batch

    def before(self: Any, batch: Any, index: int) -> Any:
        heard.append(("before", len(batch.real), index))
        return batch

    monkeypatch.setattr(type(experiment.data), "transfer_batch_to_device", moved)
    monkeypatch.setattr(type(experiment.data), "on_before_batch_transfer", before)
    experiment.trainer.callbacks.append(Logs())  # type: ignore[attr-defined]
    experiment.trainer.fit(experiment.system, experiment.data)
    assert heard == [("before", 16, 0), ("moved", "cpu", 0)] * 5
    assert experiment.trainer.callback_metrics["told"] == 4.0


class Every(Periodic):
    """Acts every third batch."""

    every = 3

    def act(self, trainer: Any, system: Any) -> None:
        """Nothing."""


class Always(Every):
    def on_train_batch_end(self, *given: Any) -> None:
        """Something on each batch."""


def test_who_acts_every_so_often_is_asked_then() -> None:
    assert every_of(Every().on_train_batch_end) == 3
    assert every_of(Always().on_train_batch_end) == 1
    assert every_of(Logs().on_train_batch_end) == 1
    assert every_of(lambda *_: None) == 1


def test_only_hooks_that_somebody_wrote_are_called() -> None:
    idle, wrote = Callback(), Tells()
    given = LambdaCallback(on_train_batch_end=lambda *_: None)
    assert written([idle, wrote], Callback, "on_train_batch_start") == [wrote.on_train_batch_start]
    assert written([idle, given, wrote], Callback, "on_train_batch_end") == [
        given.on_train_batch_end, wrote.on_train_batch_end,
    ]  # fmt: skip


def test_a_module_may_leave_the_rest_of_an_epoch_out(composed: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    experiment = assemble(composed(*POINTS, "+trainer.max_epochs=1"))
    left_out = lambda self, batch, index: -1 if index == 2 else None  # noqa: E731
    monkeypatch.setattr(type(experiment.system), "on_train_batch_start", left_out)
    experiment.trainer.fit(experiment.system, experiment.data)
    assert experiment.trainer.global_step == 2

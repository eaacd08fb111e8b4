"""Lightning's trainer for a game of two: what `auto` becomes, what is left out, what is refused in a sentence."""

import signal
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from pytorch_lightning.callbacks import Checkpoint, ProgressBar
from pytorch_lightning.strategies import DDPStrategy, SingleDeviceStrategy, StrategyRegistry

from gan_runner.assemble import assemble
from gan_runner.config.errors import ConfigError
from gan_runner.training import trainer as module
from gan_runner.training.strategy import NAME, AveragedGradients
from gan_runner.training.trainer import Trainer, check_accelerator, check_devices, check_strategy


def trainer(**settings: Any) -> Trainer:
    return Trainer(**{"kind": "images", "accelerator": "cpu", "max_steps": 1, "logger": False} | settings)


# ---- what it is -----------------------------------------------------------------------------------------------------


def test_auto_precision_goes_by_the_data(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert trainer().precision == "bf16-mixed"
    assert trainer(kind="points").precision == "32-true"
    assert trainer(precision="32-true").precision == "32-true"


def test_points_are_played_in_float32_under_auto(composed: Any) -> None:
    config = composed("model=vanilla", "data=gaussians", "data.batch_size=16", "trainer.precision=auto")
    assert assemble(config).trainer.precision == "32-true"


class Saving(Checkpoint):
    """A callback that saves, of whatever kind."""


class Bar(ProgressBar):
    """A callback that shows progress."""

    def disable(self) -> None: ...


def test_no_callback_of_a_kind_means_none_and_not_lightnings_own() -> None:
    bare = trainer(callbacks=[])
    assert bare.checkpoint_callback is None
    assert bare.progress_bar_callback is None
    saving, bar = Saving(), Bar()
    full = trainer(callbacks=[bar, saving, Callback()])
    assert full.checkpoint_callback is saving
    assert full.progress_bar_callback is bar


# ---- several devices ------------------------------------------------------------------------------------------------


def test_several_devices_average_whatever_the_trainer_is_called(composed: Any) -> None:
    assert isinstance(assemble(composed("trainer.devices=2")).trainer.strategy, AveragedGradients)
    assert isinstance(assemble(composed()).trainer.strategy, SingleDeviceStrategy)


@pytest.mark.parametrize("name", sorted(set(StrategyRegistry.available_strategies()) - {NAME, "single_xla"}))
def test_strategies_for_one_player_are_refused_in_one_sentence(name: str) -> None:
    with pytest.raises(ConfigError, match=f"trainer.strategy={name} .*trainer=ddp_cpu") as refused:
        check_strategy(name)
    assert "\n" not in str(refused.value)


def test_a_refusal_comes_before_anything_starts(composed: Any) -> None:
    with pytest.raises(ConfigError, match=r"trainer\.strategy=deepspeed cannot train two players"):
        assemble(composed("trainer=ddp_cpu", "trainer.strategy=deepspeed"))


def test_strategy_objects_are_told_apart_by_class() -> None:
    with pytest.raises(ConfigError, match=r"trainer\.strategy=DDPStrategy"):
        check_strategy(DDPStrategy())
    check_strategy(AveragedGradients())
    check_strategy(SingleDeviceStrategy("cpu"))


def test_joint_batch_statistics_are_refused_on_processors(composed: Any) -> None:
    with pytest.raises(ConfigError, match=r"trainer.sync_batchnorm=true needs GPUs.*sync_batchnorm=false"):
        assemble(composed("trainer=ddp_cpu", "trainer.sync_batchnorm=true"))


# ---- devices that are not there -------------------------------------------------------------------------------------


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_a_gpu_that_is_not_there_is_told(composed: Any) -> None:
    with pytest.raises(ConfigError, match="no GPU that torch can use: take trainer=cpu"):
        assemble(composed("trainer=ddp", "trainer.accelerator=gpu"))


class There:
    @staticmethod
    def is_available() -> bool:
        return True


class Missing:
    @staticmethod
    def is_available() -> bool:
        return False


@pytest.mark.parametrize(
    ("cuda", "mps", "refused"),
    [(Missing, Missing, {"gpu", "cuda"}), (Missing, There, {"cuda"}), (There, Missing, set()), (There, There, set())],
)
def test_a_gpu_is_asked_for_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, cuda: Any, mps: Any, refused: set[str]
) -> None:
    monkeypatch.setattr(module, "CUDAAccelerator", cuda)
    monkeypatch.setattr(module, "MPSAccelerator", mps)
    for accelerator in ("auto", "cpu", "gpu", "cuda"):
        if accelerator in refused:
            with pytest.raises(ConfigError, match=f"^trainer.accelerator={accelerator}: this machine has no GPU"):
                check_accelerator(accelerator)
        else:
            check_accelerator(accelerator)


@pytest.mark.parametrize("devices", [-1, [0], [0, 1]])
def test_processors_are_counted_and_have_no_numbers(devices: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        check_devices("cpu", devices)
    assert str(refused.value) == (
        f"trainer.devices={devices} names GPUs, and trainer.accelerator is cpu: give the number of processes, as in "
        "trainer=ddp_cpu trainer.devices=2"
    )
    check_devices("mps", devices)
    check_devices("cpu", 2)


class Two(There):
    @staticmethod
    def auto_device_count() -> int:
        return 2


def test_devices_that_are_not_there_are_not_replaced_by_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CUDAAccelerator", Missing)
    monkeypatch.setattr(module, "MPSAccelerator", Missing)
    for devices in (-1, [0]):
        with pytest.raises(ConfigError, match="names GPUs, and this machine has none that torch can use"):
            check_devices("auto", devices)
    with pytest.raises(ConfigError, match=r"^trainer\.devices=99 asks for GPUs, and this machine has none"):
        check_devices("auto", 99)
    for accelerator, devices in (("auto", 1), ("auto", "auto"), ("cpu", 3)):
        check_devices(accelerator, devices)
    monkeypatch.setattr(module, "CUDAAccelerator", Two)
    for devices in (1, 2, -1, "auto", [1]):
        check_devices("auto", devices)
    for devices in (3, [2]):
        with pytest.raises(ConfigError, match="more GPUs than the 2 of this machine"):
            check_devices("gpu", devices)
    check_devices("cpu", 3)


def test_slurm_alone_has_lightning_hear_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGTERM is heard by whoever heard it before the fit."""
    before = signal.getsignal(signal.SIGTERM)
    playing = trainer()
    playing._signal_connector.register_signal_handlers()
    try:
        assert signal.getsignal(signal.SIGTERM) is before
    finally:
        playing._signal_connector.teardown()


def test_a_run_without_a_batch_left_begins_and_ends(composed: Any) -> None:
    """Stopped after its last batch, it has yet to be measured and drawn."""
    heard: list[str] = []

    class Notes(Callback):
        def on_train_start(self, *_: Any) -> None:
            heard.append("start")

        def on_train_batch_start(self, *_: Any) -> None:
            heard.append("batch")

        def on_train_end(self, *_: Any) -> None:
            heard.append("end")

    for left in (1, 0):
        experiment = assemble(composed("trainer.max_steps=1", "callbacks.samples=null"))
        experiment.trainer.callbacks.insert(0, Notes())  # type: ignore[attr-defined]
        last = None if left else str(experiment.trainer.checkpoint_callbacks[0].last)  # type: ignore[attr-defined]
        experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=last, weights_only=True)
    assert heard == ["start", "batch", "end", "start", "end"]

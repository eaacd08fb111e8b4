"""Lightning's trainer with defaults for players that move in turns."""

import signal
from typing import Annotated, Any, Literal

import pytorch_lightning as pl
from pydantic import Field
from pytorch_lightning.accelerators import CPUAccelerator, CUDAAccelerator, MPSAccelerator
from pytorch_lightning.callbacks import Checkpoint, ProgressBar
from pytorch_lightning.loops.fit_loop import _FitLoop
from pytorch_lightning.strategies import SingleDeviceStrategy, Strategy
from pytorch_lightning.trainer.connectors.signal_connector import _SignalConnector

from gan_runner.config.errors import ConfigError
from gan_runner.systems.scaling import ScalerPerPlayer
from gan_runner.training.batches import Batches
from gan_runner.training.precision import Precision, choose, on_cuda
from gan_runner.training.strategy import NAME, AveragedGradients
from gan_runner.types import Kind, NaturalInt, PositiveInt

Limit = PositiveInt | Literal[-1]
Devices = PositiveInt | Literal[-1, "auto"] | Annotated[list[NaturalInt], Field(min_length=1)]
"""How many, all of them, or which ones."""
Engine = Literal["eager", "compile"]
"""Whether the steps of a batch are played one operation after another, or as one compiled function."""
Accelerator = Literal["auto", "cpu", "gpu", "cuda", "mps"]


class Trainer(pl.Trainer):
    """pytorch_lightning.Trainer whose precision may be `auto`, and whose max_steps counts batches seen.

    kind: of what is played with, by which precision=auto decides. strategy=auto is one process on one device and
    AveragedGradients on more. engine: how steps are played (systems/engine.py). Every other argument is Lightning's.
    Raises ConfigError for devices that are not there and for strategies that cannot play a game of two.
    """

    def __init__(
        self,
        *,
        kind: Kind,
        max_steps: Limit = -1,
        max_epochs: Limit | None = None,
        precision: Precision = "auto",
        accelerator: Accelerator = "auto",
        devices: Devices = 1,
        num_nodes: PositiveInt = 1,
        strategy: Any = "auto",
        sync_batchnorm: bool = False,
        log_every_n_steps: PositiveInt = 50,
        engine: Engine = "eager",
        **kwargs: Any,
    ) -> None:
        self.engine = engine
        check_accelerator(accelerator)
        check_devices(accelerator, devices)
        check_strategy(strategy)
        # callbacks.progress=null and callbacks.checkpoint=null mean none, not Lightning's own.
        for key, doing in (("enable_progress_bar", ProgressBar), ("enable_checkpointing", Checkpoint)):
            kwargs.setdefault(key, any(isinstance(callback, doing) for callback in kwargs.get("callbacks") or []))
        chosen = choose(precision, accelerator, kind)
        if chosen == "16-mixed":
            scaler = ScalerPerPlayer("cuda" if on_cuda(accelerator) else "cpu")
            kwargs["plugins"] = [scaler, *plugins_of(kwargs.get("plugins"))]
        super().__init__(
            max_steps=max_steps,
            max_epochs=max_epochs,
            precision=None if chosen == "16-mixed" else chosen,
            accelerator=accelerator,
            devices=devices,
            num_nodes=num_nodes,
            strategy=NAME if strategy == "auto" and (devices, num_nodes) != (1, 1) else strategy,
            sync_batchnorm=sync_batchnorm,
            log_every_n_steps=log_every_n_steps,
            **kwargs,
        )
        self._signal_connector = _SlurmAlone(self)
        loop = _ToItsEnd(self, self.fit_loop.min_epochs, self.fit_loop.max_epochs)
        loop.epoch_loop = Batches(self, self.fit_loop.epoch_loop.min_steps, self.fit_loop.epoch_loop.max_steps)
        self.fit_loop = loop
        if sync_batchnorm and isinstance(self.accelerator, CPUAccelerator):
            raise ConfigError(
                "trainer.sync_batchnorm=true needs GPUs, torch joins the statistics of batches on them alone: "
                "set trainer.sync_batchnorm=false"
            )


class _ToItsEnd(_FitLoop):
    """A run that was stopped after its last batch has its end to come: what is measured and drawn there.

    Lightning leaves out the start and the end of a run that has no batch left to play.
    """

    @property
    def skip(self) -> bool:
        return self.max_batches == 0 or self.trainer.limit_train_batches == 0


class _SlurmAlone(_SignalConnector):
    """Leaves SIGTERM to runs/interruption.py, and takes the signal by which Slurm has a job queued again.

    Lightning's own way notes SIGTERM and looks between batches. It ends with 0, and with several ranks asks them from
    within the handler, where they may be asking each other something else.
    """

    def register_signal_handlers(self) -> None:
        heard = signal.getsignal(signal.SIGTERM)
        super().register_signal_handlers()
        self._register_signal(signal.SIGTERM, heard)


def plugins_of(plugins: Any) -> list[Any]:
    """Lightning takes a list of them, one, or None."""
    return [] if plugins is None else list(plugins) if isinstance(plugins, list | tuple) else [plugins]


def check_accelerator(accelerator: str) -> None:
    """Raises ConfigError for a GPU where there is none."""
    missing = {
        "gpu": not (CUDAAccelerator.is_available() or MPSAccelerator.is_available()),
        "cuda": not CUDAAccelerator.is_available(),
    }
    if missing.get(accelerator, False):
        raise ConfigError(
            f"trainer.accelerator={accelerator}: this machine has no GPU that torch can use: take trainer=cpu, or "
            f"trainer=ddp_cpu for several processes"
        )


def check_devices(accelerator: str, devices: Any) -> None:
    """Raises ConfigError for processors by number, or all of them: they are one device, which processes share.

    Several processes on the processor are asked for by name: accelerator=auto means GPUs where devices counts them.
    Raises ConfigError for GPUs that are not there.
    """
    gpus = CUDAAccelerator.auto_device_count() if CUDAAccelerator.is_available() else 0
    on_processor = accelerator == "cpu" or (accelerator == "auto" and not gpus and not MPSAccelerator.is_available())
    if on_processor and (devices == -1 or isinstance(devices, list)):
        where = "trainer.accelerator is cpu" if accelerator == "cpu" else "this machine has none that torch can use"
        raise ConfigError(
            f"trainer.devices={devices} names GPUs, and {where}: give the number of processes, "
            f"as in trainer=ddp_cpu trainer.devices=2"
        )
    if on_processor and accelerator == "auto" and devices not in (1, "auto"):
        raise ConfigError(
            f"trainer.devices={devices} asks for GPUs, and this machine has none that torch can use: set "
            "trainer.devices=1, or trainer.accelerator=cpu, as in trainer=ddp_cpu, for that many processes"
        )
    asked = max(devices) + 1 if isinstance(devices, list) else devices
    if gpus and accelerator in ("auto", "gpu", "cuda") and isinstance(asked, int) and asked > gpus:
        raise ConfigError(
            f"trainer.devices={devices} asks for more GPUs than the {gpus} of this machine: set trainer.devices=-1 for "
            f"all of them"
        )


def check_strategy(strategy: str | Strategy) -> None:
    """Raises ConfigError for all but one process on one device and AveragedGradients."""
    if isinstance(strategy, AveragedGradients | SingleDeviceStrategy) or strategy in ("auto", NAME):
        return
    name = strategy if isinstance(strategy, str) else type(strategy).__name__
    raise ConfigError(
        f"trainer.strategy={name} cannot train two players that move in turns, since it synchronises or shards one "
        f"module through one backward: take trainer=ddp, on processors trainer=ddp_cpu (trainer.strategy={NAME})"
    )

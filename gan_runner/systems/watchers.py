"""Who watches or changes an optimizer's step, so that it cannot be played without asking them."""

from typing import Any

from pytorch_lightning import Callback
from pytorch_lightning.plugins import Precision
from pytorch_lightning.profilers import PassThroughProfiler
from pytorch_lightning.strategies import SingleDeviceStrategy


def looks_at_gradients(trainer: Any) -> bool:
    """Whether a callback is to be called between backward and step."""
    hook = "on_before_optimizer_step"
    return any(getattr(type(one), hook) is not getattr(Callback, hook) for one in trainer.callbacks)


def steps_alone(trainer: Any) -> bool:
    """Whether an optimizer's step is its own affair: no ranks, scaler, profiler, no callback at gradients."""
    return (
        type(trainer.strategy) is SingleDeviceStrategy
        and type(trainer.precision_plugin) is Precision
        and type(trainer.profiler) is PassThroughProfiler
        and not looks_at_gradients(trainer)
    )

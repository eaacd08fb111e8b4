"""Lightning's loop over batches, without the calls that reach nobody."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, LightningModule
from pytorch_lightning.loops.training_epoch_loop import _TrainingEpochLoop
from pytorch_lightning.profilers import PassThroughProfiler


class Batches(_TrainingEpochLoop):
    """Plays a batch as Lightning does, and calls those hooks alone that somebody has written.

    Lightning calls every hook of every callback under a profiler's eye, and looks up on each batch which arguments
    training_step takes: a sixteenth of a small game's time. Where somebody does watch (trainer.profiler), where ranks
    have to agree, where the module may leave a batch out, and on the first batch after a resume its own way is taken.
    """

    def on_run_start(self, data_fetcher: Any) -> None:
        super().on_run_start(data_fetcher)
        trainer = self.trainer
        module, callbacks = trainer.lightning_module, trainer.callbacks
        self._is_plain = (
            type(trainer.profiler) is PassThroughProfiler
            and trainer.world_size == 1
            and not written([module], LightningModule, "on_train_batch_start", "on_train_batch_end")
            and not module.automatic_optimization
        )
        self._starts = written(callbacks, Callback, "on_train_batch_start")
        self._ends = written(callbacks, Callback, "on_train_batch_end")

    def advance(self, data_fetcher: Any) -> None:
        if self.restarting or not self._is_plain:
            super().advance(data_fetcher)
            return
        trainer: Any = self.trainer
        batch, _, _ = next(data_fetcher)
        index = self.batch_idx + 1
        self.batch_progress.is_last_batch = data_fetcher.done
        batch = trainer.lightning_module._on_before_batch_transfer(trainer.precision_plugin.convert_input(batch))
        batch = trainer.strategy.batch_to_device(batch, dataloader_idx=0)
        self.batch_progress.increment_ready()
        trainer._logger_connector.on_batch_start(batch)
        self._call("on_train_batch_start", self._starts, batch, index)
        self.batch_progress.increment_started()
        outputs = self.manual_optimization.run(OrderedDict(batch=batch, batch_idx=index))
        self.batch_progress.increment_processed()
        self._call("on_train_batch_end", self._ends, outputs, batch, index)
        trainer._logger_connector.on_batch_end()
        self.batch_progress.increment_completed()
        trainer._logger_connector.update_train_step_metrics()

    def _call(self, name: str, hooks: list[Callable[..., Any]], *arguments: Any) -> None:
        module: Any = self.trainer.lightning_module
        module._current_fx_name = name  # by this module.log() knows where it was called
        for hook in hooks:
            hook(self.trainer, module, *arguments)
        module._current_fx_name = None


def written(objects: list[Any], base: type, *names: str) -> list[Callable[..., Any]]:
    """The hooks of these names that are not as the base class has them, in the objects' order."""
    hooks = [(getattr(one, name), getattr(base, name)) for one in objects for name in names]
    return [hook for hook, idle in hooks if getattr(hook, "__func__", None) is not idle]

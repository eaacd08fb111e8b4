"""Lightning's loop over batches, without the calls that reach nobody."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from pytorch_lightning import Callback, LightningModule
from pytorch_lightning.core.hooks import DataHooks
from pytorch_lightning.loops.training_epoch_loop import _TrainingEpochLoop
from pytorch_lightning.profilers import PassThroughProfiler

from gan_runner.callbacks.base import Periodic


class Batches(_TrainingEpochLoop):
    """Plays a batch as Lightning does, and calls those hooks alone that somebody has written.

    Lightning calls every hook of every callback under a profiler's eye and looks up on each batch which arguments
    training_step takes: a sixteenth of a small game's time. It also looks up who moves the batch to its device, and
    goes through what module.log() was told, be it nothing. Where somebody does watch (trainer.profiler), where ranks
    have to agree, where the module may leave a batch out, and on the first batch after a resume its own way is taken.
    """

    def on_run_start(self, data_fetcher: Any) -> None:
        super().on_run_start(data_fetcher)
        trainer: Any = self.trainer
        module, callbacks = trainer.lightning_module, trainer.callbacks
        self._is_plain = (
            type(trainer.profiler) is PassThroughProfiler
            and trainer.world_size == 1
            and not written([module], LightningModule, "on_train_batch_start", "on_train_batch_end")
            and not module.automatic_optimization
        )
        self._starts = written(callbacks, Callback, "on_train_batch_start")
        self._ends = [(every_of(hook), hook) for hook in written(callbacks, Callback, "on_train_batch_end")]
        hooks = trainer._data_connector._datahook_selector.get_instance
        self._before = written([hooks("on_before_batch_transfer")], DataHooks, "on_before_batch_transfer")
        self._transfer = written([hooks("transfer_batch_to_device")], DataHooks, "transfer_batch_to_device")
        self._after = written([hooks("on_after_batch_transfer")], DataHooks, "on_after_batch_transfer")
        self._is_quiet = self._is_plain and not trainer.enable_validation and trainer.accumulate_grad_batches == 1
        """Whether nothing is due after a batch."""

    def advance(self, data_fetcher: Any) -> None:
        if self.restarting or not self._is_plain:
            super().advance(data_fetcher)
            return
        trainer: Any = self.trainer
        batch, _, _ = next(data_fetcher)
        index = self.batch_idx + 1
        self.batch_progress.is_last_batch = data_fetcher.done
        batch = self._on_device(batch)
        self.batch_progress.increment_ready()
        trainer._logger_connector.on_batch_start(batch)
        self._call("on_train_batch_start", self._starts, batch, index)
        self.batch_progress.increment_started()
        outputs = self.manual_optimization.run(OrderedDict(batch=batch, batch_idx=index))
        self.batch_progress.increment_processed()
        step, last = self.global_step, trainer.max_steps
        due = [hook for every, hook in self._ends if every == 1 or step % every == 0 or step == last]
        self._call("on_train_batch_end", due, outputs, batch, index)
        if self._results:  # what module.log() was told
            trainer._logger_connector.on_batch_end()
        self._results.batch = None
        self.batch_progress.increment_completed()
        if self._results:
            trainer._logger_connector.update_train_step_metrics()

    def on_advance_end(self, data_fetcher: Any) -> None:
        trainer: Any = self.trainer
        if self._is_quiet and not (self._skip_next_val or trainer.should_stop or trainer.received_sigterm):
            self._batches_that_stepped += 1
        else:
            super().on_advance_end(data_fetcher)

    def _on_device(self, batch: Any) -> Any:
        """As the precision and the hooks of the data have it."""
        trainer: Any = self.trainer
        device = trainer.strategy.root_device
        batch = trainer.precision_plugin.convert_input(batch)
        for before in self._before:
            batch = before(batch, 0)
        for transfer in self._transfer:
            batch = transfer(batch, device, 0)
        if not self._transfer and device.type != "cpu":  # where a batch is made
            batch = trainer.lightning_module.transfer_batch_to_device(batch, device, 0)
        for after in self._after:
            batch = after(batch, 0)
        return batch

    def _call(self, name: str, hooks: list[Callable[..., Any]], *arguments: Any) -> None:
        module: Any = self.trainer.lightning_module
        module._current_fx_name = name  # by this module.log() knows where it was called
        for hook in hooks:
            hook(self.trainer, module, *arguments)
        module._current_fx_name = None


def every_of(hook: Callable[..., Any]) -> int:
    """How many batches lie between two at which it does something; the last of a run is one too."""
    callback = getattr(hook, "__self__", None)
    every_so_often = getattr(hook, "__func__", None) is Periodic.on_train_batch_end
    return callback.every if isinstance(callback, Periodic) and every_so_often else 1


def written(objects: list[Any], base: type, *names: str) -> list[Callable[..., Any]]:
    """The hooks of these names that are not as the base class has them, in the objects' order."""
    hooks = [(getattr(one, name), getattr(base, name)) for one in objects for name in names]
    return [hook for hook, idle in hooks if getattr(hook, "__func__", None) is not idle]

"""What callbacks share: acting every so often and at the end, pictures for TensorBoard."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from PIL import Image
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger
from torchvision.transforms.functional import pil_to_tensor


class Periodic(Callback, ABC):
    """Acts every `every` batches and at the end of the run, once at each of them."""

    every: int
    acted_at: int = -1
    """The batches of the run when it last did."""

    @abstractmethod
    def act(self, trainer: Trainer, system: LightningModule) -> None:
        """What it does."""

    def act_once(self, trainer: Trainer, system: LightningModule) -> None:
        """Act, unless that was done at this batch."""
        if self.acted_at != trainer.global_step:
            self.acted_at = trainer.global_step
            self.act(trainer, system)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step % self.every == 0 or trainer.global_step == trainer.max_steps:
            self.act_once(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.act_once(trainer, pl_module)  # ended by its epochs, or by another callback


def show(trainer: Trainer, tag: str, picture: Image.Image, step: int) -> None:
    """To TensorBoard, where that is on."""
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image(tag, pil_to_tensor(picture), step)

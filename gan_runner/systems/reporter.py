"""What some batches told, sent to the loggers."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import torch
from pytorch_lightning import Trainer
from torch import Tensor


class Reporter:
    """Reports the first batch of a run, and every `trainer.log_every_n_steps`-th; and how fast it goes."""

    def __init__(self, trainer: Trainer, images_seen: int) -> None:
        self.trainer = trainer
        self.every = max(1, trainer.log_every_n_steps)  # type: ignore[attr-defined]
        self._since = (images_seen, perf_counter())

    def is_due(self, step: int) -> bool:
        """Whether the batch that comes after `step` others is reported."""
        return step == 0 or (step + 1) % self.every == 0

    def next_due(self, step: int) -> int:
        """The batches before the one that is reported next, of those that come after `step` others."""
        return step if step == 0 else step + -(step + 1) % self.every

    def send(
        self, figures: Mapping[str, Tensor], known: Mapping[str, float], images_seen: int, batches: int
    ) -> dict[str, float]:
        """Send figures (scalars), means over ranks, with what all ranks know; returns all that was sent.

        Reading them is the only moment the host waits for the device, and for other ranks beside their steps.
        """
        local = torch.stack([value.detach().float() for value in figures.values()])
        values: Any = self.trainer.strategy.reduce(local, reduce_op="mean")
        sent = dict(zip(figures, values.tolist(), strict=True)) | dict(known)
        sent["images_per_second"] = self._speed(images_seen)
        for logger in self.trainer.loggers:
            logger.log_metrics(sent, batches)
        return sent

    def _speed(self, images_seen: int) -> float:
        (before, then), now = self._since, perf_counter()
        self._since = (images_seen, now)
        return float((images_seen - before) / max(now - then, 1e-9))

"""See what becomes of the same images, again and again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from gan_runner.callbacks.samples import show
from gan_runner.data.decks import TooFewError
from gan_runner.images.drawing import panel
from gan_runner.images.ranges import to_unit_range
from gan_runner.systems.translation import Translation
from gan_runner.types import Batch, PositiveInt, Split

log = logging.getLogger(__name__)


class Panels(Callback):
    """Draw the evaluation networks' translations of `count` fixed images every `every` batches, at the start and at the
    end: a row for each, beside what it should have become (pairs) or what comes back of it (cycles).

    <folder>/<direction>_<batches>.png; TensorBoard shows the same as `samples/<direction>`. `split`: where the images
    are drawn from, by `seed`; without enough in the test split, from train. Whatever a network draws while it
    translates (dropout, say) is the same each time, and training never notices. Silent for systems that start from
    latents, whose pictures are callbacks.samples'.
    """

    def __init__(
        self, folder: str, seed: int, every: PositiveInt = 500, count: PositiveInt = 4, split: Split = "test"
    ) -> None:
        self.folder, self.seed, self.every, self.count, self.split = Path(folder), seed, every, count, split
        self.notes: list[str] = []
        self.batch: Batch | None = None
        self._drawn_at = -1

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or not isinstance(pl_module, Translation):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.batch = self._deal(trainer.datamodule)  # type: ignore[attr-defined]
        if trainer.global_step == 0:
            self._draw(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step % self.every == 0 and self.batch is not None:
            self._draw(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.batch is not None and trainer.global_step != self._drawn_at:
            self._draw(trainer, pl_module)

    def _deal(self, data: Any) -> Batch:
        """The images that are shown, the same in every run of this seed."""
        try:
            deck = data.deck(self.split)
        except TooFewError as error:
            self.notes.append(f"callbacks.panels shows images of the training split: {error}")
            log.warning(self.notes[-1])
            deck = data.deck("train")
        private = torch.Generator().manual_seed(self.seed % 2**32)
        batch = deck[torch.randperm(len(deck), generator=private)[: self.count]]
        return Batch(to_unit_range(batch.real), None, to_unit_range(batch.source))

    @torch.no_grad()
    def _draw(self, trainer: Trainer, system: LightningModule) -> None:
        assert isinstance(system, Translation)
        assert self.batch is not None
        self._drawn_at, device = trainer.global_step, system.device
        assert self.batch.source is not None
        there = Batch(self.batch.real.to(device), None, self.batch.source.to(device))
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            views = system.views(there)
        for direction, columns in views.items():
            picture = panel(columns)
            picture.save(self.folder / f"{direction}_{self._drawn_at:08d}.png")
            show(trainer, f"samples/{direction}", picture, self._drawn_at)

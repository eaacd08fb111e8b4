"""See what becomes of the same images, again and again."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import torch
from pytorch_lightning import LightningModule, Trainer

from gan_runner.callbacks.base import Interruptible, keep_and_show
from gan_runner.data.decks import TooFewError
from gan_runner.images.drawing import panel
from gan_runner.images.ranges import to_unit_range
from gan_runner.rng import isolated
from gan_runner.systems.capabilities import Views
from gan_runner.types import Batch, PathString, PositiveInt, Split

log = logging.getLogger(__name__)


class Panels(Interruptible):
    """Draw what the evaluation networks make of `count` fixed images every `every` batches, at the start and at the
    end: a row for each, beside what it should have become (pairs) or what comes back of it (cycles).

    <folder>/<direction>_<batches>.png; TensorBoard shows the same as `samples/<direction>`. `split`: where the images
    are drawn from, by `seed`; without enough in the test split, from train. Whatever a network draws while it
    translates (dropout, say) is the same each time, and training never notices. Silent for systems that start from
    latents alone, whose pictures are callbacks.samples'.
    """

    def __init__(
        self, folder: PathString, seed: int, every: PositiveInt = 500, count: PositiveInt = 4, split: Split = "test"
    ) -> None:
        self.folder, self.seed, self.every, self.count, self.split = Path(folder), seed, every, count, split
        self.notes: list[str] = []
        self.batch: Batch | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or Views.of(pl_module) is None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self.batch = self._deal(trainer.datamodule)  # type: ignore[attr-defined]
        if trainer.global_step == 0:
            self.act_once(trainer, pl_module)
        self.make_up(trainer, pl_module)

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        if (batch := self.batch) is not None:
            self.came_through(system, lambda: self._draw(trainer, system, batch))

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
        source = None if batch.source is None else to_unit_range(batch.source)
        return Batch(to_unit_range(batch.real), batch.label, source)

    @torch.no_grad()
    def _draw(self, trainer: Trainer, module: LightningModule, batch: Batch) -> None:
        system = Views.of(module)
        assert system is not None
        with isolated(self.seed):
            views = system.views(batch.to(system.device))
        for name, columns in views.items():
            picture = panel(columns)
            path = self.folder / f"{name}_{trainer.global_step:08d}.png"
            keep_and_show(picture, path, trainer, f"samples/{name}", trainer.global_step)

"""See the same latents at every size of a growing game."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from PIL import Image
from pytorch_lightning import Callback, LightningModule, Trainer
from torch import Tensor

from gan_runner.callbacks.base import keep, keep_and_show
from gan_runner.files import replacing
from gan_runner.images.drawing import gif, grid, side_by_side
from gan_runner.images.lettering import below_names
from gan_runner.layers.conditioning import drawn_rows
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Plays, Samples
from gan_runner.tricks.growing import Growing
from gan_runner.types import PathString, PositiveInt

FRAME = 1000
"""Milliseconds that the animation shows a size."""

log = logging.getLogger(__name__)


class Stages(Callback):
    """Draw what the evaluation network makes of `count` latents whenever a size has had its time, and at the end.

    <folder>/stage_<pixels>.png, a column; <folder>/stages.png, the columns so far side by side below their sizes, which
    TensorBoard shows as `stages`; at the end <folder>/stages.gif. Latents are drawn from `seed` by a random number
    generator of their own. Without tricks.growing it does nothing; with it, it says at the start how many batches the
    growth takes, and then when it grows and why.
    """

    def __init__(self, folder: PathString, seed: int, count: PositiveInt = 8) -> None:
        self.folder, self.seed, self.count = Path(folder), seed, count
        self._growing: Growing | None = None
        self._reached = 0
        self._phase = (0, False)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._growing = _growing(pl_module)
        if self._growing is None or not trainer.is_global_zero:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._reached = self._newest(self._growing)
        self._phase = (self._growing.stage, self._growing.fading)
        batch_size = trainer.datamodule.batch_size  # type: ignore[attr-defined]
        needed = self._growing.batches_to_top(batch_size, trainer.world_size)
        if 0 < trainer.max_steps < needed:
            log.warning(
                "growing to full size takes %d batches, trainer.max_steps=%d ends before: set fewer "
                "tricks.growing.stable_images and fade_images, or more batches",
                needed,
                trainer.max_steps,
            )
        else:
            log.info("full size is reached after %d batches at the latest", needed)

    def on_train_batch_end(self, trainer: Trainer, pl_module: LightningModule, *rest: object) -> None:
        if self._growing is None or not trainer.is_global_zero:
            return
        if self._phase != (phase := (self._growing.stage, self._growing.fading)):
            self._phase = phase
            log.info("after %d batches: %s", trainer.global_step, self._growing.why)
        newest = self._newest(self._growing)
        if newest > self._reached:
            self._draw(trainer, pl_module, 4 * 2**self._reached)
            self._reached = newest

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._growing is None or not trainer.is_global_zero:
            return
        self._draw(trainer, pl_module, self._growing.size)
        columns = self._columns()
        with replacing(self.folder / "stages.gif") as beside:
            gif([Image.open(path) for path in columns], beside, FRAME, [_size(path) for path in columns])

    # ---- what is drawn ------------------------------------------------------------------------------------------

    @torch.no_grad()
    def _draw(self, trainer: Trainer, pl_module: LightningModule, pixels: int) -> None:
        system = Samples.of(pl_module)
        assert system is not None
        network, _ = system.sampler()
        source, label = self._deal(system)
        images = generate(network, source.to(system.device), label)
        fourth_is_band = trainer.datamodule.fourth_is_band  # type: ignore[attr-defined]
        keep(grid(images, 1, fourth_is_band), self.folder / f"stage_{pixels:04d}.png")
        columns = self._columns()
        strip = side_by_side([Image.open(path) for path in columns])
        strip = below_names(strip, [_size(path) for path in columns])
        keep_and_show(strip, self.folder / "stages.png", trainer, "stages", trainer.global_step)

    def _deal(self, system: Samples) -> tuple[Tensor, Tensor | None]:
        """The same latents and labels at every call."""
        private = torch.Generator().manual_seed(self.seed % 2**32)
        source = system.latent.sample(self.count, generator=private)
        classes = system.origin.classes
        if system.origin.conditions is not None:
            return source, drawn_rows(system.origin.conditions, self.count, private).to(system.device)
        return source, None if classes is None else torch.arange(self.count, device=system.device) % classes

    def _columns(self) -> list[Path]:
        return sorted(self.folder.glob("stage_*.png"))

    @staticmethod
    def _newest(growing: Growing) -> int:
        return growing.stage + growing.fading


def _size(column: Path) -> str:
    """4 × 4, of stage_0004.png."""
    pixels = int(column.stem.partition("_")[2])
    return f"{pixels} × {pixels}"


def _growing(module: LightningModule) -> Growing | None:
    system = Plays.of(module)
    if system is None or Samples.of(module) is None:
        return None
    tricks = (trick for game in system.all_games for trick in game.tricks.values())
    return next((trick for trick in tricks if isinstance(trick, Growing)), None)

"""See what the generator makes of the same latents, again and again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import TensorBoardLogger
from torch import Tensor
from torchvision.transforms.functional import pil_to_tensor

from gan_runner.images.drawing import gif, grid, places, scatter
from gan_runner.monitoring.decision_surface import decision_surface
from gan_runner.systems.gan import GAN, generate
from gan_runner.types import PositiveInt

FRAMES = 60
"""The most pictures an animation shows."""
CLASSES = 12
"""The most classes a grid shows."""
POINTS = 2000
"""How many points a scatter plot shows of each kind."""


class Samples(Callback):
    """Draw the evaluation network's answer to fixed latents every `every` batches, at the start and at the end.

    <folder>/<batches>.png, beside <folder>/real.png; TensorBoard shows the same as `samples` and `samples/real`.
    A grid of `count` images: of a conditional game each column is one class and each row one latent. Points are a
    scatter plot on the reals, above what the discriminator believes: rose places look fake to it, green ones real.
    At the end <folder>/progress.gif shows the whole run. Latents are drawn from `seed` by a random number generator
    of their own, so that a resumed run shows the same ones and training never notices.
    """

    def __init__(self, folder: str, seed: int, every: PositiveInt = 500, count: PositiveInt = 64) -> None:
        self.folder, self.seed, self.every, self.count = Path(folder), seed, every, count
        self.source: Tensor | None = None
        self.label: Tensor | None = None
        self._real: Tensor | None = None
        self._drawn_at = -1

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if not trainer.is_global_zero or not isinstance(pl_module, GAN):
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        self._deal(pl_module)
        self._draw_real(trainer, pl_module)
        if trainer.global_step == 0:
            self._draw(trainer, pl_module)

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step % self.every == 0 and self.source is not None:
            self._draw(trainer, pl_module)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.source is None:
            return
        if trainer.global_step != self._drawn_at:
            self._draw(trainer, pl_module)
        self._animate()

    # ---- what is drawn ------------------------------------------------------------------------------------------

    def _deal(self, system: GAN) -> None:
        """The fixed latents and labels: every class gets the same latents."""
        private = torch.Generator().manual_seed(self.seed % 2**32)
        if _is_points(system):
            count, classes = POINTS, [0]
        else:
            count, classes = self.count, _classes(system)
        rows = max(1, count // len(classes))
        source = system.latent.sample(rows, generator=private)
        self.source = source.repeat_interleave(len(classes), dim=0)
        self.label = torch.tensor(classes).repeat(rows) if _is_conditional(system) else None
        if self.label is not None and _is_points(system):
            self.label = torch.arange(rows) % system.origin["num_classes"]

    @torch.no_grad()
    def _draw(self, trainer: Trainer, pl_module: LightningModule) -> None:
        assert isinstance(pl_module, GAN)
        assert self.source is not None
        network, _ = pl_module.game.sampler()
        device = pl_module.device
        label = None if self.label is None else self.label.to(device)
        # A network may draw noise of its own: the same at every step, and not from the run's random numbers.
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(self.seed)
            fake = generate(network, self.source.to(device), label)
        self._drawn_at = trainer.global_step
        picture = self._plot(fake, pl_module) if _is_points(pl_module) else grid(fake, self._columns())
        picture.save(self.folder / f"{self._drawn_at:08d}.png")
        show(trainer, "samples", picture, self._drawn_at)

    def _plot(self, fake: Tensor, system: GAN) -> Image.Image:
        """Points, on what an unconditional discriminator of the plane makes of it."""
        assert self._real is not None
        shown = system.game.shape == (2,) and self.label is None
        believed = decision_surface(system.game, places(self._real).to(system.device)) if shown else None
        return scatter(self._real, fake, believed)

    def _draw_real(self, trainer: Trainer, system: GAN) -> None:
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        if _is_points(system):
            self._real = data.examples(POINTS).real
            picture = scatter(self._real, torch.empty(0, 2))
        else:
            picture = grid(self._arranged(data), self._columns())
        if not (self.folder / "real.png").exists():
            picture.save(self.folder / "real.png")
            show(trainer, "samples/real", picture, trainer.global_step)

    def _arranged(self, data: Any) -> Tensor:
        """Reals in the places of the samples: of the same class, where there are labels and enough of them."""
        assert self.source is not None
        if self.label is None:
            images: Tensor = data.examples(len(self.source)).real
            return images
        batch = data.examples(8 * len(self.label))
        places = {y: (batch.label == y).nonzero().flatten().tolist() for y in self.label.unique().tolist()}
        at = [places[y].pop() if places[y] else None for y in self.label.tolist()]
        blank = torch.ones_like(batch.real[0])
        return torch.stack([blank if place is None else batch.real[place] for place in at])

    def _columns(self) -> int | None:
        return None if self.label is None else len(self.label.unique())

    def _animate(self) -> None:
        pictures = sorted(path for path in self.folder.glob("*.png") if re.fullmatch(r"\d+", path.stem))
        chosen = torch.linspace(0, len(pictures) - 1, min(FRAMES, len(pictures))).round().int().tolist()
        gif([Image.open(pictures[index]) for index in chosen], self.folder / "progress.gif")


def _is_points(system: GAN) -> bool:
    return len(system.game.shape) == 1


def _is_conditional(system: GAN) -> bool:
    return bool(system.origin["config"]["network"]["conditional"])


def _classes(system: GAN) -> list[int]:
    """The classes that have a column, spread over all; one nameless column for an unconditional game."""
    if not _is_conditional(system):
        return [0]
    known: int = system.origin["num_classes"]
    return [int(y) for y in torch.linspace(0, known - 1, min(known, CLASSES))]


def show(trainer: Trainer, tag: str, picture: Image.Image, step: int) -> None:
    """To TensorBoard, where that is on."""
    for logger in trainer.loggers:
        if isinstance(logger, TensorBoardLogger):
            logger.experiment.add_image(tag, pil_to_tensor(picture), step)

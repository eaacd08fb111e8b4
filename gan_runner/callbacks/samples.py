"""See what the generator makes of the same latents, again and again."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from pytorch_lightning import LightningModule, Trainer
from torch import Tensor

from gan_runner.callbacks.base import Interruptible, fit_first, keep_and_show
from gan_runner.config.labels import listed_classes
from gan_runner.files import replacing
from gan_runner.images.captions import batches
from gan_runner.images.drawing import bands_shown, columns_of, gif, grid, places, scatter
from gan_runner.images.lettering import below_names
from gan_runner.layers.conditioning import drawn_rows
from gan_runner.monitoring.decision_surface import decision_surface
from gan_runner.rng import isolated
from gan_runner.runs.interruption import signals
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Plays
from gan_runner.systems.capabilities import Samples as SamplingSystem
from gan_runner.types import PathString, PositiveInt

log = logging.getLogger(__name__)

FRAMES = 60
"""The most pictures an animation shows."""
CLASSES = 12
"""The most classes a grid shows."""
POINTS = 2000
"""How many points a scatter plot shows of each kind."""


class Samples(Interruptible):
    """Draw the evaluation network's answer to fixed latents every `every` batches, at the start and at the end.

    <folder>/<batches>.png, beside <folder>/real.png; TensorBoard shows the same as `samples` and `samples/real`.
    A grid of `count` images: of a conditional game each column is one class, by its name, and each row one latent; of
    labels that are numbers each image has those of some training image.
    Points are a scatter plot on the reals, above what the discriminator believes; its legend tells the colours.
    At the end <folder>/progress.gif shows the whole run, each frame with its batches. Latents are drawn from `seed` by
    a random number generator of their own, so that a resumed run shows the same ones and training never notices.
    """

    def __init__(self, folder: PathString, seed: int, every: PositiveInt = 500, count: PositiveInt = 64) -> None:
        self.folder, self.seed, self.every, self.count = Path(folder), seed, every, count
        self.source: Tensor | None = None
        self.label: Tensor | None = None
        self._real: Tensor | None = None

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = SamplingSystem.of(pl_module)
        if system is None:
            return
        if trainer.is_global_zero:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._deal(system, trainer.datamodule)  # type: ignore[attr-defined]
            self._draw_real(trainer, system)
        if trainer.global_step == 0:
            self.act_once(trainer, system)
        self.make_up(trainer, system)

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        fit_first(trainer, system)
        if self.source is not None:
            self.came_through(system, lambda: self._draw(trainer, system))

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        super().on_train_end(trainer, pl_module)
        if self.source is not None:
            signals.came_through(self._animate)  # or when the run goes on, to its end again

    # ---- what is drawn ------------------------------------------------------------------------------------------

    def _deal(self, system: SamplingSystem, data: Any) -> None:
        """The fixed latents and labels: every class gets the same latents."""
        private = torch.Generator().manual_seed(self.seed % 2**32)
        points, classes = data.kind == "points", system.origin.classes
        columns = [0] if points or classes is None else spread(classes)
        rows = max(1, (POINTS if points else self.count) // len(columns))
        self.source = system.latent.sample(rows, generator=private).repeat_interleave(len(columns), dim=0)
        if classes is not None:
            self.label = torch.arange(rows) % classes if points else torch.tensor(columns).repeat(rows)
        elif system.origin.conditions is not None:
            self.label = drawn_rows(system.origin.conditions, rows, private)
        if classes is not None and not points and system.origin.class_names:
            names = [system.origin.called[column] for column in columns]
            turn = ", in turn" if columns_of(len(columns), len(self.source)) > len(columns) else ""
            log.info("columns of %s/<batches>.png from the left%s: %s", self.folder.name, turn, listed_classes(names))

    @torch.no_grad()
    def _draw(self, trainer: Trainer, module: LightningModule) -> None:
        system = SamplingSystem.of(module)
        assert system is not None
        assert self.source is not None
        network, _ = system.sampler()
        label = None if self.label is None else self.label.to(system.device)
        with isolated(self.seed):
            fake = generate(network, self.source.to(system.device), label)
        picture = self._grid(system, trainer, fake) if self._real is None else self._plot(self._real, fake, system)
        path = self.folder / f"{trainer.global_step:08d}.png"
        keep_and_show(picture, path, trainer, "samples", trainer.global_step)

    def _plot(self, real: Tensor, fake: Tensor, system: SamplingSystem) -> Image.Image:
        """Points, on what an unconditional discriminator of the plane makes of it."""
        playing = Plays.of(system)
        of_points = playing is not None and not playing.judges_codes
        shown = of_points and system.shape == (2,) and self.label is None
        believed, middle = None, "½"
        if playing is not None and shown:
            game = playing.all_games[0]
            believed = decision_surface(game, places(real).to(system.device))
            middle = "½" if game.loss.boundary is not None else "its mean"
        return scatter(real, fake, believed, middle)

    def _draw_real(self, trainer: Trainer, system: SamplingSystem) -> None:
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        if data.kind == "points":
            self._real = data.examples(POINTS).real
            picture = scatter(self._real, torch.empty(0, 2))
        else:
            if shown := bands_shown(data.shape[0], data.fourth_is_band):
                log.info("%s: pictures show %s", self.folder, shown)
            picture = self._grid(system, trainer, self._arranged(data))
        if not (self.folder / "real.png").exists():
            keep_and_show(picture, self.folder / "real.png", trainer, "samples/real", trainer.global_step)

    def _arranged(self, data: Any) -> Tensor:
        """Reals in the places of the samples: of the same class, where there are labels and enough of them."""
        assert self.source is not None
        if self.label is None or self.label.ndim > 1:
            images: Tensor = data.examples(len(self.source)).real
            return images
        batch = data.examples(8 * len(self.label))
        places = {y: (batch.label == y).nonzero().flatten().tolist() for y in self.label.unique().tolist()}
        at = [places[y].pop() if places[y] else None for y in self.label.tolist()]
        blank = torch.ones_like(batch.real[0])
        return torch.stack([blank if place is None else batch.real[place] for place in at])

    def _grid(self, system: SamplingSystem, trainer: Trainer, images: Tensor) -> Image.Image:
        """Below the names of its classes, where each column is of one."""
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        if self.label is None or self.label.ndim > 1:
            return grid(images, None, data.fourth_is_band)
        columns = columns_of(len(self.label.unique()), len(self.label))
        names = [system.origin.called[y] for y in self.label[:columns].tolist()]
        return below_names(grid(images, columns, data.fourth_is_band), names)

    def _animate(self) -> None:
        pictures = sorted(path for path in self.folder.glob("*.png") if re.fullmatch(r"\d+", path.stem))
        chosen = torch.linspace(0, len(pictures) - 1, min(FRAMES, len(pictures))).round().int().tolist()
        with replacing(self.folder / "progress.gif") as beside:
            shown = [pictures[index] for index in chosen]
            titles = [f"after {batches(int(path.stem))}" for path in shown]
            gif([Image.open(path) for path in shown], beside, titles=titles)


def spread(classes: int) -> list[int]:
    """The classes that have a column, spread over all."""
    return [int(y) for y in torch.linspace(0, classes - 1, min(classes, CLASSES))]

"""See what a step along one number of the latent changes: one thing, or several at once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

import torch
from PIL import Image, ImageDraw
from pytorch_lightning import LightningModule, Trainer
from torch import Tensor, nn

from gan_runner.callbacks.base import Interruptible, fit_first, keep_and_show
from gan_runner.figures import build
from gan_runner.images.captions import BLACK, WHITE
from gan_runner.images.drawing import grid
from gan_runner.images.lettering import font
from gan_runner.images.moments import FEATURES, moments
from gan_runner.layers.conditioning import drawn_rows
from gan_runner.rng import isolated
from gan_runner.systems.base import generate
from gan_runner.systems.capabilities import Samples
from gan_runner.types import PathString, Positive, PositiveInt

COLUMNS, REACH = 7, 2.0
"""Images in a row of the picture, from −REACH to REACH along a direction."""
NOTES, LETTERS = 330, 44
"""Pixels beside the rows, for what each direction moves, and the letters of a line there."""
NAMED = 0.25
"""Features are named that move at least this share of what the most moved one does."""


class Directions(Interruptible):
    """Step along each of the first `count` numbers of the latent, every `every` batches and at the end.

    Measured at `samples` latents, with steps of ±`step`: by how much brightness, place, width, height and slant of an
    image change (images/moments.py), in standard deviations of the samples. A direction that changes one of these six
    alone moves 1 feature, one that changes all of them equally 6: (Σ e²)² / Σ e⁴ of its effects e.
    Logged: directions/features_moved, the mean over the directions, each counted by Σ e² (one that changes nothing
    counts nothing); directions/effect, the root mean square of the effects, so that it can be told whether there are
    any. Features go together in the data as well (a wide digit has more ink), so the least that a model can have is
    not 1: compare runs of the same data.
    <folder>/directions_<batches>.png: a row for each direction, and beside it what moves. Silent for systems that make
    no images from latents. Latents are drawn from `seed`; training never notices.
    """

    def __init__(
        self,
        folder: PathString,
        seed: int,
        every: PositiveInt = 1000,
        count: PositiveInt = 8,
        samples: PositiveInt = 200,
        step: Positive = 1.0,
    ) -> None:
        self.folder, self.seed, self.every = Path(folder), seed, every
        self.count, self.samples, self.step = count, samples, step
        self.figures: dict[str, float] = {}
        """What was found last, by full names."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if _able(pl_module) is not None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.make_up(trainer, pl_module)

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        able = _able(system)
        if able is None:
            return
        fit_first(trainer, able)
        if trainer.is_global_zero:
            self.came_through(able, lambda: self._look(trainer, able))

    @torch.no_grad()
    def _look(self, trainer: Trainer, system: Samples) -> None:
        data: Any = trainer.datamodule  # type: ignore[attr-defined]
        network, _ = system.sampler()
        private = torch.Generator().manual_seed(self.seed % 2**32)
        source = system.latent.sample(self.samples, generator=private).to(system.device)
        classes = system.origin.classes
        label = None if classes is None else torch.arange(len(source), device=system.device) % classes
        if system.origin.conditions is not None:
            label = drawn_rows(system.origin.conditions, len(source), private).to(system.device)
        with isolated(self.seed):
            effects = self._effects(network, source, label)
            rows = self._rows(network, source[0], None if label is None else label[:1])
        if not effects.isfinite().all():  # which callbacks.finite will find out
            return
        self.figures = {build("directions", name): value for name, value in figures_of(effects).items()}
        for logger in trainer.loggers:
            logger.log_metrics(self.figures, trainer.global_step)
        picture = beside(grid(rows, COLUMNS, data.fourth_is_band), [told(row) for row in effects])
        path = self.folder / f"directions_{trainer.global_step:08d}.png"
        keep_and_show(picture, path, trainer, "samples/directions", trainer.global_step)

    def _effects(self, network: nn.Module, source: Tensor, label: Tensor | None) -> Tensor:
        """(K, 6): of each direction, by how many standard deviations each feature changes."""

        def seen(latents: Tensor) -> Tensor:
            return moments(generate(network, latents, label)).cpu()

        spread = seen(source).std(0).clamp_min(1e-9)
        found = []
        for step in self._steps(source):
            change = (seen(source + step) - seen(source - step)) / spread
            found.append(change.square().mean(0).sqrt())
        return torch.stack(found)

    def _steps(self, source: Tensor) -> Sequence[Tensor]:
        size = source.shape[1]
        return list(self.step * torch.eye(size, device=source.device)[: self.count])

    def _rows(self, network: nn.Module, start: Tensor, label: Tensor | None) -> Tensor:
        """Images (K · COLUMNS, C, H, W): the one latent, with each of its numbers in turn from −REACH to REACH."""
        directions = min(self.count, len(start))
        walked = start.repeat(directions, COLUMNS, 1)
        for direction in range(directions):
            walked[direction, :, direction] = torch.linspace(-REACH, REACH, COLUMNS, device=start.device)
        latents = walked.flatten(0, 1)
        return generate(network, latents, None if label is None else label.expand(len(latents), *label.shape[1:]))


def at_once(effects: Tensor) -> Tensor:
    """How many features each direction moves, (K, F) -> (K,): from 1 to F; 0 for one that moves nothing."""
    squares = effects.double().square()
    most: Tensor = squares.sum(1).square() / squares.square().sum(1).clamp_min(1e-300)
    return most.float()


def figures_of(effects: Tensor) -> dict[str, float]:
    """By their last names; effects: (K, F)."""
    weight = effects.double().square().sum(1)
    moved = (weight * at_once(effects)).sum() / weight.sum().clamp_min(1e-300)
    return {"features_moved": float(moved), "effect": float(effects.double().square().mean().sqrt())}


def told(effects: Tensor) -> str:
    """What a direction moves, the most moved first; effects: (F,)."""
    order = effects.argsort(descending=True).tolist()
    named = [place for place in order if effects[place] >= NAMED * effects.max()]
    moved = float(at_once(effects[None])[0])
    return f"{moved:.1f} at once: {', '.join(f'{FEATURES[place]} {float(effects[place]):.1f}' for place in named)}"


def beside(picture: Image.Image, notes: Sequence[str]) -> Image.Image:
    """A picture of rows, and a note beside each, in lines that fit."""
    sheet = Image.new("RGB", (picture.width + NOTES, picture.height), WHITE)
    sheet.paste(picture, (0, 0))
    draw, height = ImageDraw.Draw(sheet), picture.height / len(notes)
    for row, note in enumerate(notes):
        moved, _, features = note.partition(": ")
        lines = [f"direction {row + 1} moves {moved}:", *wrap(features, LETTERS)]
        at = (picture.width + 10, (row + 0.5) * height)
        draw.text(at, "\n".join(lines), fill=BLACK, font=font(12), anchor="lm")
    return sheet


def _able(module: object) -> Samples | None:
    system = Samples.of(module)
    return system if system is not None and system.origin.kind == "images" else None

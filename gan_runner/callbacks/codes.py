"""See what the codes of an autoencoder are like, and fit to them what samples may be drawn from."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, sqrt
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from pytorch_lightning import LightningModule, Trainer
from torch import Tensor

from gan_runner import figures
from gan_runner.callbacks.base import Fits, Interruptible, done_whole, keep_and_show
from gan_runner.callbacks.samples import spread
from gan_runner.data.decks import Deck, TooFewError
from gan_runner.images.charts import bars, by_class, tiled
from gan_runner.images.drawing import grid
from gan_runner.images.lettering import titled
from gan_runner.images.ranges import to_unit_range
from gan_runner.latents import kl
from gan_runner.rng import isolated
from gan_runner.systems.capabilities import Encodes, Variational, given
from gan_runner.systems.mixture import FromCodes, Mixture, fitted
from gan_runner.types import Batch, PathString, PositiveInt

log = logging.getLogger(__name__)

ACTIVE = 0.01
"""The variance of a number's mean over data from which it counts as active (Burda et al. 2016, arXiv:1509.00519)."""
CELLS, CELLS_OF_A_CLASS = 20, 8
"""Images on a side of the latent plane; of each class's, where the decoder is told the class."""
AXES = "the first number of the code rises to the right, the second upwards"
READ = 256
"""Samples that are read at a time."""


@dataclass
class Told:
    """What the codes of held-out samples tell: mean codes (N, Z), their labels (N,), and each number's KL (Z,)."""

    codes: Tensor
    label: Tensor | None
    kl: Tensor | None

    @property
    def is_finite(self) -> bool:
        return bool(self.codes.isfinite().all()) and (self.kl is None or bool(self.kl.isfinite().all()))

    @property
    def active(self) -> Tensor:
        """Which numbers of a code depend on the data, (Z,)."""
        return self.codes.var(dim=0, unbiased=False) > ACTIVE


class Codes(Interruptible, Fits):
    """Look at the codes of `count` held-out samples every `every` batches and at the end; silent without codes.

    <folder>/plane_<batches>.png, of codes of one or two numbers: what is decoded of their quantiles from 5 to 95 %, of
    the prior where codes are held to one (Kingma & Welling 2013, fig. 4), else of the codes; of a conditional run a
    plane for each class. <folder>/codes_<batches>.png: the codes by class; of more than two numbers their first two
    principal components. Of codes that are distributions <folder>/kl_<batches>.png: what each number tells, in nats.
    TensorBoard shows the same as samples/plane and so on. Points have no plane.

    Logged, of distributions, under the name of the player who finds them (autoencoder, encoder): active_units, the
    numbers whose mean varies over the data by more than 0.01; kl_most and kl_least, of one number. callbacks.monitor
    looks at them.

    With system.sample_from=mixture it fits the mixture to the codes of `fit_to` training samples, the same ones each
    time, by the evaluation network: before it looks, and whenever samples are drawn, measured or saved (`fit_first`),
    so that the mixture is of the weights that decode it. A run that is told to stop does not wait for a fit: what it
    saves has the newest mixture there is. The first rank fits, and the others take what it found. Samples are drawn
    by `seed`, and the run's random numbers never notice.
    """

    def __init__(
        self,
        folder: PathString,
        seed: int,
        every: PositiveInt = 1000,
        count: PositiveInt = 1000,
        fit_to: PositiveInt = 10_000,
    ) -> None:
        self.folder, self.seed, self.every, self.count, self.fit_to = Path(folder), seed, every, count, fit_to
        self.figures: dict[str, float] = {}
        """What was found last, by full names; after how many batches, and of how many numbers of a code."""
        self.figures_at = self.numbers = 0
        self.notes: list[str] = []
        self._shown: Batch | None = None
        self._fitted_at = -1
        """The batches of the run when a mixture was last fitted, or could not be."""

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        system = Encodes.of(pl_module)
        if system is None:
            return
        if trainer.is_global_zero:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._shown = self._deal(trainer.datamodule)  # type: ignore[attr-defined]
        self.make_up(trainer, system)

    def act(self, trainer: Trainer, system: LightningModule) -> None:
        encoding = Encodes.of(system)
        if encoding is None:
            return
        self.cut_off = not self.fit_now(trainer, encoding)
        if self._shown is not None and not self.cut_off:
            self.came_through(encoding, lambda: self._look(trainer, encoding))

    # ---- what samples are drawn from ----------------------------------------------------------------------------

    def fit_now(self, trainer: Trainer, system: LightningModule) -> bool:
        """All ranks draw from the same mixture."""
        drawing = FromCodes.of(system)
        if drawing is None or drawing.mixture is None or self._fitted_at == trainer.global_step:
            return True
        found = self._fitted(trainer, drawing, drawing.mixture) if trainer.is_global_zero else (False, {})
        whole, mixture = trainer.strategy.broadcast(found)
        if whole:
            self._fitted_at = trainer.global_step
        if mixture:
            drawing.mixture.take(mixture)
        return bool(whole)

    def _fitted(self, trainer: Trainer, system: Encodes, mixture: Mixture) -> tuple[bool, dict[str, Tensor]]:
        """Whether it was not cut off, and the buffers of a mixture, none where codes are not finite."""
        found: dict[str, Tensor] = {}
        deck = trainer.datamodule.deck("train")  # type: ignore[attr-defined]

        def fit() -> None:
            with isolated(self.seed):
                codes = torch.cat(list(self._codes_of(system, deck)))
                found.update(fitted(codes, len(mixture.weights), self.seed))

        try:
            return done_whole(system, fit), found
        except ValueError as error:  # numbers that are not finite are callbacks.finite's
            log.warning(f"no mixture after {trainer.global_step} batches: {error}")
            return True, found

    def _codes_of(self, system: Encodes, deck: Deck) -> Iterator[Tensor]:
        """Those of the same training samples each time, on the processor."""
        order = torch.randperm(len(deck), generator=self._private())[: self.fit_to]
        for part in order.split(READ):
            batch = _unit(deck[part]).to(system.device)
            yield system.encode(given(batch), batch.label).cpu()

    # ---- what is told -------------------------------------------------------------------------------------------

    def _private(self) -> torch.Generator:
        return torch.Generator().manual_seed(self.seed % 2**32)

    def _deal(self, data: Any) -> Batch:
        """The samples that are looked at, the same in every run of this seed."""
        try:
            deck = data.deck("test")
        except TooFewError as error:
            self.notes.append(f"callbacks.codes looks at samples of the training split: {error}")
            log.warning(self.notes[-1])
            deck = data.deck("train")
        return _unit(deck[torch.randperm(len(deck), generator=self._private())[: self.count]])

    @torch.no_grad()
    def _look(self, trainer: Trainer, system: Encodes) -> None:
        with isolated(self.seed):
            told = self._told(system)
            if not told.is_finite:  # which callbacks.finite will find out
                return
            pictures = dict(self._pictures(system, told, trainer.datamodule))  # type: ignore[attr-defined]
        for name, picture in pictures.items():
            path = self.folder / f"{name}_{trainer.global_step:08d}.png"
            keep_and_show(picture, path, trainer, f"samples/{name}", trainer.global_step)
        variational = Variational.of(system)
        if variational is not None and told.kl is not None:
            found = {
                "active_units": float(told.active.sum()),
                "kl_most": float(told.kl.max()),
                "kl_least": float(told.kl.min()),
            }
            self.figures = {figures.build(variational.encoded_by, name): value for name, value in found.items()}
            self.figures_at, self.numbers = trainer.global_step, len(told.kl)
            for logger in trainer.loggers:
                logger.log_metrics(self.figures, trainer.global_step)

    def _told(self, system: Encodes) -> Told:
        assert self._shown is not None
        batch = self._shown.to(system.device)
        variational = Variational.of(system)
        label = self._shown.label
        if variational is None:
            return Told(system.encode(given(batch), batch.label).cpu(), label, None)
        mean, log_variance = variational.posterior(given(batch), batch.label)
        return Told(mean.cpu(), label, kl(mean, log_variance).mean(dim=0).cpu())

    def _pictures(self, system: Encodes, told: Told, data: Any) -> Iterator[tuple[str, Image.Image]]:
        size = told.codes.shape[1]
        if size <= 2 and system.origin.kind == "images":
            yield "plane", self._plane(system, told.codes, data.fourth_is_band)
        if size >= 2:
            yield "codes", scattered(told, system.origin.called)
        if told.kl is not None:
            active = int(told.active.sum())
            title = f"What each number of the code tells: {float(told.kl.sum()):.3g} nats, {active} of {size} active"
            yield "kl", bars(told.kl, told.active, title, ("number of the code, the most telling first", "nats"))

    def _plane(self, system: Encodes, codes: Tensor, fourth_is_band: bool) -> Image.Image:
        """The second number upwards, as in a scatter plot."""
        classes = system.origin.classes
        side = CELLS if classes is None else CELLS_OF_A_CLASS
        rising = system.quantiles(torch.linspace(0.05, 0.95, side), codes)
        first = rising[:, 0]
        if codes.shape[1] == 1:
            cells = first[:, None]
        else:
            y, x = torch.meshgrid(rising[:, 1].flip(0), first, indexing="ij")
            cells = torch.stack([x.flatten(), y.flatten()], dim=1)

        def drawn(y: int | None) -> Image.Image:
            label = None if y is None else torch.full((len(cells),), y, device=system.device)
            return grid(system.decode(cells.to(system.device), label), side, fourth_is_band)

        axes = "the number of the code rises to the right" if codes.shape[1] == 1 else AXES
        if classes is None:
            return titled(drawn(None), f"decoded: {axes}, 5 to 95 %")
        shown = spread(classes)
        planes = tiled([titled(drawn(y), system.origin.called[y]) for y in shown], ceil(sqrt(len(shown))))
        return titled(planes, f"decoded, of each class: {axes}, 5 to 95 %")


def scattered(told: Told, names: tuple[str, ...]) -> Image.Image:
    """Codes by class: their two numbers, or their first two principal components."""
    size = told.codes.shape[1]
    if size == 2:
        return by_class(told.codes, told.label, names, "Codes of held-out samples", ("first number", "second number"))
    centred = told.codes.double() - told.codes.double().mean(dim=0)
    _, spreads, directions = torch.linalg.svd(centred, full_matrices=False)
    share = float(spreads[:2].square().sum() / spreads.square().sum().clamp_min(1e-30))
    title = f"Codes of held-out samples: 2 principal components of {size} numbers, {share:.0%} of their variance"
    points = (centred @ directions[:2].T).float()
    return by_class(points, told.label, names, title, ("first component", "second component"))


def _unit(batch: Batch) -> Batch:
    source = None if batch.source is None else to_unit_range(batch.source)
    return Batch(to_unit_range(batch.real), batch.label, source)

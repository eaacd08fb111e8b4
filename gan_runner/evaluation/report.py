"""What a judgement tells: figures, and what of the samples is worth looking at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gan_runner.evaluation.equal import Figure
from gan_runner.evaluation.few import Note
from gan_runner.figures import control_of, count_of, is_control, scalar_of
from gan_runner.images.drawing import grid, histogram, pairs, panel
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Measure
from gan_runner.types import Direction, Kind

ROWS, COLUMNS, CELLS = 8, 12, 200
"""The size of a sheet of modes."""


@dataclass(frozen=True)
class Report:
    """Figures by name, what they rest on, and what to look at.

    scalars: `<scalar>/<extractor>/<samples>`, controls end as gan_runner.figures says; spreads and reasons: see Figure,
    by the same names. held_out: whether the `reals` were kept from training. notes: what must be known to read them.
    worst: of each direction of a translation, columns (N, C, H, W) by their headings. fourth_is_band: whether the
    fourth of four channels is no transparency.
    """

    scalars: dict[str, float]
    fakes: int
    reals: int
    held_out: bool
    pairs: Pairs | None = None
    found: Found | None = None
    worst: Mapping[Direction, Mapping[str, Tensor]] = field(default_factory=dict)
    spreads: Mapping[str, float] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    fourth_is_band: bool = False

    @classmethod
    def of(
        cls, figures: Mapping[str, Figure], fakes: int, reals: int, held_out: bool, notes: Sequence[Note], **more: Any
    ) -> Report:
        scalars = {name: figure.value for name, figure in figures.items()}
        spreads = {name: figure.spread for name, figure in figures.items() if figure.spread is not None}
        reasons = {name: figure.reason for name, figure in figures.items() if figure.reason is not None}
        return cls(scalars, fakes, reals, held_out, spreads=spreads, reasons=reasons, notes=notes, **more)

    @property
    def figures(self) -> dict[str, Figure]:
        return {
            name: Figure(value, self.spreads.get(name), self.reasons.get(name)) for name, value in self.scalars.items()
        }


@dataclass(frozen=True)
class Pairs:
    """Fakes beside the training images they are nearest to, the nearest first: (P, C, H, W) in [-1, 1] each, (P,)."""

    fake: Tensor
    training: Tensor
    distance: Tensor


@dataclass(frozen=True)
class Found:
    """How the fakes fall on the modes: counts (K,), and `examples` of them (R·C, C, H, W), NaN where there is none.

    Each column is a mode; of more than COLUMNS modes there is one example each, row by row.
    """

    counts: Tensor
    examples: Tensor | None


def pairs_of(metrics: Iterable[Measure], fakes: Tensor, library: Tensor) -> Pairs | None:
    """Of the first metric that found any; samples as bytes or points."""
    for closest in (metric.closest for metric in metrics):
        if closest is not None:
            fake, training = fakes[closest.fake.cpu()], library[closest.training.cpu()]
            return Pairs(to_unit_range(fake), to_unit_range(training), closest.distance.cpu())
    return None


def found_by(metrics: Iterable[Measure], fakes: Tensor, kind: Kind) -> Found | None:
    """Of the first metric that knows modes; samples as bytes or points, of which there are no examples."""
    for metric in metrics:
        if metric.assigned is not None:
            assigned = metric.assigned.cpu()
            counts = assigned[assigned >= 0].bincount(minlength=metric.modes)
            examples = by_mode(to_unit_range(fakes), assigned, metric.modes) if kind == "images" else None
            return Found(counts, examples)
    return None


def by_mode(images: Tensor, assigned: Tensor, modes: int) -> Tensor:
    """Up to ROWS images of each mode, column by column; of many modes one of each, the first CELLS modes (R·C, ...)."""
    rows, shown = (ROWS, modes) if modes <= COLUMNS else (1, min(modes, CELLS))
    sheet = torch.full((rows, shown, *images.shape[1:]), torch.nan)
    for mode in range(shown):
        at = (assigned == mode).nonzero().flatten()[:rows]
        sheet[: len(at), mode] = images[at]
    return sheet.flatten(0, 1)


def pictures(report: Report) -> dict[str, Image.Image]:
    """What there is to look at, by name."""
    drawn: dict[str, Image.Image] = {}
    if report.pairs is not None:
        drawn["nearest"] = pairs(report.pairs.fake, report.pairs.training, report.fourth_is_band)
    if report.found is not None:
        drawn["modes"] = histogram(report.found.counts)
        if report.found.examples is not None:
            modes = len(report.found.counts)
            columns = modes if modes <= COLUMNS else None
            drawn["by_mode"] = grid(report.found.examples, columns, report.fourth_is_band)
    return drawn | {f"worst_{direction}": panel(shown) for direction, shown in report.worst.items()}


def headline(scalars: Mapping[str, float], scalar: str) -> str | None:
    """The full name of the scalar, whatever looked at the samples."""
    return next((name for name in scalars if scalar_of(name) == scalar and not is_control(name)), None)


def sentence(report: Report) -> str:
    """The scalars in a line, controls beside what they control, with the number of samples that each rests on."""
    at: dict[int | None, list[str]] = {}
    for name in report.scalars:
        if not is_control(name):
            at.setdefault(count_of(name), []).append(_with_controls(report, name))
    return "; ".join(f"{', '.join(parts)} (of {count} samples)" for count, parts in at.items())


def _with_controls(report: Report, name: str) -> str:
    beside = {control_of(n): n for n in report.scalars if scalar_of(n) == scalar_of(name) and is_control(n)}
    told = ", ".join(f"{kind} {value_of(report, control)}" for kind, control in beside.items())
    return f"{scalar_of(name)} {value_of(report, name)}" + (f" ({told})" if told else "")


def value_of(report: Report, name: str, digits: int = 4) -> str:
    """A scalar with its spread over subsets; of one that is not finite, why."""
    spread, reason = report.spreads.get(name), report.reasons.get(name)
    value = f"{report.scalars[name]:.{digits}g}"
    return f"{value} ± {spread:.2g}" if spread is not None else f"{value}: {reason}" if reason else value

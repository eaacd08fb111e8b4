"""What a judgement tells: figures, and what of the samples is worth looking at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from gan_runner.evaluation.equal import Figure
from gan_runner.evaluation.few import Note
from gan_runner.figures import baseline_of, build, control_of, count_of, is_control, is_of_one_class, scalar_of, split
from gan_runner.images.captions import aligned, arrowed, caption_of, headings, short
from gan_runner.images.charts import tally
from gan_runner.images.drawing import grid, pairs, panel
from gan_runner.images.lettering import below_names, titled
from gan_runner.images.ranges import to_unit_range
from gan_runner.metrics.base import Measure
from gan_runner.types import Direction, Kind

ROWS, COLUMNS, CELLS = 8, 12, 200
"""The size of a sheet of modes."""


@dataclass(frozen=True)
class Report:
    """Figures by name, what they rest on, and what to look at.

    scalars: `<scalar>/<extractor>/<samples>`, controls end as gan_runner.figures says; spreads, reasons and beside: see
    Figure, by the same names. held_out: whether the `reals` were kept from training. notes: what must be known to read
    them.
    worst: of each direction of a translation, columns (N, C, H, W) by their headings. fourth_is_band: whether the
    fourth of four channels is no transparency. keeps: what the run keeps of it for later commands, by the probe's
    class.
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
    beside: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[Note] = ()
    fourth_is_band: bool = False
    keeps: Mapping[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, figures: Mapping[str, Figure], fakes: int, reals: int, held_out: bool, notes: Sequence[Note], **more: Any
    ) -> Report:
        scalars = {name: figure.value for name, figure in figures.items()}
        spreads = {name: figure.spread for name, figure in figures.items() if figure.spread is not None}
        reasons = {name: figure.reason for name, figure in figures.items() if figure.reason is not None}
        beside = {name: figure.beside for name, figure in figures.items() if figure.beside is not None}
        told: dict[str, Any] = {"spreads": spreads, "reasons": reasons, "beside": beside, "notes": notes}
        return cls(scalars, fakes, reals, held_out, **told, **more)

    @property
    def figures(self) -> dict[str, Figure]:
        return {
            name: Figure(value, self.spreads.get(name), self.reasons.get(name), self.beside.get(name))
            for name, value in self.scalars.items()
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

    Each column is a mode; of more than COLUMNS modes there is one example each, row by row. outside: how many fell on
    none.
    """

    counts: Tensor
    examples: Tensor | None
    outside: int = 0


def joined(one: Report, other: Report) -> Report:
    """Both in one; what it rests on is told of the first."""
    return replace(
        one,
        scalars=one.scalars | other.scalars,
        spreads={**one.spreads, **other.spreads},
        reasons={**one.reasons, **other.reasons},
        beside={**one.beside, **other.beside},
        notes=[*one.notes, *other.notes],
        keeps={**one.keeps, **other.keeps},
    )


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
            return Found(counts, examples, int((assigned < 0).sum()))
    return None


def by_mode(images: Tensor, assigned: Tensor, modes: int) -> Tensor:
    """Up to ROWS images of each mode, column by column; of many modes one of each, the first CELLS modes (R·C, ...)."""
    rows, shown = (ROWS, modes) if modes <= COLUMNS else (1, min(modes, CELLS))
    sheet = torch.full((rows, shown, *images.shape[1:]), torch.nan)
    for mode in range(shown):
        at = (assigned == mode).nonzero().flatten()[:rows]
        sheet[: len(at), mode] = images[at]
    return sheet.flatten(0, 1)


def pictures(report: Report, names: Sequence[str] = ()) -> dict[str, Image.Image]:
    """What there is to look at, by name. names: what the classes are called, where there are any."""
    drawn: dict[str, Image.Image] = {}
    if report.pairs is not None:
        title = "the fakes that are nearest to a real training image, above that image"
        drawn["nearest"] = pairs(report.pairs.fake, report.pairs.training, report.fourth_is_band, title=title)
    if report.found is not None:
        counts, kind = report.found.counts, "classes" if names else "modes"
        names = names if len(names) == len(counts) else [*map(str, range(len(counts)))]
        drawn["modes"] = tally(counts, names, _counted(report.found, kind), (kind, "samples"), report.found.outside)
        if report.found.examples is not None:
            drawn["by_mode"] = _by_mode(report.found.examples, names, kind, report.fourth_is_band)
    return drawn | {f"worst_{direction}": panel(shown) for direction, shown in report.worst.items()}


def _counted(found: Found, kind: str) -> str:
    """7 of 8 modes found; 2,431 of 2,500 samples lie on one"""
    counts = found.counts
    inside, reached = int(counts.sum()), int((counts > 0).sum())
    lie = f"; {inside:,} of {inside + found.outside:,} samples lie on one" if found.outside else f"; {inside:,} samples"
    return f"{reached:,} of {len(counts):,} {kind} found{lie}"


def _by_mode(examples: Tensor, names: Sequence[str], kind: str, fourth_is_band: bool) -> Image.Image:
    """A named column for each mode; of many modes one example each."""
    examples = examples.nan_to_num(1.0)  # where there is none, white as the sheet
    if len(names) <= COLUMNS:
        return below_names(grid(examples, len(names), fourth_is_band), names)
    shown = len(examples)
    title = f"a sample of each of {len(names):,} {kind}, row by row"
    first = f"a sample of each of the first {shown:,} of {len(names):,} {kind}, row by row"
    return titled(grid(examples, None, fourth_is_band), title if shown == len(names) else first)


def headline(scalars: Mapping[str, float], scalar: str) -> str | None:
    """The full name of the scalar, whatever looked at the samples; scalar: frechet; auroc/elbo of several."""
    return next((name for name in scalars if f"{name}/".startswith(f"{scalar}/") and not is_control(name)), None)


def sentence(report: Report) -> str:
    """The scalars in a line, controls beside what they control, with the number of samples that each rests on."""
    at: dict[int | None, list[str]] = {}
    for name in report.scalars:
        if not is_control(name) and not is_of_one_class(name):
            at.setdefault(count_of(name), []).append(_with_controls(report, name))
    return "; ".join(f"{', '.join(parts)} (of {count} samples)" for count, parts in at.items())


def lines(report: Report, digits: int = 6) -> list[str]:
    """All scalars, a line each: the short name, the value, its controls, the full name; those that baselines have too
    as a table, a row for each answer and baseline.
    """
    tabled = {scalar_of(name) for name in report.scalars if baseline_of(name)}
    plain = [name for name in report.scalars if scalar_of(name) not in tabled and not _has_its_line(report, name)]
    called = headings(plain)
    rows = [(called[name], value_of(report, name, digits), _controls(report, name, digits), name) for name in plain]
    return [*aligned(rows), *_table(report, [name for name in report.scalars if scalar_of(name) in tabled])]


def _has_its_line(report: Report, name: str) -> bool:
    """Whether it is a control, told beside what it controls."""
    return is_control(name) and any(_is_control_of(name, one) for one in report.scalars)


def _is_control_of(control: str, name: str) -> bool:
    return control != name and split(control)[:-1] == split(name)


def _controls(report: Report, name: str, digits: int) -> str:
    """real 0.75, identity 3; what must be known to read a scalar that has no control."""
    beside = [one for one in report.scalars if is_control(one) and _is_control_of(one, name)]
    told = [f"{control_of(one)} {value_of(report, one, digits)}" for one in beside]
    return ", ".join([*told, *filter(None, [report.beside.get(name)])])


def _table(report: Report, names: Sequence[str]) -> list[str]:
    """Of figures <scalar>/<answer>/<samples>: a column for each scalar, below its short name and its own."""
    rows = list(dict.fromkeys(build(*split(name)[1:]) for name in names))
    scalars = list(dict.fromkeys(map(scalar_of, names)))
    width = max((len(row) for row in rows), default=0)
    called = {scalar: arrowed(scalar) for scalar in scalars}
    columns = [(scalar, max(len(scalar), len(called[scalar]), 6)) for scalar in scalars]
    told = [called, {scalar: scalar for scalar in scalars if called[scalar] != scalar}] if rows else []
    heading = [
        " " * width + "".join(f"  {line.get(scalar, ''):>{wide}}" for scalar, wide in columns) for line in told if line
    ]
    return heading + [
        f"{row:<{width}}" + "".join(f"  {_value(report, build(scalar, row)):>{wide}}" for scalar, wide in columns)
        for row in rows
    ]


def _value(report: Report, name: str) -> str:
    return f"{report.scalars[name]:.4f}" if name in report.scalars else ""


def _with_controls(report: Report, name: str) -> str:
    """A scalar by its short name, or by its own; controls stand behind the last of several answers."""
    alike = [one for one in report.scalars if scalar_of(one) == scalar_of(name)]
    samples = [one for one in alike if not is_control(one)]
    beside = [one for one in alike if is_control(one) and (not baseline_of(one) or count_of(one) == count_of(name))]
    own = scalar_of(name) if len(samples) == 1 else build(*split(name)[:2])
    called = short(name) if caption_of(name) else own
    last = [one for one in samples if count_of(one) == count_of(name)][-1]
    told = ", ".join(f"{control_of(control)} {value_of(report, control)}" for control in beside)
    controls = f" ({told})" if told and name == last else ""
    return f"{called} {value_of(report, name)}{controls}{_beside(report, name)}"


def _beside(report: Report, name: str) -> str:
    """What must be known to read a scalar that no control stands beside."""
    return f" ({report.beside[name]})" if name in report.beside else ""


def value_of(report: Report, name: str, digits: int = 4) -> str:
    """A scalar with its spread over subsets; of one that is not finite, why."""
    spread, reason = report.spreads.get(name), report.reasons.get(name)
    value = f"{report.scalars[name]:.{digits}g}"
    return f"{value} ± {spread:.2g}" if spread is not None else f"{value}: {reason}" if reason else value

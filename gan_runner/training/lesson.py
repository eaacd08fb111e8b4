"""What a lesson has come to: whether its phenomenon shows, by its figures, and the three sentences at its end."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

from gan_runner.config.lesson import Lesson, Sign
from gan_runner.figures import is_measured, meant
from gan_runner.images.captions import caption_of, curve, short
from gan_runner.runs.folder import RunFolder

LAST = 0.25
"""The share of a run over whose batches a curve is averaged: one batch says little of a game."""


@dataclass(frozen=True)
class Outcome:
    """A sign, and the value that the run has of it; None where it has none."""

    sign: Sign
    value: float | None

    @property
    def holds(self) -> bool:
        return self.sign.holds(self.value)

    @property
    def told(self) -> str:
        """modes 1 (at most 3 expected)"""
        value = "not measured" if self.value is None else f"{self.value:.3g}"
        return f"{_spoken(self.sign.figure)} {value} ({self.sign.expected} expected)"

    def plain(self) -> dict[str, Any]:
        """As run.json keeps it."""
        return {**self.sign.model_dump(exclude_none=True), "value": self.value, "holds": self.holds}


def outcomes(lesson: Lesson, folder: Path, figures: Mapping[str, float]) -> list[Outcome]:
    """What became of each sign. figures: the newest of each.

    What an evaluation found counts as it is. Of a curve of training the mean over the last quarter of the run counts,
    as metrics.csv has it.
    """
    found = dict(figures) | _late(RunFolder(folder).metrics)
    return [Outcome(sign, _value(sign.figure, found)) for sign in lesson.shows]


def facts(found: Sequence[Outcome]) -> dict[str, Any]:
    """What run.json keeps of them."""
    return {"shown": all(one.holds for one in found), "shows": [one.plain() for one in found]}


def sentences(lesson: Lesson, folder: Path, found: Sequence[Outcome]) -> str:
    """What shows, or that it does not; what to look at, in which file, and what to try next."""
    shown = all(one.holds for one in found)
    told = ", ".join(one.told for one in found)
    return (
        f"\n\nThe lesson {'is shown' if shown else 'is not shown this time'}: {told}\n"
        f"  look at      {lesson.look}\n"
        f"  in           {_newest(folder, lesson.file)}\n"
        f"  try next     {lesson.next}"
    )


def _spoken(figure: str) -> str:
    """As tables and pictures call it: modes, gradient of G."""
    return short(figure) if caption_of(figure) else curve(figure)


def _value(asked: str, figures: Mapping[str, float]) -> float | None:
    names = meant(asked, figures)
    value = figures[names[0]] if len(names) == 1 else None
    return value if value is not None and isfinite(value) else None


def _late(path: Path) -> dict[str, float]:
    """Of each curve of training its mean over the last quarter of the run; of a run that logs no file none."""
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    since = (1 - LAST) * max((int(row["step"]) for row in rows), default=0)
    late: dict[str, list[float]] = {}
    for row in rows:
        if int(row["step"]) >= since:
            for name, value in row.items():
                if value and name != "step" and not is_measured(name):
                    late.setdefault(name, []).append(float(value))
    return {name: sum(values) / len(values) for name, values in late.items()}


def _newest(folder: Path, pattern: str) -> Path:
    """The file that is named; of several, by <batches>, the newest."""
    found = sorted(folder.glob(pattern.replace("<batches>", "[0-9]*")))
    return found[-1] if found else folder / pattern

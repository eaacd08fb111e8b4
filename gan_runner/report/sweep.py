"""What the page of a sweep tells: its settings side by side, their seeds as dots, their samples, and what failed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, NamedTuple

from PIL import Image

from gan_runner.figures import meant, word_of
from gan_runner.images.captions import caption_of, of_reals
from gan_runner.report.further import spoken, within
from gan_runner.report.measured import in_language, number
from gan_runner.report.pictures import Picture, of_image
from gan_runner.runs import summary
from gan_runner.runs.comparison import job_of, moments, nearest, pictures_of, smaller
from gan_runner.runs.differences import LEAST, difference, paired
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.jobs import Job, chosen_by, read
from gan_runner.runs.naming import job_of as number_of_job
from gan_runner.runs.summary import Row
from gan_runner.strings.reading import phrase, words

STRIPS = 30
"""The most settings whose pictures are shown."""
WIDTH, EDGE = 150.0, 8.0
"""Units of a field of dots, and of the margin on either side of it."""


def contents(sweep: Path, language: str, objective: str | None = None, mode: str = "min") -> dict[str, Any]:
    """What the template sweep.html shows. objective: the figure that counts, or its short name; mode: "min" or "max".

    Raises FileNotFoundError where no job has begun.
    """
    jobs = read(sweep)
    if not jobs:
        raise FileNotFoundError(f"no job of {sweep} has begun: there is nothing to report")
    table = summary.rows(jobs)
    known = list(dict.fromkeys(name for row in table for name in row.figures))
    found = meant(objective, known) if objective else []
    names = summary.shown(known, found)
    chosen = summary.compared_by(names, found, chosen_by(jobs))
    called = in_language(names, language)
    facts = RunFolder(jobs[0].folder).facts()
    return {
        "title": "/".join(sweep.absolute().parts[-2:]),
        "facts": facts,
        "jobs": [_job(job) for job in jobs],
        "unfinished": [_job(job) for job in jobs if job.status != "finished"],
        "columns": [{"name": name, "short": called[name], "says": _says(name, language)} for name in names],
        "rows": [_row(row, names, language) for row in table],
        "dots": [_dots(table, name, called[name], language) for name in chosen if _is_told(table, name)],
        "compared": _compared(table, chosen, called, language),
        "best": _best(table, found, mode, called),
        "least": LEAST,
        "seconds": sum(RunFolder(job.folder).facts().get("seconds") or 0.0 for job in jobs),
        **_strips(table[:STRIPS], language),
        "strips_left_out": max(0, len(table) - STRIPS),
        "folder": within(sweep, facts),
        "command": _command(sweep),
    }


def _command(sweep: Path) -> str:
    """What was typed, as Hydra has noted it; empty where it has not."""
    from omegaconf import OmegaConf

    try:
        typed = OmegaConf.select(OmegaConf.load(sweep / "multirun.yaml"), "hydra.overrides.task")
    except Exception:  # not there, half written, or of nobody
        return ""
    return spoken(["gan-train", "-m", *map(str, typed or [])])


def _says(name: str, language: str) -> str:
    known = caption_of(name)
    return phrase(language, known.says) if known else ""


def _job(job: Job) -> dict[str, Any]:
    """What it differs in from the others; of earlier versions all that was typed."""
    swept = RunFolder(job.folder).facts().get("swept") or job.overrides
    typed = " ".join(f"{key}={value}" for key, value in job.overrides.items() if key in swept)
    return {"number": number_of_job(job.folder), "typed": typed, "seed": job.seed, "status": job.status, "why": job.why}


def _settings(row: Row, language: str) -> str:
    return phrase(language, row.settings)


def _row(row: Row, names: Sequence[str], language: str) -> dict[str, Any]:
    return {
        "settings": _settings(row, language),
        "finished": row.finished,
        "jobs": row.jobs,
        "cells": [_cell(row, name, language) for name in names],
    }


def _cell(row: Row, name: str, language: str) -> dict[str, Any]:
    """What a cell says, and the number it is sorted by (None: at the end)."""
    if name not in row.figures:
        return {"text": "", "value": None}
    value, error, _ = row.figures[name]
    text = number(value, language) if math.isfinite(value) else _lost(row, name, language)
    if math.isfinite(value) and math.isfinite(error):
        text += f" ± {error:.2g}"
    real, *_ = row.figures.get(of_reals(name), (math.nan,))
    told = f"{text} ({real:.4g})" if math.isfinite(real) else text
    return {"text": told, "value": value if math.isfinite(value) else None}


def _lost(row: Row, name: str, language: str) -> str:
    """In how many of the finished jobs a figure is no number."""
    values = row.by_seed(name).values()
    lost = sum(not math.isfinite(value) for value in values)
    return str(words(language, "report")["lost"]).format(lost=lost, count=len(values))


def _best(table: Sequence[Row], found: Sequence[str], mode: str, called: Mapping[str, str]) -> dict[str, str] | None:
    """The setting with the best objective."""
    able = [row for row in table for name in found if math.isfinite(row.figures.get(name, (math.nan,))[0])]
    if len(found) != 1 or len(table) < 2 or not able:
        return None
    choose = max if mode.startswith("max") else min
    return {"name": called[found[0]], "settings": choose(able, key=lambda row: row.figures[found[0]][0]).settings}


# ---- dots -----------------------------------------------------------------------------------------------------------


def _is_told(table: Sequence[Row], name: str) -> bool:
    return any(math.isfinite(value) for row in table for value in row.by_seed(name).values())


class Scale(NamedTuple):
    """Where numbers lie on a field of dots: the least and the greatest one, and whether it counts in decades."""

    low: float
    high: float
    in_decades: bool

    def place(self, value: float) -> float:
        """From EDGE to WIDTH + EDGE."""
        low, high, at = self.low, self.high, value
        if self.in_decades:
            low, high, at = math.log10(low), math.log10(high), math.log10(at)
        return round(EDGE + (at - low) / ((high - low) or 1.0) * WIDTH, 1)


def _dots(table: Sequence[Row], name: str, called: str, language: str) -> dict[str, Any]:
    """A field for each setting: places of its seeds, of their mean and of real data."""
    reals = [row.figures[beside][0] for row in table if (beside := of_reals(name)) in row.figures]
    real = mean(reals) if reals and all(map(math.isfinite, reals)) else None
    every = [value for row in table for value in row.by_seed(name).values() if math.isfinite(value)]
    every += [] if real is None else [real]
    scale = Scale(min(every), max(every), word_of(name).endswith("_kl") and min(every) > 0)
    return {
        "name": name,
        "short": called,
        "fields": [_field(row, name, scale, language) for row in table],
        "real": None if real is None else scale.place(real),
        "ends": [f"{end:.3g}" for end in (scale.low, scale.high)],
        "width": WIDTH + 2 * EDGE,
    }


def _field(row: Row, name: str, scale: Scale, language: str) -> dict[str, Any]:
    """Of one setting; without a mean where a seed has no finite number."""
    seeds = row.by_seed(name)
    known = {seed: value for seed, value in seeds.items() if math.isfinite(value)}
    dots = [{"at": scale.place(value), "seed": seed, "value": f"{value:.4g}"} for seed, value in known.items()]
    is_whole = bool(known) and len(known) == len(seeds)
    middle = scale.place(mean(known.values())) if is_whole else None
    return {"settings": _settings(row, language), "dots": dots, "mean": middle}


# ---- differences ----------------------------------------------------------------------------------------------------


def _compared(
    table: Sequence[Row], names: Sequence[str], called: Mapping[str, str], language: str
) -> dict[str, Any] | None:
    """How each setting differs from the first one, seed by seed; rows are empty where too few seeds were played."""
    if len([row for row in table if row.finished]) < 2:
        return None
    first, *others = table
    rows = []
    for row in others:
        found = [difference(paired(row.by_seed(name), first.by_seed(name))) for name in names]
        if any(found):
            told = ["" if one is None else f"{one.mean:+.3g} [{one.low:+.3g}, {one.high:+.3g}]" for one in found]
            rows.append({"settings": _settings(row, language), "cells": told})
    return {"first": _settings(first, language), "columns": [called[name] for name in names], "rows": rows}


# ---- samples --------------------------------------------------------------------------------------------------------


def _strips(table: Sequence[Row], language: str) -> dict[str, Any]:
    """Moments, and a row of pictures at these of each setting; a picture is None where none was drawn."""
    shown = [(row, pictures_of(job) if (job := job_of(row)) is not None else {}) for row in table]
    at = moments([batches for _, found in shown for batches in found])
    strips = []
    for row, found in shown:
        cells = [(batches, _small(found[batches]) if batches is not None else None)
                 for batches in (nearest(found, at, moment) for moment in at)]  # fmt: skip
        strips.append({"settings": _settings(row, language), "cells": cells})
    return {"moments": at, "strips": strips if at else []}


def _small(path: Path) -> Picture | None:
    try:
        with Image.open(path) as picture:
            return of_image(smaller(picture))
    except (OSError, ValueError):
        return None

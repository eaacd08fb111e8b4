"""The jobs of a sweep side by side: what differed, how each ended, figures as mean ± standard error over seeds, and by
how much settings differ.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

from gan_runner.figures import (
    baseline_of,
    build,
    count_of,
    is_control,
    is_headline,
    is_measured,
    is_of_one_class,
    meant,
    split,
    word_of,
)
from gan_runner.files import replacing
from gan_runner.images.captions import ARROWS, beside_real, headings, key, of_reals
from gan_runner.runs.differences import LEAST, difference, paired
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.identity import name_of
from gan_runner.runs.jobs import Job, chosen_by, read
from gan_runner.runs.naming import job_of

MOST = 4
"""Figures that settings are compared by."""


class Row(NamedTuple):
    """Jobs that differ in their seed alone.

    figures: name -> (mean, standard error, number of jobs); both are NaN if one job has no number there. played: those
    of the jobs that have finished; begun: all of them.
    """

    settings: str
    finished: int
    jobs: int
    figures: dict[str, tuple[float, float, int]]
    played: Sequence[Job] = ()
    begun: Sequence[Job] = ()

    def by_seed(self, name: str) -> dict[str, float]:
        return {job.seed: job.figures[name] for job in self.played if name in job.figures}


def rows(jobs: Sequence[Job]) -> list[Row]:
    """One row for each combination of the overrides in which the jobs differ, but for the seed. Names make a difference
    only where they alone tell jobs of one seed apart.
    """
    groups = _grouped(jobs, {"seed", "name"})
    if any(_named_apart(group) for group in groups.values()):
        groups = _grouped(jobs, {"seed"})
    groups = {settings: _once(group) for settings, group in groups.items()}
    return [_row(settings, group) for settings, group in groups.items()]


def _named_apart(jobs: Sequence[Job]) -> bool:
    """Whether one seed has been played under several names."""
    return len({(job.seed, job.overrides.get("name")) for job in jobs}) > len({job.seed for job in jobs})


def _grouped(jobs: Sequence[Job], aside: set[str]) -> dict[str, list[Job]]:
    """The jobs of each setting. aside: overrides that make no difference."""
    keys = sorted({key for job in jobs for key in job.overrides} - aside)
    differing = [key for key in keys if len({job.overrides.get(key) for job in jobs}) > 1]
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        named = " ".join(f"{key}={job.overrides[key]}" for key in differing if key in job.overrides)
        groups.setdefault(named or "(defaults)", []).append(job)
    return groups


def _once(jobs: Sequence[Job]) -> list[Job]:
    """One of each seed, which a search may have drawn more than once: a job that has finished, if there is one."""
    of_seed = {job.seed: job for job in sorted(jobs, key=lambda job: job.status == "finished")}
    return [job for job in jobs if job is of_seed[job.seed]]


def _row(settings: str, jobs: Sequence[Job]) -> Row:
    """Only runs that came to their end count."""
    finished = [job for job in jobs if job.status == "finished"]
    names = dict.fromkeys(name for job in finished for name in job.figures)
    figures = {name: spread(job.figures[name] for job in finished if name in job.figures) for name in names}
    return Row(settings, len(finished), len(jobs), figures, finished, jobs)


def spread(values: Iterable[float]) -> tuple[float, float, int]:
    """Mean, standard error of the mean (NaN of a single value), and how many; both NaN if a value is not finite."""
    known = list(values)
    if not all(map(math.isfinite, known)):  # a KL without modes; statistics.stdev would raise
        return math.nan, math.nan, len(known)
    error = stdev(known) / math.sqrt(len(known)) if len(known) > 1 else math.nan
    return mean(known), error, len(known)


def write(sweep: Path, objective: str | None = None, mode: str = "min") -> list[Path]:
    """summary.csv, a line per job, and summary.md, a line per setting; nothing when no job has begun.

    objective: the figure that counts, or its short name; mode: whether its least ("min") or its greatest is best.
    """
    jobs = read(sweep)
    if not jobs:
        return []
    with replacing(sweep / "summary.csv") as beside, beside.open("w", newline="") as file:
        _write_jobs(csv.writer(file), jobs)
    with replacing(sweep / "summary.md") as beside:
        told = page(jobs, objective, mode) + played_with(job.folder for job in jobs)
        beside.write_text(told, encoding="utf-8")
    return [sweep / "summary.csv", sweep / "summary.md"]


def played_with(runs: Iterable[Path]) -> str:
    """Markdown: the data by name, and, where that is not one, the jobs of each; empty where none is noted."""
    jobs: dict[str, list[str]] = {}
    for run in runs:
        if data := RunFolder(run).facts().get("data"):
            jobs.setdefault(name_of(data), []).append(job_of(run))
    if len(jobs) < 2:
        return "".join(f"\nData: {name}\n" for name in jobs)
    return "\nData:\n\n" + "".join(f"- {name}: job {', '.join(numbers)}\n" for name, numbers in jobs.items())


def _write_jobs(writer: Any, jobs: Sequence[Job]) -> None:
    keys = sorted({key for job in jobs for key in job.overrides})
    figures = list(dict.fromkeys(name for job in jobs for name in job.figures))
    writer.writerow(["job", *keys, "status", "why", *figures])
    for job in jobs:
        found = [value if math.isfinite(value := job.figures.get(name, math.nan)) else "" for name in figures]
        lost = [f"{name} is not finite" for name, value in job.figures.items() if not math.isfinite(value)]
        why = "; ".join(filter(None, [job.why, *lost]))
        writer.writerow([job_of(job.folder), *(job.overrides.get(key, "") for key in keys), job.status, why, *found])


def page(jobs: Sequence[Job], objective: str | None = None, mode: str = "min") -> str:
    """Markdown: the table over settings, how they differ from the first one, the jobs that came to nothing and why."""
    table = rows(jobs)
    known = list(dict.fromkeys(name for row in table for name in row.figures))
    found = meant(objective, known) if objective else []
    names = shown(known, found)
    heads = headings(names)
    cells = [[row.settings, runs_of(row), *(told_of(row, name) for name in names)] for row in table]
    told = [
        *_table(["settings", "runs", *heads.values()], cells),
        "",
        "Mean ± standard error over the finished runs of a setting, which differ in their seed.",
        *_explained(names),
        *_best(table, found, mode),
        *_of_other_numbers(names),
        "",
        *_compared(table, compared_by(names, found, chosen_by(jobs))),
        "",
        *_ends(jobs, objective, found),
    ]
    return "\n".join(told).replace("\n\n\n", "\n\n").rstrip() + "\n"


def _table(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(cells)} |" for cells in [headings, ["---"] * len(headings), *lines]]


def shown(known: Sequence[str], objective: Sequence[str]) -> list[str]:
    """The figures worth a column: the objective and what was measured, else the game's own but for its speed. Of what
    stands beside it, baselines: what needs no model is what a model has to beat.
    """
    measured = [
        name
        for name in known
        if name in objective
        or (is_measured(name) and (baseline_of(name) or not is_control(name)) and not is_of_one_class(name))
    ]
    return measured or [name for name in known if name != "images_per_second" and word_of(name) != "learning_rate"]


def runs_of(row: Row) -> str:
    return str(row.jobs) if row.finished == row.jobs else f"{row.finished} of {row.jobs}"


def told_of(row: Row, name: str) -> str:
    """A figure of a setting, beside that of real data."""
    real, *_ = row.figures.get(of_reals(name), (math.nan,))
    found = _cell(row, name)
    return beside_real(found, f"{real:.4g}" if found and math.isfinite(real) else None)


def _explained(names: Sequence[str]) -> list[str]:
    """The full names of the figures, by which settings ask for them, and what they say."""
    lines = key(names)
    return ["", f"{ARROWS}; in brackets what real data has in the place of the samples.", "", *lines] if lines else []


def _cell(row: Row, name: str) -> str:
    if name not in row.figures:
        return ""
    value, error, count = row.figures[name]
    if math.isnan(value):
        lost = sum(not math.isfinite(job.figures.get(name, 0.0)) for job in row.played)
        return f"not finite in {lost} of {count}"
    return f"{value:.4g}" if math.isnan(error) else f"{value:.4g} ± {error:.2g}"


def _best(table: Sequence[Row], objective: Sequence[str], mode: str) -> list[str]:
    """The setting whose objective is best."""
    able = [row for row in table for name in objective if math.isfinite(row.figures.get(name, (math.nan,))[0])]
    if len(objective) != 1 or len(table) < 2 or not able:
        return []
    (name,) = objective
    choose, word = (max, "greatest") if mode.startswith("max") else (min, "least")
    value = choose(row.figures[name][0] for row in able)
    best = [row for row in able if row.figures[name][0] == value]
    told = " and ".join(row.settings for row in best[:MOST]) + ", …" * (len(best) > MOST)
    return ["", f"The {word} {name} is that of {told}: {_cell(best[0], name)}."]


def _of_other_numbers(names: Sequence[str]) -> list[str]:
    """That a figure has several names, each of another number of samples; as of data with more or fewer reals."""
    counts: dict[str, set[int]] = {}
    for name in names:
        if is_measured(name) and (count := count_of(name)) is not None:
            counts.setdefault(build(*split(name)[:-1]), set()).add(count)
    if all(len(found) < 2 for found in counts.values()):
        return []
    told = sorted({count for found in counts.values() if len(found) > 1 for count in found})
    return [
        "",
        f"Figures of {', '.join(map(str, told[:-1]))} and of {told[-1]} samples do not compare: with data.holdout and "
        "evaluation.num_samples settings can have the same number.",
    ]


def compared_by(shown: Sequence[str], objective: Sequence[str], best: str | None) -> list[str]:
    """The figures that settings are compared by: the objective, evaluation.best, then the headlines; never many."""
    asked = [*objective, *(meant(best, shown) if best else [])]
    able = [name for name in shown if not is_control(name)]
    headlines = [name for name in able if is_headline(name)] or [name for name in able if is_measured(name)]
    return list(dict.fromkeys([*asked, *headlines]))[:MOST]


def _compared(table: Sequence[Row], names: Sequence[str]) -> list[str]:
    """How the settings differ from the first one; one sentence where too few seeds were played with both."""
    if len([row for row in table if row.finished]) < 2:
        return []
    first, *others = table
    if not names:
        return ["By how much settings differ is told of figures that are measured, or of objective=…"]
    pairs = {(row.settings, name): paired(row.by_seed(name), first.by_seed(name)) for row in others for name in names}
    most = max(map(len, pairs.values()))
    if most < LEAST <= max(len(_seeds(row) & _seeds(first)) for row in others):
        return [f"By how much settings differ is not told: no figure is a finite number in {LEAST} seeds of both."]
    if most < LEAST:
        return [f"By how much settings differ is told from {LEAST} seeds on that both were played with; here: {most}."]
    cells = [
        [row.settings, *(_difference(pairs[row.settings, name]) if _both(row, first, name) else "" for name in names)]
        for row in others
    ]
    return [
        *_table([f"minus {first.settings}", *headings(names).values()], cells),
        "",
        f"Mean difference to {first.settings}, seed by seed, and in brackets the interval that holds it in 95 % of "
        "bootstrap resamples of the seeds (too narrow for few: of 3 seeds it holds the true one 3 times in 4, of 10 "
        "9 times in 10).",
    ]


def _both(row: Row, first: Row, name: str) -> bool:
    return name in row.figures and name in first.figures


def _seeds(row: Row) -> set[str]:
    return {job.seed for job in row.played}


def _difference(differences: Sequence[float]) -> str:
    found = difference(differences)
    if found is None:
        return f"too few seeds ({len(differences)})"
    return f"{found.mean:+.3g} [{found.low:+.3g}, {found.high:+.3g}] ({found.pairs} seeds)"


def _ends(jobs: Sequence[Job], asked: str | None, objective: Sequence[str]) -> list[str]:
    """The jobs that came to nothing, and why."""
    lines = []
    for job in jobs:
        lost = [name for name in objective if not math.isfinite(job.figures.get(name, 0.0))]
        if job.status != "finished":
            lines.append(f"- job {job_of(job.folder)}: {job.status}{f', {job.why}' if job.why else ''}")
        elif lost:
            lines.append(f"- job {job_of(job.folder)}: finished, and its objective {lost[0]} is not finite")
        elif asked and not set(objective) & job.figures.keys():
            lines.append(f"- job {job_of(job.folder)}: finished, and its objective {asked} was not measured")
    return lines

"""The jobs of a sweep side by side: what differed, how each ended, figures as mean ± standard error over seeds."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any, NamedTuple

from gan_runner.figures import is_control, is_measured, word_of
from gan_runner.files import replacing
from gan_runner.runs.folder import RunFolder, recorded
from gan_runner.runs.identity import name_of


class Job(NamedTuple):
    """One job of a sweep: its folder, what it was asked to do, how it ended, its last figures."""

    folder: Path
    overrides: dict[str, str]
    status: str
    why: str
    figures: dict[str, float]


class Row(NamedTuple):
    """Jobs that differ in their seed alone. figures: name -> (mean, standard error, number of jobs)."""

    settings: str
    finished: int
    jobs: int
    figures: dict[str, tuple[float, float, int]]


def read(sweep: Path) -> list[Job]:
    """The jobs below a sweep's folder that have begun, in the order of their numbers."""
    runs = sorted(recorded(sweep, "**"), key=lambda run: (len(run.path.name), run.path.name))
    return [_job(run) for run in runs]


def _job(run: RunFolder) -> Job:
    facts = run.facts()
    overrides = dict(word.split("=", 1) for word in facts["command"][1:] if "=" in word)
    return Job(run.path, overrides, facts["status"], facts.get("why", ""), facts.get("figures") or {})


def rows(jobs: Sequence[Job]) -> list[Row]:
    """One row for each combination of the overrides in which the jobs differ, but for the seed."""
    keys = sorted({key for job in jobs for key in job.overrides} - {"seed"})
    differing = [key for key in keys if len({job.overrides.get(key) for job in jobs}) > 1]
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        named = " ".join(f"{key}={job.overrides[key]}" for key in differing if key in job.overrides)
        groups.setdefault(named or "(defaults)", []).append(job)
    return [_row(settings, group) for settings, group in groups.items()]


def _row(settings: str, jobs: Sequence[Job]) -> Row:
    """Only runs that came to their end count."""
    finished = [job for job in jobs if job.status == "finished"]
    names = dict.fromkeys(name for job in finished for name in job.figures)
    figures = {name: spread(job.figures[name] for job in finished if name in job.figures) for name in names}
    return Row(settings, len(finished), len(jobs), figures)


def spread(values: Iterable[float]) -> tuple[float, float, int]:
    """Mean, standard error of the mean (NaN of a single value), and how many; both NaN if a value is not finite."""
    known = list(values)
    if not all(map(math.isfinite, known)):  # a KL without modes; statistics.stdev would raise
        return math.nan, math.nan, len(known)
    error = stdev(known) / math.sqrt(len(known)) if len(known) > 1 else math.nan
    return mean(known), error, len(known)


def write(sweep: Path, objective: str | None = None) -> list[Path]:
    """summary.csv, a line per job, and summary.md, a line per setting; nothing when no job has begun."""
    jobs = read(sweep)
    if not jobs:
        return []
    with replacing(sweep / "summary.csv") as beside, beside.open("w", newline="") as file:
        _write_jobs(csv.writer(file), jobs)
    with replacing(sweep / "summary.md") as beside:
        beside.write_text(page(jobs, objective) + played_with(job.folder for job in jobs), encoding="utf-8")
    return [sweep / "summary.csv", sweep / "summary.md"]


def played_with(runs: Iterable[Path]) -> str:
    """Markdown: the data by name, and, where that is not one, the jobs of each; empty where none is noted."""
    jobs: dict[str, list[str]] = {}
    for run in runs:
        if data := RunFolder(run).facts().get("data"):
            jobs.setdefault(name_of(data), []).append(run.name)
    if len(jobs) < 2:
        return "".join(f"\nData: {name}\n" for name in jobs)
    return "\nData:\n\n" + "".join(f"- {name}: job {', '.join(numbers)}\n" for name, numbers in jobs.items())


def _write_jobs(writer: Any, jobs: Sequence[Job]) -> None:
    keys = sorted({key for job in jobs for key in job.overrides})
    figures = list(dict.fromkeys(name for job in jobs for name in job.figures))
    writer.writerow(["job", *keys, "status", "why", *figures])
    for job in jobs:
        asked, found = [job.overrides.get(key, "") for key in keys], [job.figures.get(name, "") for name in figures]
        writer.writerow([job.folder.name, *asked, job.status, job.why, *found])


def page(jobs: Sequence[Job], objective: str | None = None) -> str:
    """Markdown: the table over settings, then the jobs that did not finish and why."""
    table = rows(jobs)
    names = shown(table, objective)
    lines = [f"| {' | '.join(['settings', 'runs', *names])} |", "|" + "---|" * (2 + len(names))]
    for row in table:
        cells = [_cell(row.figures, name) for name in names]
        runs = str(row.jobs) if row.finished == row.jobs else f"{row.finished} of {row.jobs}"
        lines.append(f"| {' | '.join([row.settings, runs, *cells])} |")
    lines += ["", "Mean ± standard error over the finished runs of a setting, which differ in their seed."]
    ended = [job for job in jobs if job.status != "finished"]
    lines += ["", *(f"- job {job.folder.name}: {job.status}{f', {job.why}' if job.why else ''}" for job in ended)]
    return "\n".join(lines).rstrip() + "\n"


def shown(table: Sequence[Row], objective: str | None) -> list[str]:
    """The figures worth a column: the objective and what was measured, else the game's own but for its speed."""
    known = list(dict.fromkeys(name for row in table for name in row.figures))
    measured = [name for name in known if _is_measured(name) or name == objective]
    return measured or [name for name in known if name != "images_per_second" and word_of(name) != "learning_rate"]


def _is_measured(name: str) -> bool:
    """Controls, real data in the place of samples, are in the lines of the jobs."""
    return is_measured(name) and not is_control(name)


def _cell(figures: Mapping[str, tuple[float, float, int]], name: str) -> str:
    if name not in figures:
        return ""
    value, error, _ = figures[name]
    return f"{value:.4g}" if math.isnan(error) else f"{value:.4g} ± {error:.2g}"

"""The runs of an output folder as a table has them: how each ended, how long it is, what it came to; and their removal.

What is told is in the records; of a run that plays, in its figures so far.
"""

from __future__ import annotations

import csv
import math
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gan_runner.config.errors import ConfigError, did_you_mean, nearest
from gan_runner.figures import SMALL_IS_GOOD, is_measured, main_of, meant, word_of
from gan_runner.runs import finding
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.jobs import ended
from gan_runner.runs.naming import typed_of
from gan_runner.runs.playing import is_playing

STATES = {"running": "playing", "interrupted": "stopped", "pruned": "ended early"}
"""What a reader calls the states that records have other words for."""
NO_RECORD = "empty"
"""The state of a folder in which no run has begun."""
KNOWN_STATES = ("finished", "playing", "stopped", "failed", "ended early", NO_RECORD)
KINDS: Mapping[str, type] = {
    "status": str,
    "started": str,
    "command": list,
    "choices": dict,
    "figures": dict,
    "batches": int,
}
"""What a record has to be of, to be listed; a hand may have changed it."""
TAIL = 1 << 16
"""Bytes at the end of a table of figures that are read of a run that plays."""


class Listed:
    """A run and what a table tells of it."""

    def __init__(self, folder: Path, outputs: Path) -> None:
        self.run, self.outputs = RunFolder(folder), outputs
        self.name = finding.name_of(folder, outputs)
        self.facts, self.state, self.why = _told(self.run)

    @property
    def sweep(self) -> Path | None:
        """The folder of the sweep that it is a job of."""
        above = self.run.path.parent
        return above if above.parent.parent == self.outputs / "sweeps" else None

    @property
    def is_playing(self) -> bool:
        return self.state == STATES["running"]

    @cached_property
    def batches(self) -> int:
        """How many it has played."""
        return int(self.facts.get("batches") or self._newest.get("step") or 0)

    @cached_property
    def figure(self) -> tuple[str, float] | None:
        """The figure that its command calls the objective, or else the one that tells most, if there is one."""
        figures = self.facts.get("figures") or {name: value for name, value in self._newest.items() if name != "step"}
        asked = typed_of(self.facts).get("objective")
        name = next(iter(meant(asked, figures)), None) if asked else main_of(figures)
        if name is None:
            return None
        value = figures[name]
        return name, math.nan if value is None else float(value)

    @cached_property
    def began(self) -> float:
        """In seconds, as clocks count them."""
        return finding.began(self.run, self.facts) if self.facts else self.run.path.stat().st_mtime

    @cached_property
    def size(self) -> int:
        """Bytes on the disk."""
        return size_of(self.run.path)

    @cached_property
    def said(self) -> dict[str, str]:
        """What it was chosen to be, and what its commands gave, by key; of an older run as its folder is called."""
        model, _, data = self.run.path.parent.name.partition("-") if self.sweep is None else ("", "", "")
        by_folder = {"model": model, "data": data} if data else {}
        return by_folder | typed_of(self.facts) | {k: str(v) for k, v in self.facts.get("choices", {}).items()}

    @cached_property
    def _newest(self) -> dict[str, Any]:
        """The newest value of each column of its figures."""
        return _newest_row(self.run.metrics) if self.run.metrics.is_file() else {}


def _told(run: RunFolder) -> tuple[dict[str, Any], str, str]:
    """The facts of a run, its state, and why it ended in it."""
    try:
        facts = run.facts()
        if not facts:
            kept = run.checkpoints.is_dir()
            return {}, NO_RECORD, "its record is not there" if kept else "it stopped before it had begun"
        if odd := [key for key, kind in KINDS.items() if not isinstance(facts.get(key, kind()), kind)]:
            raise ValueError(f"{odd[0]} is of another kind")
        status, why = ended(facts)
    except (OSError, ValueError, KeyError) as error:
        return {}, NO_RECORD, f"its record cannot be read ({type(error).__name__})"
    if status == "running" and not is_playing(facts):
        why = f"on {facts.get('host')}, by its record"
    return facts, STATES.get(status, status), why


def _newest_row(table: Path) -> dict[str, Any]:
    with table.open(newline="", encoding="utf-8") as file:
        columns = next(csv.reader([file.readline()]), [])
        end = file.seek(0, 2)
        file.seek(max(0, end - TAIL))
        lines = file.read().splitlines()[1:]
    found: dict[str, Any] = {}
    for row in csv.reader(lines):
        if len(row) == len(columns):
            found |= {name: value for name, value in zip(columns, row, strict=True) if value}
    return found


def size_of(folder: Path) -> int:
    """The bytes of all files below a folder; those that are gone meanwhile do not count."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:
            continue
    return total


# ---- which ----------------------------------------------------------------------------------------------------------


def listed(outputs: Path) -> list[Listed]:
    """All runs of an output folder, the newest first, those without a record too."""
    folders = {run.path for run in finding.below(outputs)}
    folders |= {path for path in (outputs / "runs").glob("*/*") if path.is_dir() and _is_begun(path)}
    return sorted((Listed(folder, outputs) for folder in folders), key=lambda run: run.began, reverse=True)


def _is_begun(folder: Path) -> bool:
    """Whether gan-train has made a folder: nothing is in it, or what is written before the record."""
    names = {path.name for path in folder.iterdir()}
    return not names or ".hydra" in names


def chosen(runs: Sequence[Listed], filters: Iterable[str]) -> list[Listed]:
    """The runs that all filters keep: state=failed, model=vanilla, any key=value of their commands, a part of a name.

    Raises ConfigError for a state that there is not, and for a key that no run was given.
    """
    for one in filters:
        key, equals, value = one.partition("=")
        if not equals:
            runs = _named(runs, one)
        elif key == "state":
            if value not in (*KNOWN_STATES, *STATES):
                raise ConfigError(f"state={value} is none of {', '.join(KNOWN_STATES)}")
            runs = [run for run in runs if run.state == STATES.get(value, value)]
        else:
            if runs and not any(key in run.said for run in runs):
                known = sorted({"state", *(name for run in runs for name in run.said)})
                raise ConfigError(f"no run was given {key}{did_you_mean(key, known)}")
            runs = [run for run in runs if _is_same(run.said.get(key), value)]
    return list(runs)


def _named(runs: Sequence[Listed], part: str) -> list[Listed]:
    if not runs:
        return []
    if part == finding.NEWEST:
        return [max(runs, key=lambda run: run.began)]
    kept = set(finding.meant(part, runs[0].outputs, [run.run.path for run in runs]))
    return [run for run in runs if run.run.path in kept]


def _is_same(given: str | None, asked: str) -> bool:
    try:
        return given is not None and (given == asked or float(given) == float(asked))
    except ValueError:
        return False


ORDERS = ("age", "name", "state", "length", "figure", "size")


def ordered(runs: Sequence[Listed], by: str) -> list[Listed]:
    """Runs by age (the newest first), name, state, length (the longest first), figure (the best first), or size (the
    largest first). Raises ConfigError for another order.
    """
    keys: Mapping[str, Any] = {
        "age": lambda run: -run.began,
        "name": lambda run: run.name,
        "state": lambda run: KNOWN_STATES.index(run.state) if run.state in KNOWN_STATES else len(KNOWN_STATES),
        "length": lambda run: -run.batches,
        "figure": _goodness,
        "size": lambda run: -run.size,
    }
    if by not in keys:
        raise ConfigError(f"sort={by} is no order{nearest(by, ORDERS)}")
    return sorted(runs, key=keys[by])


def _goodness(run: Listed) -> tuple[str, float]:
    """By the name of the figure, the best first; runs without one at the end."""
    if run.figure is None:
        return "~", 0.0
    name, value = run.figure
    small = any(word_of(name).endswith(word) for word in SMALL_IS_GOOD) or not is_measured(name)
    return word_of(name), math.inf if math.isnan(value) else value if small else -value


# ---- away with them -------------------------------------------------------------------------------------------------


def needed_by(runs: Iterable[Listed], all_runs: Iterable[Listed]) -> list[Listed]:
    """The other runs that have taken their figures from one of these, and have no weights of their own."""
    going = {run.run.path.resolve() for run in runs}
    return [
        run
        for run in all_runs
        if (same := run.facts.get("same_as")) and Path(same) in going and run.run.path.resolve() not in going
    ]


def remove(runs: Iterable[Listed]) -> list[Listed]:
    """Remove run folders, and the folders of sweeps and of models that have no run any more. Returns those that are
    gone; a run that plays by now is left alone.

    Of a link the link goes, and what it leads to stays.
    """
    gone = []
    for run in runs:
        if Listed(run.run.path, run.outputs).is_playing:
            continue
        _remove(run.run)
        gone.append(run)
    for folder in {run.run.path.parent for run in gone}:
        _tidy(folder, gone[0].outputs)
    return gone


def _remove(run: RunFolder) -> None:
    """The record goes last: what is cut off half-way is still listed."""
    if run.path.is_symlink():
        run.path.unlink()
        return
    for path in sorted(run.path.iterdir(), key=lambda path: path == run.record):
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    run.path.rmdir()


def _tidy(folder: Path, outputs: Path) -> None:
    """Remove a sweep of which no job is left, with its summary; and a folder in which nothing lies."""
    if folder.is_symlink():
        return
    is_sweep = folder.parent.parent == outputs / "sweeps"
    if is_sweep and not any(path.is_dir() and not path.name.startswith(".") for path in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


# ---- the table ------------------------------------------------------------------------------------------------------


def table(runs: Sequence[Listed], now: float) -> Iterator[str]:
    """The lines of the table; jobs stand below their sweep, where the first of them has its place."""
    rows: list[tuple[str, ...]] = [("run", "state", "batches", "figure", "age", "size", "")]
    together: dict[Path, list[Listed]] = {}
    for run in runs:
        together.setdefault(run.sweep or run.run.path, []).append(run)
    for sweep, jobs in together.items():
        if jobs[0].sweep is None:
            rows.append(_row(jobs[0].name, jobs[0], now))
            continue
        states = {state: sum(job.state == state for job in jobs) for state in KNOWN_STATES}
        told = ", ".join(f"{count} {state}" for state, count in states.items() if count)
        name = sweep.relative_to(jobs[0].outputs / "sweeps").as_posix()
        rows.append((name, f"sweep: {told}"))
        rows += [_row(f"  {job.run.path.name}", job, now) for job in jobs]
    cells = [row for row in rows if len(row) > 2]
    widths = [max(len(row[0]) for row in rows), *(max(len(row[at]) for row in cells) for at in range(1, 6))]
    for row in rows:
        if len(row) == 2:
            yield f"{row[0]:<{widths[0]}}  {row[1]}"
            continue
        aligned = [f"{cell:{'>' if at in (2, 4, 5) else '<'}{widths[at]}}" for at, cell in enumerate(row[:6])]
        yield "  ".join([*aligned, row[6]]).rstrip()


def _row(name: str, run: Listed, now: float) -> tuple[str, ...]:
    figure = "" if run.figure is None else f"{word_of(run.figure[0])} {run.figure[1]:.4g}"
    return name, run.state, f"{run.batches:,}", figure, age(now - run.began), in_bytes(run.size), _in_a_line(run.why)


def _in_a_line(text: str, most: int = 100) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def age(seconds: float) -> str:
    """5 s, 3 min, 2 h, 4 days."""
    for unit, length, most in (("s", 1, 60), ("min", 60, 60), ("h", 3600, 48)):
        if seconds < length * most:
            return f"{max(0, seconds) / length:.0f} {unit}"
    return f"{seconds / 86400:.0f} days"


def in_bytes(size: float) -> str:
    """1.2 MB."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 10 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"

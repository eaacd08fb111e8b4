"""gan_runner.compare: the runs of a sweep side by side, or runs of your own choice."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from gan_runner.api.asked import name_asked, tell
from gan_runner.api.figures import html_table
from gan_runner.api.run import Run, pandas_of
from gan_runner.config.errors import ConfigError
from gan_runner.files import expanded
from gan_runner.images.captions import headings
from gan_runner.runs import jobs, summary
from gan_runner.runs.finding import OUTPUTS, found_sweep
from gan_runner.waiting.inline import FONT

if TYPE_CHECKING:
    import pandas as pd

PICTURES = {"comparison.png": "samples over time, a row for each setting", "dots.png": "a dot for each seed"}
"""What a sweep leaves to look at."""
WIDE = 900
"""Pixels across, of such a picture."""
TAKES = "the folder of a sweep, or a list of runs: compare([first, second])"


def compare(
    sweep: str | PathLike[str] | Sequence[Run] = "last", *, outputs: str | PathLike[str] = OUTPUTS
) -> Comparison:
    """Compare the runs of a sweep, which gan-train -m has played: its folder, a part of its name, or "last" for the
    newest below `outputs`. Or runs that were trained one by one: compare([first, second]).

    Raises FileNotFoundError where no sweep is meant, with the nearest names; ConfigError for runs that are none.
    """
    if isinstance(sweep, str | PathLike):
        asked = name_asked(sweep, "compare", TAKES)
        meant = found_sweep(asked, expanded(outputs))
        tell("sweep", asked, meant)
        folder = meant.run.absolute()
        return Comparison(jobs.read(folder), folder)
    runs = list(sweep) if isinstance(sweep, Iterable) else []
    if not runs or not all(isinstance(run, Run) and run.path is not None for run in runs):
        raise ConfigError(f"compare takes {TAKES}")
    try:
        played = [jobs.of(run.path) for run in runs if run.path is not None]
    except ValueError as error:  # of a record that is cut, or not there yet
        raise ConfigError(str(error)) from None
    return Comparison(played, runs=runs)


class Comparison:
    """Runs side by side. folder: that of their sweep, if they are of one; runs: those that were given, if any were."""

    def __init__(
        self, played: Sequence[jobs.Job], folder: Path | None = None, runs: Sequence[Run] | None = None
    ) -> None:
        self._jobs, self.folder, self._given = list(played), folder, runs

    @property
    def runs(self) -> list[Run]:
        """Each of them, in their order."""
        return [Run(job.folder) for job in self._jobs] if self._given is None else [*self._given]

    @property
    def jobs(self) -> pd.DataFrame:
        """A row for each run: what it was asked for, key by key, how it ended and why, its figures."""
        rows = [{**job.overrides, "status": job.status, "why": job.why, **job.figures} for job in self._jobs]
        names = [job.folder.name for job in self._jobs]
        table: pd.DataFrame = pandas_of().DataFrame(rows, index=pandas_of().Index(names, name="run"))
        return table

    @property
    def settings(self) -> pd.DataFrame:
        """A row for each setting, whose runs differ in their seed alone: how many of them finished, and of each figure
        the mean and its standard error (NaN of a single run). Columns are pairs: ("modes_covered", "mean").
        """
        pandas = pandas_of()
        rows = {
            row.settings: {("runs", "finished"): row.finished}
            | {(name, part): row.figures.get(name, (math.nan, math.nan))[at]
               for name in self._names for at, part in enumerate(("mean", "error"))}
            for row in self._rows
        }  # fmt: skip
        table: pd.DataFrame = pandas.DataFrame.from_dict(rows, orient="index")
        table.columns = pandas.MultiIndex.from_tuples(table.columns)
        table.index.name = "settings"
        return table

    @cached_property
    def _rows(self) -> list[summary.Row]:
        return summary.rows(self._jobs)

    @cached_property
    def _names(self) -> list[str]:
        return summary.shown(list(dict.fromkeys(name for row in self._rows for name in row.figures)), [])

    def __len__(self) -> int:
        return len(self._jobs)

    def __repr__(self) -> str:
        of = "" if self.folder is None else f" of {self.folder.name}"
        return f"Comparison({len(self)} runs{of}, {len(self._rows)} settings)"

    def _repr_html_(self) -> str:
        """The table over settings, and how samples came about and figures lie over seeds."""
        from gan_runner.report.pictures import html_of, html_of_file, of_picture
        from gan_runner.runs import comparison

        compared = summary.compared_by(self._names, [], jobs.chosen_by(self._jobs)) if self._jobs else []
        heads = ["settings", "runs", *headings(compared).values()]
        rows = [
            (row.settings, summary.runs_of(row), *(summary.told_of(row, name) for name in compared))
            for row in self._rows
        ]
        drawn: list[str] = []
        if self.folder is not None:
            left = {self.folder / name: what for name, what in PICTURES.items()}
            drawn = [html_of_file(path, what, WIDE) for path, what in left.items() if path.is_file()]
        elif (picture := comparison.drawn(self._rows, compared)) is not None:
            drawn = [html_of(of_picture(picture), PICTURES["comparison.png"], WIDE)]
        said = f"<b>{escape(repr(self))}</b>"
        return f'<div style="{FONT}">{said}{html_table(heads, rows)}{"".join(drawn)}</div>'

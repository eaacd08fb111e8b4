"""The pictures of a sweep, beside its summary: comparison.png and dots.png. What goes wrong ends nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from gan_runner.figures import meant, word_of
from gan_runner.files import replacing
from gan_runner.images.captions import headings, of_reals
from gan_runner.runs import comparison, dots, summary
from gan_runner.runs.jobs import chosen_by, read

log = logging.getLogger(__name__)


def draw(sweep: Path, objective: str | None = None, mode: str = "min") -> list[Path]:
    """Those that there is something to draw on. objective, mode: as for the summary."""
    jobs = read(sweep)
    rows = summary.rows(jobs)
    known = list(dict.fromkeys(name for row in rows for name in row.figures))
    found = meant(objective, known) if objective else []
    names = summary.compared_by(summary.shown(known, found), found, chosen_by(jobs)) if jobs else []
    table = _best_first(rows, found, mode)
    written = [
        _kept(sweep / "comparison.png", lambda: comparison.drawn(table, names), _save_image),
        _kept(sweep / "dots.png", lambda: _dots(table, names), _save_figure),
    ]
    return [path for path in written if path is not None]


def _best_first(table: Sequence[summary.Row], objective: Sequence[str], mode: str) -> Sequence[summary.Row]:
    """Of a search with more settings than fit, those with the best objective come first."""
    if len(objective) != 1 or len(table) <= comparison.ROWS:
        return table
    sign = -1 if mode.startswith("max") else 1
    worst = float("inf")

    def rank(row: summary.Row) -> float:
        value = row.figures.get(objective[0], (worst,))[0]
        return sign * value if value == value else worst

    return sorted(table, key=rank)


def _dots(table: Sequence[summary.Row], names: Sequence[str]) -> Any:
    """Of the finished jobs; a row says how many of its jobs they are."""
    called = {row.settings: _called(row) for row in table}
    heads = headings(names)
    columns = []
    for name in names:
        values = {called[row.settings]: list(row.by_seed(name).values()) for row in table}
        reals = [row.figures[real][0] for row in table if (real := of_reals(name)) in row.figures]
        columns.append(dots.Column(heads[name], values, mean(reals) if reals else None, word_of(name).endswith("_kl")))
    return dots.drawn([called[row.settings] for row in table], columns)


def _called(row: summary.Row) -> str:
    return row.settings if row.finished == row.jobs else f"{row.settings} ({summary.runs_of(row)})"


def _kept(path: Path, make: Callable[[], Any], save: Callable[[Any, Path], None]) -> Path | None:
    try:
        picture = make()
        if picture is None:
            return None
        save(picture, path)
    except Exception as error:
        log.warning("%s is not drawn: %s", path, error)
        return None
    return path


def _save_image(picture: Any, path: Path) -> None:
    with replacing(path) as beside:
        picture.save(beside)


def _save_figure(drawn: Any, path: Path) -> None:
    from gan_runner.images.plots import save

    save(drawn, path)

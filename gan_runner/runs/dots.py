"""dots.png of a sweep: a panel for each figure, a row for each setting, a dot for each seed, a tick at their mean."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean
from typing import TYPE_CHECKING, NamedTuple

from gan_runner.images.captions import FAKE, REAL, hexadecimal
from gan_runner.images.plots import SMALL, USUAL, figure, in_decades, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST = 40
"""Rows."""
LETTER = 0.062
"""Inches of a letter of a row's name."""
LONGEST = 60
"""Letters of a row's name."""


class Column(NamedTuple):
    """A figure: its heading, its values by row, what real data has, and whether it is on a logarithmic axis."""

    heading: str
    values: Mapping[str, Sequence[float]]
    real: float | None = None
    logarithmic: bool = False


def drawn(rows: Sequence[str], columns: Sequence[Column]) -> Figure | None:
    """The first row on top; None where there is no finite number."""
    rows = rows[:MOST]
    columns = [one for one in columns if any(map(math.isfinite, (v for row in rows for v in one.values.get(row, ()))))]
    if not columns or not rows:
        return None
    margin = 0.25 + LETTER * min(LONGEST, max(map(len, rows)))
    width, height = margin + 2.6 * len(columns), 0.95 + 0.28 * len(rows)
    sheet = figure(width, height)
    for index, column in enumerate(columns):
        left, across = (margin + 2.6 * index) / width, 2.35 / width
        axes = plain(sheet.add_axes((left, 0.5 / height, across, (height - 0.9) / height)), column.heading)
        dots(axes, rows, column)
        if index:
            axes.set_yticklabels([])
    dotted = "; dotted: real data" if any(column.real is not None for column in columns) else ""
    sheet.text(0.01, 0.08 / height, f"a dot is a seed, a tick the mean{dotted}", fontsize=SMALL, va="bottom")
    return sheet


def dots(axes: Axes, rows: Sequence[str], column: Column) -> None:
    """The values of each row; one that has none has no dot, and a row with a number that is not finite no mean."""
    for y, row in enumerate(rows):
        values = column.values.get(row, ())
        axes.plot(values, [y] * len(values), "o", color=hexadecimal(FAKE), alpha=0.6, markeredgewidth=0)
        if values and all(map(math.isfinite, values)):
            axes.plot(mean(values), y, "|", color="black", markersize=11)
    if column.real is not None and math.isfinite(column.real):
        axes.axvline(column.real, linestyle=":", linewidth=1.2, color=hexadecimal(REAL))
    known = [value for row in rows for value in column.values.get(row, ()) if math.isfinite(value)]
    if column.logarithmic and min(known) > 0:
        axes.set_xscale("log")
        in_decades(axes.xaxis)
    axes.set_yticks(range(len(rows)), [row if len(row) <= LONGEST else f"{row[: LONGEST - 1]}…" for row in rows],
                    fontsize=USUAL)  # fmt: skip
    axes.set_ylim(len(rows) - 0.5, -0.5)

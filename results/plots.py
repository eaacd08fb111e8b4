"""The plots in docs/results.md, from the runs that `tables.py` counts: a dot for each seed, a tick at the mean.

    python results/plots.py [outputs=outputs]      # writes docs/images/<table>.svg; make tables does it too

A table without runs keeps its plot. The dotted line is real data in the place of samples. Sweeps leave the same plot
(gan_runner/runs/dots.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib

from columns import TABLES, Column
from gan_runner.images.captions import arrowed
from gan_runner.runs import dots
from runs import ROOT, Run, counted
from tables import by_row

PLOTTED = ["ring", "grid", "stacked_mnist_half", "stacked_mnist_quarter", "mnist"]
"""Tables whose recipes differ in the remedy alone, with several rows."""
IMAGES = ROOT / "docs" / "images"
OF_FILES = {"svg.hashsalt": "gan_runner", "svg.fonttype": "none"}
"""The same bytes from the same numbers, and letters as text."""


def main() -> None:
    """Draw the tables that have runs."""
    found = counted()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in PLOTTED:
        if rows := by_row(found, name):
            draw(name, rows)


def draw(name: str, rows: Mapping[str, Sequence[Run]]) -> None:
    """A panel for each column of the table, a line for each row, the best on top."""
    order = [rows[row] for row in TABLES[name].ranked(rows)]
    figure = dots.drawn([label(runs[0]) for runs in order], [values(column, order) for column in TABLES[name].columns])
    if figure is not None:
        with matplotlib.rc_context(OF_FILES):
            figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})


def values(column: Column, rows: Sequence[Sequence[Run]]) -> dots.Column:
    """A figure of the runs of each row; a run may have none, as the KL of no modes."""
    found = {label(runs[0]): [run.figures[column.figure] for run in runs] for runs in rows}
    real, logarithmic = rows[0][0].control[column.figure], column.figure.endswith("_kl")
    return dots.Column(arrowed(column.figure), found, real, logarithmic)


def label(run: Run) -> str:
    """pacgan2; or the tricks, where the command line chose them."""
    return run.tricks.strip("[]").replace(",", ", ") or run.experiment.partition("/")[2]


if __name__ == "__main__":
    main()

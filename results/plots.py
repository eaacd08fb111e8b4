"""The plots in docs/results.md, from the runs that `tables.py` counts: a dot for each seed, a tick at the mean.

    python results/plots.py [outputs=outputs]      # writes docs/images/<table>.svg; make tables does it too

A table without runs keeps its plot. The dashed line is real data in the place of samples.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib
from matplotlib import pyplot
from matplotlib.axes import Axes

from columns import TABLES, Column
from runs import ROOT, Run, counted
from tables import by_row

PLOTTED = ["ring", "grid", "stacked_mnist_half", "stacked_mnist_quarter", "mnist"]
"""Tables whose recipes differ in the remedy alone, with several rows."""
IMAGES = ROOT / "docs" / "images"
matplotlib.use("svg")
matplotlib.rcParams |= {
    "svg.hashsalt": "gan_runner",
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def main() -> None:
    """Draw the tables that have runs."""
    found = counted()
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name in PLOTTED:
        if rows := by_row(found, name):
            draw(name, rows)


def draw(name: str, rows: Mapping[str, Sequence[Run]]) -> None:
    """A panel for each column of the table, a line for each row, the best on top."""
    columns, order = TABLES[name].columns, TABLES[name].ranked(rows)
    figure, panels = pyplot.subplots(
        1, len(columns), sharey=True, squeeze=False, figsize=(9, 0.8 + 0.24 * len(order)), layout="constrained"
    )
    for panel, column in zip(panels[0], columns, strict=True):
        dots(panel, column, [rows[row] for row in order])
    panels[0][0].set_yticks(range(len(order)), [label(rows[row][0]) for row in order])
    panels[0][0].invert_yaxis()
    figure.savefig(IMAGES / f"{name}.svg", metadata={"Date": None})
    pyplot.close(figure)


def dots(panel: Axes, column: Column, rows: Sequence[Sequence[Run]]) -> None:
    """The runs of each row by one figure; a run that has none, as the KL of no modes, has no dot, its row no mean."""
    for y, row in enumerate(rows):
        values = [run.figures[column.figure] for run in row]
        panel.plot(values, [y] * len(values), "o", color="C0", alpha=0.5, markeredgewidth=0)
        panel.plot(sum(values) / len(values), y, "|", color="black", markersize=11)
    panel.axvline(rows[0][0].control[column.figure], linestyle="--", linewidth=1, color="grey")
    panel.grid(axis="y", linewidth=0.3)
    panel.set_xlabel(column.heading)
    if column.figure.endswith("_kl"):
        panel.set_xscale("log")
        panel.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())  # they would lie on top of each other
    if column.percent:
        panel.xaxis.set_major_formatter(matplotlib.ticker.PercentFormatter(1))


def label(run: Run) -> str:
    """pacgan2; or the tricks, where the command line chose them."""
    return run.tricks.strip("[]").replace(",", ", ") or run.experiment.partition("/")[2]


if __name__ == "__main__":
    main()

"""dots.png: a dot for each seed, a tick at the mean, real data as a line."""

import math

from gan_runner.images.plots import texts
from gan_runner.runs.dots import MOST, Column, drawn

ROWS = ["loss=hinge", "loss=minimax (1 of 3)"]


def test_a_panel_for_each_figure_and_a_row_for_each_setting() -> None:
    modes = Column("modes ↑", {ROWS[0]: [7.0, 8.0], ROWS[1]: [1.0]}, 8.0)
    kl = Column("KL ↓", {ROWS[0]: [0.1, 0.01], ROWS[1]: [math.nan]}, None, logarithmic=True)
    sheet = drawn(ROWS, [modes, kl])
    assert sheet is not None
    first, second = sheet.axes
    assert [first.get_title(loc="left"), second.get_title(loc="left")] == ["modes ↑", "KL ↓"]
    assert [label.get_text() for label in first.get_yticklabels()] == ROWS
    dots = [line for line in first.lines if line.get_marker() == "o"]
    assert [list(line.get_xdata()) for line in dots] == [[7.0, 8.0], [1.0]]
    means = [list(line.get_xdata()) for line in first.lines if line.get_marker() == "|"]
    assert means == [[7.5], [1.0]]
    assert first.lines[-1].get_xdata() == [8.0, 8.0]
    assert [line.get_xdata() for line in second.lines if line.get_marker() == "|"] == [[0.055]]  # a NaN has no mean
    assert second.get_xscale() == "log"
    assert first.yaxis_inverted()
    assert "a dot is a seed, a tick the mean; dotted: real data" in texts(sheet)


def test_nothing_is_drawn_of_no_numbers() -> None:
    assert drawn(ROWS, [Column("KL ↓", {ROWS[0]: [math.nan]})]) is None
    assert drawn([], []) is None


def test_many_rows_end() -> None:
    rows = [f"optimizer.lr={number}" for number in range(100)]
    sheet = drawn(rows, [Column("modes ↑", {row: [1.0] for row in rows})])
    assert sheet is not None
    assert len(sheet.axes[0].get_yticks()) == MOST

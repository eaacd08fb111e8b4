"""Figures of matplotlib: drawn without pyplot, imported late, saved whole; curves that are smoothed."""

import math
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from gan_runner.images.plots import figure, in_decades, legend, plain, save, smooth, texts


def test_a_figure_is_saved_as_what_its_name_says(tmp_path: Path) -> None:
    drawn = figure(3, 2)
    plain(drawn.add_axes((0.2, 0.2, 0.7, 0.7)), "a title").plot([0, 1], [1, 0])
    for name in ("a.png", "a.svg"):
        save(drawn, tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.png", "a.svg"]  # nothing half-written is left
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (300, 200)


def test_what_is_written_on_it_is_known() -> None:
    drawn = figure(3, 2)
    axes = plain(drawn.add_axes((0.2, 0.2, 0.7, 0.7)), "above")
    axes.plot([0, 1], [0, 1], label="a curve")
    axes.set_xlabel("batches")
    axes.text(0, 0, "inside")
    legend(axes)
    drawn.text(0, 0, "outside")
    assert set(texts(drawn)) == {"above", "a curve", "batches", "inside", "outside"}


def test_lines_without_names_have_no_legend() -> None:
    axes = figure(3, 2).add_axes((0, 0, 1, 1))
    axes.plot([0, 1], [0, 1])
    legend(axes)
    assert axes.get_legend() is None


def test_names_in_letters_that_the_font_has_not_are_drawn_in_silence(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    drawn = figure(3, 2)
    drawn.text(0, 0, "\u6570")
    save(drawn, tmp_path / "a.png")
    assert not [one for one in recwarn if "Glyph" in str(one.message)]


@pytest.mark.parametrize(("high", "told"), [(9.0, ["0.5", "1", "2", "5"]), (1e4, ["1", "10", "100", "1000"])])
def test_a_logarithmic_axis_has_plain_numbers(high: float, told: list[str]) -> None:
    drawn = figure(3, 2)
    axes = drawn.add_axes((0.2, 0.2, 0.7, 0.7))
    axes.set_yscale("log")
    axes.set_ylim(0.5, high)
    in_decades(axes.yaxis)
    drawn.savefig(BytesIO())
    shown = [tick.label1.get_text() for tick in (*axes.yaxis.get_major_ticks(), *axes.yaxis.get_minor_ticks())]
    inside = {label for label in shown if label and 0.5 <= float(label) <= high}
    assert set(told) <= inside <= {*told, "10000"}


def test_running_means_leave_out_what_is_not_finite() -> None:
    *means, gap, _ = smooth([1.0, 2.0, 3.0, math.nan, 5.0], 3)
    assert means[1:] == pytest.approx([2.0, 2.5])
    assert math.isnan(gap)
    assert smooth([4.0], 20) == [4.0]


@pytest.mark.parametrize(
    "begin",
    [
        "sys.argv = ['gan-train', '--help']; from gan_runner.cli.train import main; main()",
        "from gan_runner.training import libraries; libraries.load()\n"
        "import gan_runner.assemble, gan_runner.callbacks.curves, gan_runner.cli.sweeping, gan_runner.runs.sheets",
    ],
    ids=["help", "all that a run imports"],
)
def test_it_is_imported_only_when_something_is_drawn(begin: str) -> None:
    """And without pyplot, which keeps figures and asks for a window."""
    code = (
        f"import sys\n{begin}\nassert 'matplotlib' not in sys.modules\n"
        "from gan_runner.images.plots import figure; figure(1, 1)\n"
        "assert 'matplotlib.figure' in sys.modules and 'matplotlib.pyplot' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


def test_the_backend_that_a_notebook_names_need_not_be_installed() -> None:
    told = "import os; from gan_runner.images.plots import figure; figure(1, 1); print(os.environ['MPLBACKEND'])"
    environment = {**os.environ, "MPLBACKEND": "module://of_another_environment"}
    done = subprocess.run([sys.executable, "-c", told], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == environment["MPLBACKEND"]

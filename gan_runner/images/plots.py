"""Charts by matplotlib: figures of their own, without pyplot, a window or a setting that others would share.

matplotlib is imported when the first of them is drawn and not before: a command that draws none does not wait for it.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gan_runner.files import replacing
from gan_runner.images.captions import INK, hexadecimal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

DPI = 100
SMALL, USUAL, LARGE = 7.5, 8.5, 11.0
"""Sizes of letters in points."""


def figure(width: float, height: float) -> Figure:
    """An empty one, in inches."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of caches and fonts
    with _any_backend():
        from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=DPI, facecolor="white")


@contextmanager
def _any_backend() -> Iterator[None]:
    """A notebook names one to all that it starts, and one that is not installed here stops the import."""
    named = os.environ.pop("MPLBACKEND", None)
    try:
        yield
    finally:
        if named is not None:
            os.environ["MPLBACKEND"] = named


def save(drawn: Figure, path: Path) -> None:
    """As a file of the kind that its suffix names, whole or not at all."""
    with replacing(path) as beside, warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a class may be called in letters that its font has not
        drawn.savefig(beside)


def plain(axes: Axes, title: str = "") -> Axes:
    """Without the lines above and on the right, in small letters."""
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(hexadecimal(INK))
        axes.spines[side].set_linewidth(0.6)
    axes.tick_params(which="both", labelsize=SMALL, width=0.6, length=3)
    axes.grid(axis="y", linewidth=0.3)
    axes.set_axisbelow(True)
    if title:
        axes.set_title(title, fontsize=USUAL, loc="left", pad=4)
    return axes


def in_decades(axis: Axis) -> None:
    """Plain numbers along a logarithmic axis; between the powers of ten where these are few."""
    low, high = axis.get_view_interval()
    few = high < 100 * low
    axis.set_major_formatter("{x:g}")
    axis.set_minor_formatter(lambda value, _: f"{value:g}" if few and f"{value:e}"[0] in "25" else "")


def legend(axes: Axes, **keys: Any) -> None:
    """Of the lines that have a name, if any has."""
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=SMALL, frameon=True, framealpha=0.75, edgecolor="none", borderpad=0.2, **keys)


def texts(drawn: Figure) -> list[str]:
    """All that is written on a figure, but for the numbers of its axes: what a reader has to go by."""
    from matplotlib.text import Text

    told: list[Text] = list(drawn.texts)
    for axes in drawn.axes:
        told += [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label, *axes.texts]  # type: ignore[attr-defined]
        if (box := axes.get_legend()) is not None:
            told += box.get_texts()
    return [text for one in told if (text := one.get_text())]


def smooth(values: Sequence[float], window: int) -> list[float]:
    """The mean of each number with those about it that are finite, up to `window` in all; a gap stays one."""
    import numpy as np

    numbers = np.asarray(values, dtype=float)
    known = np.isfinite(numbers)
    kernel = np.ones(min(window, len(numbers)))
    total = np.convolve(np.where(known, numbers, 0.0), kernel, mode="same")
    count = np.convolve(known.astype(float), kernel, mode="same")
    with np.errstate(invalid="ignore", divide="ignore"):
        means: list[float] = np.where(known, total / count, np.nan).tolist()
    return means

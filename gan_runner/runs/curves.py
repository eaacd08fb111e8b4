"""curves.png: a run on one sheet, from what it has logged. The state of each game above, then losses, what the
discriminator says and how often it is right, gradients; evaluations below, with what real data has.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_runner.figures import (
    build,
    game_of,
    is_control,
    is_headline,
    is_measured,
    is_of_all_games,
    is_of_one_class,
    source_of,
    split,
    word_of,
)
from gan_runner.images.captions import (
    DISCRIMINATOR,
    FAKE,
    GENERATOR,
    INK,
    REAL,
    TEN,
    Colour,
    arrowed,
    batches,
    colour_of_state,
    curve,
    hexadecimal,
)
from gan_runner.images.plots import LARGE, SMALL, USUAL, figure, in_decades, legend, plain, smooth
from gan_runner.runs.folder import RunFolder

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Series = tuple[list[int], list[float]]
"""Batches, and the figure after each of them."""
MOST_LINES, MOST_MEASURED = 8, 4
"""Of a panel; panels of evaluations."""
NOISY = 200
"""Points from which a curve is drawn faintly, below its running mean."""
WIDTH, PANEL, ROW = 10.0, 1.75, 0.22
"""Inches of the sheet, of a panel's height, and of a game's row of states."""
COLOURS = {
    "D_real": REAL, "logit_real": REAL, "accuracy_real": REAL, "D_fake": FAKE, "logit_fake": FAKE,
    "accuracy_fake": FAKE, "accuracy": INK,
}  # fmt: skip
OF_PLAYERS = {"generator": GENERATOR, "discriminator": DISCRIMINATOR}
STYLES = ("-", "--", ":", "-.")
"""Of the games of a run that plays several."""
BESIDE = {"real": "real data", "identity": "the source as it is"}
"""Controls -> what they are called beside the curve that they are a control of."""
LINES = tuple(colour for colour in TEN if colour not in (GENERATOR, DISCRIMINATOR))
OTHER = (
    "gradient_norm", "learning_rate", "loss_scale", "variety", "fake_scale", "saturated", "active_units", "kl_most",
    "kl_least", "moved", "elbo", "kl_nats",
)  # fmt: skip
"""Figures of a player that are no losses."""


class Panel(NamedTuple):
    """Curves that share an axis: their names, and a level that one looks for."""

    title: str
    names: Sequence[str]
    level: float | None = None
    of_level: str = ""
    within: tuple[float, float] | None = None
    logarithmic: bool = False


class Stretch(NamedTuple):
    """How long a game was in a state, in batches."""

    game: str
    state: str
    start: int
    end: int


def read(metrics: Path) -> dict[str, Series]:
    """The figures of a metrics.csv by name; {} where there is none.

    What is no number is left out, and so is a line that is not whole: of a run that plays on, or that was killed.
    """
    found: dict[str, Series] = {}
    if not metrics.is_file():
        return found
    with metrics.open(newline="", encoding="utf-8", errors="replace") as file:
        for row in csv.DictReader(line for line in file if line.endswith("\n") and "\0" not in line):
            step = _number(row.pop("step", None))
            if step is None or not step.is_integer():
                continue
            for name, value in row.items():
                if name and (number := _number(value)) is not None:
                    steps, values = found.setdefault(name, ([], []))
                    steps.append(int(step))
                    values.append(number)
    return found


def _number(text: str | None) -> float | None:
    """None of words, and where there is nothing."""
    try:
        return float(text or "")
    except ValueError:
        return None


def drawn(run: RunFolder, states: Iterable[Mapping[str, Any]], played: int, ended: str = "") -> Figure | None:
    """The sheet of a run after `played` batches; None where nothing was logged. states: the monitor's, as run.json has
    them. ended: why it came to no end, if it did not.
    """
    series = read(run.metrics)
    if not series:
        return None
    from matplotlib.ticker import MaxNLocator  # takes long to import

    games = list(dict.fromkeys(game for name in series if (game := game_of(name))))
    stretches = list(stretches_of(series, states, played))
    panels = panels_of(series)
    rows = math.ceil(len(panels) / 2)
    strip = ROW * len({one.game for one in stretches})
    height = 0.95 + strip + rows * (PANEL + 0.5)
    sheet = figure(WIDTH, height)
    title = f"{run.called}: {ended and f'{ended} after '}{batches(played)}"
    sheet.text(0.01, 1 - 0.25 / height, title, fontsize=LARGE, va="center", color="firebrick" if ended else "black")
    end = max(played, *(steps[-1] for steps, _ in series.values()), 1)
    if stretches:
        _states(sheet, stretches, 1 - (0.45 + strip) / height, strip / height, end)
    top = 1 - (0.45 + strip + 0.4) / height
    for index, panel in enumerate(panels):
        below = top - (index // 2) * (PANEL + 0.5) / height - PANEL / height
        axes = plain(sheet.add_axes((0.06 + 0.49 * (index % 2), below, 0.43, PANEL / height)), panel.title)
        _fill(axes, panel, series, games)
        for one in stretches:
            if one.state != "healthy":
                axes.axvspan(one.start, one.end, color=hexadecimal(colour_of_state(one.state)), alpha=0.12, lw=0)
        axes.set_xlim(0, end)
        axes.xaxis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 2.5, 5, 10], integer=True))
        if index >= len(panels) - 2:
            axes.set_xlabel("batches", fontsize=SMALL)
    return sheet


# ---- which panels ---------------------------------------------------------------------------------------------------


def panels_of(series: Mapping[str, Series]) -> list[Panel]:
    """Those of training, then those of evaluations."""
    return [*_of_training(series), *_of_evaluations(series)]


def _of_training(series: Mapping[str, Series]) -> Iterator[Panel]:
    """Those that have a curve."""
    words = {
        word: [name for name in series if word_of(name) == word and not is_measured(name)]
        for word in (*COLOURS, "elbo", "kl_nats")
    }
    panels = [
        Panel("losses: what is made small", _losses(series)),
        Panel("what D says: 1 is real, 0 fake", [*words["D_real"], *words["D_fake"]], 0.5, "½: cannot tell", (0, 1)),
        Panel("what the critic says of reals and fakes", [*words["logit_real"], *words["logit_fake"]]),
        Panel(
            "how often D is right",
            [*words["accuracy_real"], *words["accuracy_fake"], *words["accuracy"]],
            0.5, "½: cannot tell", (0, 1),
        ),
        Panel("gradient norms", [n for n in series if word_of(n) == "gradient_norm"], logarithmic=True),
        Panel("nats of an image: the ELBO, and what its code tells", [*words["elbo"], *words["kl_nats"]]),
        Panel("numbers of a code that depend on the data", [n for n in series if word_of(n) == "active_units"]),
    ]  # fmt: skip
    return (panel._replace(names=panel.names[:MOST_LINES]) for panel in panels if panel.names)


def _losses(series: Mapping[str, Series]) -> list[str]:
    """The terms of each game, and those of all games."""
    terms = [
        name
        for name in series
        if not is_measured(name)
        and source_of(name) not in ("tricks", "monitor", "equilibrium")
        and len(split(name)) > 1
        and word_of(name) not in (*OTHER, *COLOURS)
    ]
    return sorted(terms, key=lambda name: (word_of(name) != "adversarial", not is_of_all_games(name)))


def _of_evaluations(series: Mapping[str, Series]) -> Iterator[Panel]:
    """The figures that runs are compared by, beside those of real data."""
    measured = [n for n in series if is_measured(n) and not is_control(n) and not is_of_one_class(n)]
    chosen = [name for name in measured if is_headline(name)] or measured
    for name in chosen[:MOST_MEASURED]:
        of, level = next(
            ((of, known[1][-1]) for of in BESIDE if (known := series.get(build(name, of)))), ("real", None)
        )
        yield Panel(f"{arrowed(name)}   ({name})", [name], level, BESIDE[of])


def stretches_of(series: Mapping[str, Series], states: Iterable[Mapping[str, Any]], played: int) -> Iterator[Stretch]:
    """How long each game that the monitor has looked at was in each state."""
    watched = [str(game_of(name)) for name in series if source_of(name) == "monitor" and word_of(name) == "state"]
    changes = [(change["game"], int(change["batches"]), change["state"]) for change in states]
    for game in watched:
        start, state = 0, "healthy"
        for at, to in [(at, to) for of, at, to in changes if of == game]:
            if at > start:
                yield Stretch(game, state, start, at)
            start, state = at, to
        if played > start or not start:
            yield Stretch(game, state, start, played)


# ---- how they are drawn ---------------------------------------------------------------------------------------------


def _fill(axes: Axes, panel: Panel, series: Mapping[str, Series], games: Sequence[str]) -> None:
    for index, name in enumerate(panel.names):
        steps, values = series[name]
        game = game_of(name)
        style = STYLES[games.index(game) % len(STYLES)] if game in games else "-"
        called = curve(name) if len(games) < 2 or game is None or is_measured(name) else f"{game}: {curve(name)}"
        colour = hexadecimal(colour_of(name, index))
        told = None if is_measured(name) else called
        if len(steps) > NOISY:
            axes.plot(steps, values, color=colour, lw=0.5, alpha=0.25)
            values = smooth(values, len(steps) // 50)
        marker = "o" if is_measured(name) or len(steps) < 3 else ""
        axes.plot(steps, values, style, color=colour, lw=1.3, marker=marker, markersize=3, label=told)
    if panel.level is not None:
        colour = hexadecimal(REAL if panel.of_level == BESIDE["real"] else INK)
        axes.axhline(panel.level, color=colour, lw=0.9, ls=":", label=panel.of_level)
    known = [value for name in panel.names for value in series[name][1] if math.isfinite(value)]
    if panel.logarithmic and known and min(known) > 0:
        axes.set_yscale("log")
        in_decades(axes.yaxis)
    elif panel.within:
        axes.set_ylim(panel.within[0] - 0.03, panel.within[1] + 0.03)
    elif known and is_measured(panel.names[0]) and min(known) >= 0:
        axes.set_ylim(bottom=-0.04 * axes.get_ylim()[1])
    if not known:
        axes.text(0.5, 0.65, "no finite number", transform=axes.transAxes, ha="center", fontsize=USUAL)
    legend(axes, loc="best")


def colour_of(name: str, index: int) -> Colour:
    """Of the curve at a place of its panel."""
    if is_measured(name):
        return FAKE
    if word_of(name) in COLOURS:
        return COLOURS[word_of(name)]
    players = word_of(name) in ("adversarial", "gradient_norm")
    return OF_PLAYERS.get(source_of(name), LINES[index]) if players else LINES[index]


def _states(sheet: Figure, stretches: Sequence[Stretch], below: float, height: float, end: int) -> None:
    """A row for each game: what the monitor called it, and when."""
    axes = sheet.add_axes((0.06, below, 0.92, height))
    games = list(dict.fromkeys(one.game for one in stretches))
    for one in stretches:
        row = games.index(one.game)
        colour = colour_of_state(one.state)
        axes.barh(row, one.end - one.start, 1.0, one.start, color=hexadecimal(colour), alpha=0.8, lw=0)
        told = one.state if len(games) == 1 else f"{one.game}: {one.state}"
        if one.end - one.start > 0.009 * end * len(told):
            dark = sum(colour) < 380
            axes.text((one.start + one.end) / 2, row, told, ha="center", va="center", fontsize=SMALL,
                      color="white" if dark else "black")  # fmt: skip
    for state in dict.fromkeys(one.state for one in stretches if one.state != "healthy"):
        axes.barh(0, 0, color=hexadecimal(colour_of_state(state)), alpha=0.8, label=state)
    axes.set_xlim(0, end)
    axes.set_ylim(len(games) - 0.5, -0.5)
    axes.tick_params(labelbottom=False, bottom=False, labelleft=False, left=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if axes.get_legend_handles_labels()[1]:
        axes.legend(fontsize=SMALL, frameon=False, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=6, borderpad=0)

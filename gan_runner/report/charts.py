"""The curves of a run as a page draws them: what runs/curves.py has on a sheet, as numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from gan_runner.figures import game_of, is_measured
from gan_runner.images.captions import INK, REAL, caption_of, colour_of_state, curve, hexadecimal
from gan_runner.runs.curves import BESIDE, Panel, Series, Stretch, colour_of, panels_of, read, stretches_of
from gan_runner.runs.folder import RunFolder
from gan_runner.strings.reading import phrase

MOST = 1500
"""Points of a curve."""
DASHES: tuple[list[int], ...] = ([], [6, 4], [2, 3], [8, 3, 2, 3])
"""Of the games of a run that plays several."""


def charts(run: RunFolder, states: Sequence[Mapping[str, Any]], played: int, language: str) -> dict[str, Any] | None:
    """{"panels": […], "bands": […], "end": batches}, ready for JSON; None where no figure was logged.

    What was logged once is no curve, and told by the table of figures, unless all was.

    A panel: title, x (the batches, from 0 to the end), curves ({label, name, colour, dash, y, dots}, y as long as x
    with null where there is no number), level ({label, value, colour} or null), within ([low, high] or null), log.
    """
    series = {name: both for name, both in read(run.metrics).items() if both[0]}
    if not series:
        return None
    end = max(played, *(steps[-1] for steps, _ in series.values()), 1)
    games = list(dict.fromkeys(game for name in series if (game := game_of(name))))
    every = panels_of(series)
    told = [panel for panel in every if any(len(series[name][0]) > 1 for name in panel.names)] or every
    panels = [_panel(panel, series, games, end, language) for panel in told]
    bands = [_band(one, language) for one in stretches_of(series, states, played)]
    return {"panels": panels, "bands": bands, "end": end}


def _panel(panel: Panel, series: Mapping[str, Series], games: Sequence[str], end: int, language: str) -> dict[str, Any]:
    thinned = {name: thin(*series[name]) for name in panel.names}
    x = sorted({0, end, *(step for steps, _ in thinned.values() for step in steps)})
    curves = []
    for index, name in enumerate(panel.names):
        steps, values = thinned[name]
        at = dict(zip(steps, values, strict=True))
        curves.append(
            {
                "label": _label(name, games, language),
                "name": name,
                "colour": hexadecimal(colour_of(name, index)),
                "dash": DASHES[games.index(game) % len(DASHES)] if (game := game_of(name)) in games else [],
                "y": [rounded(at.get(step)) for step in x],
                "dots": is_measured(name) or len(steps) < 3,
            }
        )
    known = [value for _, values in thinned.values() for value in values if math.isfinite(value)]
    level = None
    if panel.level is not None and math.isfinite(panel.level):
        colour = REAL if panel.of_level == BESIDE["real"] else INK
        level = {
            "label": phrase(language, panel.of_level),
            "value": rounded(panel.level),
            "colour": hexadecimal(colour),
        }
    return {
        "title": _title(panel, language),
        "name": panel.names[0] if is_measured(panel.names[0]) else "",
        "x": x,
        "curves": curves,
        "level": level,
        "within": list(panel.within) if panel.within else None,
        "log": bool(panel.logarithmic and known and min(known) > 0),
    }


def _title(panel: Panel, language: str) -> str:
    """Of evaluations the short name with its arrow, whose full one stands beside it."""
    if not is_measured(panel.names[0]):
        return phrase(language, panel.title)
    return in_short(panel.names[0], language)


def in_short(name: str, language: str) -> str:
    """The short name of an evaluation's figure with its arrow, in a language."""
    known = caption_of(name)
    return name if known is None else known._replace(short=phrase(language, known.short)).arrowed


def _label(name: str, games: Sequence[str], language: str) -> str:
    if is_measured(name):
        return in_short(name, language)
    called, game = phrase(language, curve(name)), game_of(name)
    return called if len(games) < 2 or game is None else f"{game}: {called}"


def _band(one: Stretch, language: str) -> dict[str, Any]:
    return {
        "game": one.game,
        "state": one.state,
        "label": phrase(language, one.state),
        "start": one.start,
        "end": one.end,
        "colour": hexadecimal(colour_of_state(one.state)),
    }


def thin(steps: Sequence[int], values: Sequence[float]) -> tuple[list[int], list[float]]:
    """At most MOST points of a curve: of each stretch its least and its greatest number, and the first and the last."""
    if len(steps) <= MOST:
        return list(steps), list(values)
    width = math.ceil(2 * len(steps) / (MOST - 2))
    kept = {0, len(steps) - 1}
    for start in range(0, len(steps), width):
        known = [at for at in range(start, min(start + width, len(steps))) if math.isfinite(values[at])]
        if known:
            kept |= {min(known, key=values.__getitem__), max(known, key=values.__getitem__)}
    return [steps[at] for at in sorted(kept)], [values[at] for at in sorted(kept)]


def rounded(value: float | None) -> float | None:
    """To four digits; None of what is no finite number, which JSON has not."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.4g}")

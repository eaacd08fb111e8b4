"""What the page of a run tells, gathered from its folder: whatever lies there, of runs of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gan_runner.figures import logged
from gan_runner.files import read_json
from gan_runner.images.captions import colour_of_state, hexadecimal
from gan_runner.images.fields import FIELD, cell_of
from gan_runner.report import further, measured, recipe
from gan_runner.report.charts import charts
from gan_runner.report.pictures import Picture, frames, series_of, single
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.identity import name_of
from gan_runner.runs.jobs import ended
from gan_runner.strings.reading import phrase

OVER_TIME = ("", "a2b", "b2a", "reconstruction")
"""Series that are looked at first."""
OF_MODES, OF_CODES, NEAREST = ("modes", "by_mode"), ("plane", "codes", "kl"), ("nearest",)
BESIDE_REALS = ("",)
"""Series of what real data stands beside."""
FRAMES, WEIGHT = 40, 3_200_000
"""The most pictures of a series that is looked at first, and characters of all of these together."""
FEW, LIGHT = 8, 400_000
"""The same of each other series."""


def contents(run: RunFolder, language: str, news: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the template run.html shows. news: facts that the record has not yet, of a run that is about to end.

    Raises FileNotFoundError for a folder without a record, ValueError for one that cannot be read.
    """
    facts = {**_record(run), **(news or {})}
    drawn = RunFolder(Path(facts.get("same_as", run.path)))
    series = series_of(drawn.samples)
    played = int(facts.get("batches") or 0)
    status, why = ended(facts)
    figures = facts.get("figures") or {}
    config = _config(run)
    drawn_curves = charts(drawn, facts.get("states") or [], played, language)
    return {
        "title": run.called,
        "status": status,
        "why": why,
        "facts": facts,
        "played": played,
        "seconds": _total(facts, "seconds"),
        "cpu_seconds": _total(facts, "cpu_seconds"),
        "states": _states(drawn_curves, language),
        "changes": [_change(change, language) for change in facts.get("states") or []],
        "points": {"are": _are_points(drawn), "on_surface": _on_a_surface(config)},
        "tiles": measured.tiles(figures, language),
        **_pictures(drawn, series),
        "charts": drawn_curves,
        "figures": measured.rows(figures, language),
        "of_classes": measured.of_classes(figures, language),
        "of_training": measured.of_training(figures, language),
        "evaluated": _evaluated(run, language),
        "compared": recipe.compared(facts, config),
        "config": run.resolved.read_text(encoding="utf-8", errors="replace") if run.resolved.is_file() else "",
        "lesson": _lesson(facts, config),
        "data": name_of(facts["data"]) if facts.get("data") else "",
        "command": further.spoken(facts.get("command") or []),
        "folder": further.within(run.path, facts),
        "commands": further.commands(run, facts, config, series),
        "papers": further.papers(facts, config),
        "citation": further.citation(facts),
    }


def _record(run: RunFolder) -> dict[str, Any]:
    facts = run.facts()
    if not facts:
        raise FileNotFoundError(
            f"{run.path} has no {run.record.name}: the run stopped before it had begun, or it is no run folder"
        )
    if not isinstance(facts, dict) or "status" not in facts:
        raise ValueError(f"{run.record} does not say how the run ended: it is no record of a run")
    return facts


def _config(run: RunFolder) -> dict[str, Any]:
    """{} where there is none that can be read."""
    try:
        found: Any = run.config()
    except Exception:  # half written by a run that was killed, or of nobody
        return {}
    return found if isinstance(found, dict) else {}


def _total(facts: Mapping[str, Any], key: str) -> float | None:
    """Over all parts of a run that was gone on with; None where none says so."""
    known = [part[key] for part in (*facts.get("earlier", []), facts) if part.get(key) is not None]
    return sum(known) if known else None


def _states(drawn: Mapping[str, Any] | None, language: str) -> list[dict[str, str]]:
    """The last state of each game that the monitor has looked at."""
    last = {band["game"]: band for band in (drawn or {}).get("bands", [])}
    return [{"game": game, **{key: band[key] for key in ("state", "label", "colour")}} for game, band in last.items()]


def _change(change: Mapping[str, Any], language: str) -> dict[str, Any]:
    colour = hexadecimal(colour_of_state(change["state"]))
    return {"quantity": "", **change, "label": phrase(language, change["state"]), "colour": colour}


def _lesson(facts: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a lesson has shown: its signs, each with "least" and "most", and its sentences "look" and "next"."""
    told, asked = facts.get("lesson"), config.get("lesson") or {}
    if not isinstance(told, Mapping):
        return None
    signs = [{"least": one.get("at_least"), "most": one.get("at_most"), **one} for one in told.get("shows", [])]
    return {"shown": told.get("shown"), "shows": signs, "look": asked.get("look", ""), "next": asked.get("next", "")}


def _evaluated(run: RunFolder, language: str) -> list[measured.Row]:
    """What gan-evaluate has found afterwards."""
    if not run.evaluation.is_file():
        return []
    figures = read_json(run.evaluation).get("figures") or {}
    return measured.rows({logged(name): value for name, value in figures.items()}, language)


# ---- pictures -------------------------------------------------------------------------------------------------------


def _pictures(run: RunFolder, series: Mapping[str, Mapping[int, Path]]) -> dict[str, Any]:
    """Series by the section that they stand in, real data, and pictures that no series has."""
    first = [name for name in OVER_TIME if name in series]
    taken = {*OVER_TIME, *OF_MODES, *OF_CODES, *NEAREST}
    others = [name for name in series if name not in taken]
    return {
        "real": single(run.reals),
        "over_time": _shown(first, series, FRAMES, WEIGHT // max(1, len(first))),
        "modes": _shown(OF_MODES, series, FEW, LIGHT),
        "codes": _shown(OF_CODES, series, FEW, LIGHT),
        "nearest": _shown(NEAREST, series, FEW, LIGHT),
        "others": _shown(others, series, FEW, LIGHT),
        "singles": _singles(run),
    }


def _are_points(run: RunFolder) -> bool:
    """Whether its samples are drawn as points, not as a grid of images."""
    try:
        with Image.open(run.reals) as picture:
            return FIELD in picture.info and cell_of(picture) is None
    except (OSError, ValueError):  # not there, or cut
        return False


def _on_a_surface(config: Mapping[str, Any]) -> bool:
    """Whether points are drawn above what the discriminator believes: not of conditional games, nor of codes."""
    network = config.get("network") or {}
    return bool(network.get("discriminator")) and not network.get("conditional") and not config.get("likelihood")


def _shown(
    names: Sequence[str], series: Mapping[str, Mapping[int, Path]], most: int, budget: int
) -> list[dict[str, Any]]:
    found = [(name, frames(series[name], most, budget)) for name in names if name in series]
    return [
        {"name": name, "frames": one.frames, "drawn": one.drawn, "beside_reals": name in BESIDE_REALS}
        for name, one in found
        if one.frames
    ]


def _singles(run: RunFolder) -> list[tuple[str, Picture]]:
    """The sizes of a growing game, and what gan-evaluate has drawn."""
    paths = [run.samples / "stages.png", *sorted(run.path.glob(f"{run.evaluation.stem}_*.png"))]
    return [(path.stem, picture) for path in paths if (picture := single(path)) is not None]

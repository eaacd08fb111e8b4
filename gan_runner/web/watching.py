"""The page of a run, finished or playing: what its folder tells, part by part, so that only what changed is sent."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route

from gan_runner import report
from gan_runner.config.errors import ConfigError
from gan_runner.figures import game_of, source_of, word_of
from gan_runner.images.captions import colour_of_state, hexadecimal
from gan_runner.monitoring.diagnosis import CODES
from gan_runner.report import further, measured, recipe
from gan_runner.report.charts import charts
from gan_runner.report.pictures import series_of
from gan_runner.runs.curves import Series, read
from gan_runner.runs.folder import RunFolder
from gan_runner.runs.jobs import ended
from gan_runner.strings.reading import LANGUAGES, phrase, words
from gan_runner.web.guard import inside
from gan_runner.web.protocol import finite

STATIC = Path(__file__).parent / "static"
CHARTS = Path(report.__file__).parent / "static"
OF_CHARTS = ("uPlot.iife.min.js", "uPlot.min.css", "theme.js", "curves.js")
"""What draws curves, as in the reports of runs."""
SAMPLES = "samples"
"""What the series without a name is called in addresses."""
REALS = "real"
STATE_OF = {code: state for state, code in reversed(CODES.items())}
"""What a logged code says; of two states with one code the one that games have."""
TO_DO = ("sample", "translate", "resume", "evaluate", "report")
"""What can be done with a run (report/further.py)."""
Part = Callable[["Watched", str], Any]


class Watched:
    """A run folder as it is now. What cannot be read at the moment is as it was when it could.

    A part of the page is made anew when a file that it is made of has changed. outputs: where other runs lie, one of
    which it may have taken its figures from.
    """

    def __init__(self, run: RunFolder, outputs: Path) -> None:
        self.run, self.outputs = run, outputs
        self._kept: dict[tuple[str, str], tuple[Any, Any]] = {}
        """By part and language: the state of its files, and what was made of them."""
        self._lock = Lock()
        self.facts: Mapping[str, Any] = {}
        self.trouble = ""
        """Why the newest look was no whole one; empty where it was."""

    def news(self, language: str, known: Mapping[str, str]) -> dict[str, Any]:
        """{"parts": {name: what is new}, "marks": {name: its mark}, "trouble"}; known: marks that the page has."""
        with self._lock:
            self.trouble = ""
            self._look()
            parts, marks = {}, {}
            for name, part in PARTS.items():
                told = self._part(name, part, language)
                text = json.dumps(told, allow_nan=False, sort_keys=True)
                marks[name] = f"{language}-{zlib.crc32(text.encode()):08x}-{len(text)}"
                if known.get(name) != marks[name]:
                    parts[name] = told
            return {"parts": parts, "marks": marks, "trouble": self.trouble}

    def _look(self) -> None:
        try:
            facts = self.run.facts()
            if not isinstance(facts, dict) or (facts and "status" not in facts):
                raise ValueError(f"{self.run.record.name} is no record of a run")
            if not facts:
                raise ValueError(f"{self.run.record.name} is not there")
            ended(facts)  # what it says of its end is used all over the page
            self.facts = facts
        except Exception as error:  # half written, or of nobody
            self.trouble = str(error)

    def _part(self, name: str, part: Part, language: str) -> Any:
        state, key = self._state(name), (name, language)
        if key in self._kept and self._kept[key][0] == state:
            return self._kept[key][1]
        try:
            told = finite(part(self, language))
        except Exception as error:  # of files that are half written, or of nobody: YAML and JSON raise of many kinds
            self.trouble = self.trouble or f"{name}: {error}"
            return self._kept[key][1] if key in self._kept else None
        self._kept[key] = (state, told)
        return told

    def _state(self, name: str) -> Any:
        """Of the files that a part is made of: when they were written, and their sizes."""
        files = {"settings": [self.run.resolved], "pictures": [self.run.samples]}.get(name, [self.run.metrics])
        playing = ended(self.facts)[0] if self.facts else ""
        return [playing, self.facts.get("batches"), *(_stamp(path) for path in (*files, self.run.record))]

    # ---- what parts are made of ---------------------------------------------------------------------------------

    @property
    def drawn(self) -> RunFolder:
        """Where its pictures and figures lie: of a run that took those of another of these outputs, there."""
        if (other := self.facts.get("same_as")) is None:
            return self.run
        try:
            return RunFolder(inside(str(other), [self.outputs]))
        except ConfigError:
            return self.run

    def picture(self, series: str, batches: int | None) -> Path:
        """A picture of a series, or (without batches) one that stands alone. Raises ConfigError where there is none."""
        drawn = self.drawn
        if batches is None:
            path = {REALS: drawn.reals, "stages": drawn.samples / "stages.png"}.get(series)
        else:
            path = series_of(drawn.samples).get("" if series == SAMPLES else series, {}).get(batches)
        if path is None or not path.is_file():
            raise ConfigError("this run has no such picture")
        return inside(path, [drawn.path])


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


# ---- parts of the page ----------------------------------------------------------------------------------------------


def _head(watched: Watched, language: str) -> dict[str, Any]:
    """What the run is and how it is doing."""
    facts = watched.facts
    status, why = ended(facts) if facts else ("", "")
    series = read(watched.drawn.metrics)
    played = _played(facts, series)
    config = _config(watched.run)
    say = words(language, "report")
    return {
        "title": watched.run.called,
        "status": status,
        "called": say["status"].get(status, status),
        "why": why,
        "played": played,
        "of": (config.get("trainer") or {}).get("max_steps"),
        "seconds": facts.get("seconds"),
        "started": facts.get("started"),
        "seed": facts.get("seed"),
        "states": [_state(change, language) for change in _last(_changes(facts, series))],
        "tiles": [_row(row) for row in measured.tiles(_measured(facts, series), language)],
        "samples": "" in series_of(watched.drawn.samples),
    }


def _charts(watched: Watched, language: str) -> Any:
    """The curves, with the monitor's states as bands."""
    facts, series = watched.facts, read(watched.drawn.metrics)
    return charts(watched.drawn, _changes(facts, series), _played(facts, series), language)


def _figures(watched: Watched, language: str) -> dict[str, Any]:
    """What was measured last, beside its controls, and the changes of state."""
    facts, series = watched.facts, read(watched.drawn.metrics)
    return {
        "rows": [_row(row) for row in measured.rows(_measured(facts, series), language)],
        "changes": [_state(change, language) for change in _changes(facts, series)],
    }


def _pictures(watched: Watched, language: str) -> dict[str, Any]:
    """Series of pictures over time, by name: what they are called and after which batches they were drawn."""
    drawn, called = watched.drawn, words(language, "report")["series"]
    found = series_of(drawn.samples)
    order = sorted(found, key=lambda name: (name != "", name))
    return {
        "real": _stamp(drawn.reals) is not None,
        "series": [
            {"name": name or SAMPLES, "called": called.get(name, name), "batches": sorted(found[name])}
            for name in order
        ],
    }


def _settings(watched: Watched, language: str) -> dict[str, Any]:
    """How the run was started, in what it differs from its recipe, and what can be done with it."""
    run, facts = watched.run, watched.facts
    config = _config(run)
    compared = recipe.compared(facts, config)
    return {
        "command": further.spoken(facts.get("command") or []),
        "recipe": compared.recipe,
        "differences": [one._asdict() for one in compared.differences],
        "config": run.resolved.read_text(encoding="utf-8", errors="replace") if run.resolved.is_file() else "",
        "commands": further.commands(run, facts, config, series_of(watched.drawn.samples)),
        "called": {name: words(language, "report")[f"how_{name}"] for name in TO_DO},
    }


PARTS: dict[str, Part] = {
    "head": _head, "charts": _charts, "figures": _figures, "pictures": _pictures, "settings": _settings,
}  # fmt: skip


def _config(run: RunFolder) -> Mapping[str, Any]:
    """{} where there is none that can be read."""
    try:
        found: Any = run.config()
    except Exception:  # half written, or of nobody: OmegaConf and YAML raise of many kinds
        return {}
    return found if isinstance(found, Mapping) else {}


def _played(facts: Mapping[str, Any], series: Mapping[str, Series]) -> int:
    """Batches, as far as is known while it plays."""
    return max([int(facts.get("batches") or 0), *(steps[-1] for steps, _ in series.values())])


def _measured(facts: Mapping[str, Any], series: Mapping[str, Series]) -> dict[str, float | None]:
    """The newest figures: of the record once it has them, till then those that were logged last."""
    return dict(facts.get("figures") or {name: values[-1] for name, (_, values) in series.items()})


def _changes(facts: Mapping[str, Any], series: Mapping[str, Series]) -> list[Mapping[str, Any]]:
    """Changes of state as the record tells them; while it plays, as they were logged."""
    return list(facts.get("states") or _logged(series))


def _logged(series: Mapping[str, Series]) -> Iterator[dict[str, Any]]:
    for name, (steps, values) in series.items():
        if source_of(name) != "monitor" or word_of(name) != "state":
            continue
        before = "healthy"
        for step, value in zip(steps, values, strict=True):
            state = STATE_OF.get(int(value), before)
            if state != before or step == steps[0]:
                yield {"game": str(game_of(name)), "batches": step, "state": state}
            before = state


def _last(changes: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The newest of each game."""
    return list({change["game"]: change for change in changes}.values())


def _state(change: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "quantity": "", **change, "label": phrase(language, change["state"]),
        "colour": hexadecimal(colour_of_state(change["state"])),
    }  # fmt: skip


def _row(row: measured.Row) -> dict[str, Any]:
    return row._asdict()


# ---- the page -------------------------------------------------------------------------------------------------------


def routes(run: RunFolder, outputs: Path, language: str | None = None) -> list[BaseRoute]:
    """The page of a run, its news and its pictures. language: the one to begin with; None: the browser's."""
    watched = Watched(run, outputs)

    async def page(request: Request) -> Response:
        return FileResponse(STATIC / "run.html")

    async def about(request: Request) -> Response:
        return JSONResponse({"language": language, "languages": LANGUAGES})

    async def news(request: Request) -> Response:
        wanted = request.query_params.get("lang", "en")
        if wanted not in LANGUAGES:
            return _mistake(f"lang={wanted} is not valid: it should be {' or '.join(LANGUAGES)}")
        known = {name: request.query_params.get(name, "") for name in PARTS}
        return JSONResponse(await run_in_threadpool(watched.news, wanted, known))

    async def picture(request: Request) -> Response:
        series, told = request.path_params["series"], request.path_params.get("batches")
        try:
            batches = None if told is None else int(told)
            return FileResponse(await run_in_threadpool(watched.picture, series, batches))
        except (OSError, ValueError) as error:
            return _mistake(str(error), 404)

    async def chart(request: Request) -> Response:
        name = request.path_params["name"]
        return FileResponse(CHARTS / name) if name in OF_CHARTS else _mistake("there is no such file", 404)

    return [
        Route("/run/", page),
        Route("/run/about.json", about),
        Route("/run/news.json", news),
        Route("/run/charts/{name}", chart),
        Route("/run/picture/{series}.png", picture),
        Route("/run/picture/{series}/{batches}.png", picture),
    ]


def _mistake(sentence: str, status: int = 400) -> Response:
    return JSONResponse({"error": sentence}, status_code=status)

"""One file that opens from disk: a template filled in, with its styles, scripts and pictures in it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gan_runner.files import replacing
from gan_runner.report import run as of_run
from gan_runner.report import sweep as of_sweep
from gan_runner.runs.folder import RunFolder
from gan_runner.strings.reading import words

HERE = Path(__file__).parent
STYLES = ("uPlot.min.css", "page.css")
OF_RUN = ("theme.js", "series.js", "curves.js", "clipboard.js", "print.js")
OF_SWEEP = ("table.js", "clipboard.js", "print.js")
"""Scripts of the pages, in the order in which they run; before curves.js comes the chart library."""


def write_run(run: RunFolder, output: Path, language: str = "en", news: Mapping[str, Any] | None = None) -> None:
    """The page of a run, whole or not at all. news, what is raised: see report.run.contents."""
    told = of_run.contents(run, language, news)
    chart_library = ("uPlot.iife.min.js",) if told["charts"] else ()
    _write(output, _filled("run.html", told, language, (*chart_library, *OF_RUN)))


def write_sweep(
    sweep: Path, output: Path, language: str = "en", objective: str | None = None, mode: str = "min"
) -> None:
    """The page of a sweep. objective, mode, what is raised: see report.sweep.contents."""
    _write(output, _filled("sweep.html", of_sweep.contents(sweep, language, objective, mode), language, OF_SWEEP))


def _write(output: Path, page: str) -> None:
    with replacing(output) as beside:
        beside.write_text(page, encoding="utf-8")


def _filled(template: str, told: Mapping[str, Any], language: str, scripts: tuple[str, ...]) -> str:
    from markupsafe import Markup

    inlined = {
        "style": Markup("\n".join(_static(name) for name in STYLES)),
        "library": [Markup(_static(name)) for name in scripts if name.endswith(".iife.min.js")],
        "scripts": [Markup(_static(name)) for name in scripts if not name.endswith(".iife.min.js")],
    }
    filled: str = _environment().get_template(template).render(
        **told, **inlined, say=words(language, "report"), language=language, version=version("gan-runner"),
        count=lambda number: counted(number, language), time=duration, day=day, short=lambda value: f"{value:.3g}",
        frames_of=moments,
    )  # fmt: skip
    return filled


@cache
def _static(name: str) -> str:
    return (HERE / "static" / name).read_text(encoding="utf-8")


@cache
def _environment() -> Any:
    """What comes from runs is text on a page, whatever is in it."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip


def moments(say: Mapping[str, str], count: Any, one: Mapping[str, Any]) -> list[dict[str, str]]:
    """The frames of a series as its slider reads them."""
    return [
        {
            "source": frame.picture.source,
            "after": f"{say['after']} {count(frame.batches)} {say['batch' if frame.batches == 1 else 'batches']}",
        }
        for frame in one["frames"]
    ]


def counted(number: int, language: str) -> str:
    """1,500; in Spanish 1500 and 15 000."""
    grouped = f"{number:,}"
    if language == "en":
        return grouped
    return grouped.replace(",", "\u202f") if number >= 10_000 else str(number)


def duration(seconds: float | None) -> str:
    """21 s, 3 min 12 s, 2 h 5 min; a dash where it is not known."""
    if seconds is None:
        return "–"
    whole = round(seconds)
    if whole < 60:
        return f"{seconds:.3g} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def day(moment: str) -> str:
    """2026-03-01 12:05 of what a record has."""
    try:
        return datetime.fromisoformat(moment).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return moment

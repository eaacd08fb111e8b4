"""The figures of a run as a table: each beside its control, in short, with what it says and its full name."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from gan_runner.figures import (
    CONTROLS,
    baseline_of,
    build,
    by_weight,
    control_of,
    is_headline,
    is_measured,
    is_of_one_class,
    split,
    word_of,
)
from gan_runner.images.captions import caption_of, curve, headings
from gan_runner.strings.reading import phrase, words

MOST_TILES = 5
"""Figures at the top of a page."""


class Row(NamedTuple):
    """A figure: its short name with an arrow, its value, its controls ((what stood in its place, value), …), what it
    says, its full name, and whether runs are compared by it.
    """

    short: str
    value: str
    controls: list[tuple[str, str]]
    says: str
    name: str
    is_headline: bool


def rows(figures: Mapping[str, float | None], language: str) -> list[Row]:
    """What an evaluation found, what runs are compared by first; baselines are figures of their own."""
    names = [name for name in by_weight(figures) if _is_shown(name) and not is_of_one_class(name)]
    return _rows(names, figures, language)


def of_classes(figures: Mapping[str, float | None], language: str) -> list[Row]:
    """What an evaluation found of single classes."""
    return _rows([name for name in figures if _is_shown(name) and is_of_one_class(name)], figures, language)


def _is_shown(name: str) -> bool:
    return is_measured(name) and (control_of(name) is None or baseline_of(name) is not None)


def _rows(names: Iterable[str], figures: Mapping[str, float | None], language: str) -> list[Row]:
    known = list(names)
    called = in_language(known, language)
    return [
        Row(
            called[name],
            number(figures[name], language),
            list(_controls(name, figures, language)),
            phrase(language, caption.says) if (caption := caption_of(name)) else "",
            name,
            is_headline(name) and baseline_of(name) is None,
        )
        for name in known
    ]


def in_language(names: Iterable[str], language: str) -> dict[str, str]:
    """Name -> its short name with an arrow, no two alike, in a language; baselines say which they are."""
    found = {}
    for name, heading in headings(names).items():
        caption = caption_of(name)
        if caption is not None and heading.startswith(caption.short):
            heading = phrase(language, caption.short) + heading.removeprefix(caption.short)
        baseline = baseline_of(name)
        found[name] = heading if baseline is None or baseline in heading else f"{heading} ({baseline})"
    return found


def _controls(name: str, figures: Mapping[str, float | None], language: str) -> Iterable[tuple[str, str]]:
    called = words(language, "report")["controls"]
    for control in CONTROLS:
        if (full := build(name, control)) in figures:
            yield called.get(control, control), number(figures[full], language)


def tiles(figures: Mapping[str, float | None], language: str) -> list[Row]:
    """The figures that runs are compared by, for the top of a page."""
    return [row for row in rows(figures, language) if row.is_headline][:MOST_TILES]


def of_training(figures: Mapping[str, float | None], language: str) -> list[tuple[str, str, str]]:
    """The game's own figures as they were logged last: in short, value, full name."""
    names = [name for name in figures if not is_measured(name)]
    shorts = {name: phrase(language, _short(name)) for name in names}
    return [(shorts[name], number(figures[name], language), name) for name in names]


def _short(name: str) -> str:
    return curve(name) if len(split(name)) > 1 else word_of(name).replace("_", " ")


def number(value: Any, language: str) -> str:
    """To four digits; a word where it is not finite."""
    if value is None or not math.isfinite(float(value)):
        return str(words(language, "report")["not_finite"])
    return f"{float(value):.4g}"

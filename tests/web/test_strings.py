"""Words of pages: the same keys in all languages, and every word that the game's page asks for is there."""

import json
import re
from typing import Any

from gan_runner.strings.reading import FOLDER
from gan_runner.web.controls import GROUPS, controls
from gan_runner.web.server import STATIC

WORDS: dict[str, dict[str, Any]] = {path.stem: json.loads(path.read_text("utf-8")) for path in FOLDER.glob("??.json")}
PAGE = [STATIC / "index.html", *sorted((STATIC / "game").glob("*.js"))]
LITERAL = re.compile(
    r"""\b(?:this\.)?t\("(\w+)"|data-(?:text|label|title)="(\w+)"|\bfact\("(\w+)"|section\("(\w+)"|"""
    r"""menu\("(\w+)"|title: "(\w+)"|cell\("(\w+)"|named\(player, "(\w+)"|copy\([^;]*, "(\w+)"\)"""
)
STARTS = re.compile(r"""\bt\(`(\w+_)\$\{""")


def test_all_languages_have_the_same_words() -> None:
    assert set(WORDS) == {"en", "es"}
    for part in WORDS["en"]:
        if part != "options":  # which the configurations say themselves, in English
            assert WORDS["en"][part].keys() == WORDS["es"][part].keys(), part
            empty = [key for words in WORDS.values() for key, text in words[part].items() if not text]
            assert not empty, part


def test_places_for_values_are_the_same_in_all_languages() -> None:
    for part in ("shared", "game"):
        for key, text in WORDS["en"][part].items():
            assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", WORDS["es"][part][key])), key


def test_the_games_page_asks_for_words_that_are_there_and_for_all_of_them() -> None:
    known = {**WORDS["en"]["shared"], **WORDS["en"]["game"]}
    asked, starts = set(), set()
    for path in PAGE:
        text = path.read_text(encoding="utf-8")
        asked |= {next(filter(None, found)) for found in LITERAL.findall(text)}
        starts |= set(STARTS.findall(text))
    assert asked <= known.keys(), sorted(asked - known.keys())
    assert all(any(key.startswith(start) for key in known) for start in starts), starts
    indirect = {"play", "pause", "discriminator", "generator", "apart"}
    unused = {key for key in WORDS["en"]["game"] if key not in asked and not key.startswith(tuple(starts))} - indirect
    assert not unused, sorted(unused)


def test_every_option_on_the_page_is_told_in_spanish() -> None:
    offered = controls()
    told = WORDS["es"]["options"]
    options = {f"{group}.{one['name']}" for group in GROUPS for one in offered[group] if one["name"] != "points"}
    assert options <= told.keys(), sorted(options - told.keys())
    assert told.keys() <= options, sorted(told.keys() - options)

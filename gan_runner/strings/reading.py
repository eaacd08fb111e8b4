"""The strings of pages by language and part, and what other modules say in English, said in another language."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("en", "es")
FOLDER = Path(__file__).parent


def words(language: str, part: str) -> dict[str, Any]:
    """The strings of a part of the pages by their keys. Raises KeyError for a language or a part that there is not."""
    if language not in LANGUAGES:
        raise KeyError(language)
    return dict(_parts(language)[part])


@cache
def _parts(language: str) -> dict[str, dict[str, Any]]:
    return _read(f"{language}.json")


def phrase(language: str, english: str) -> str:
    """A name or sentence of the package (images/captions.py, runs/curves.py) in a language; as it is where nobody has
    said it there, and in English.
    """
    return english if language == "en" else _phrases(language).get(english, english)


@cache
def _phrases(language: str) -> dict[str, str]:
    return _read(f"phrases.{language}.json")


def _read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return found

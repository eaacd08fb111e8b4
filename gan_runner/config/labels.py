"""Which class a person means: by its name or, where names are no numbers, by its number."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from math import isfinite
from typing import Any

from gan_runner.types import Label


def place_of(asked: Label, names: Sequence[str]) -> int | None:
    """The class of that very name, in other letters (Cat, CAT), of that number (7 for 007); else the class at that
    place, where no name is a number. None for what is no class.
    """
    alike = [
        [name == str(asked) for name in names],
        [name.casefold() == str(asked).casefold() for name in names],
        [number(name) == number(asked) is not None for name in names],
    ]
    for matches in alike:
        if matches.count(True) == 1:
            return matches.index(True)
    place = number(asked)
    if place in range(len(names)) and all(number(name) is None for name in names):
        return int(place)  # type: ignore[arg-type]  # in range: a whole number
    return None


def number(word: Any) -> float | None:
    """What a word says as a number; None where it says none."""
    try:
        found = float("nan" if isinstance(word, bool) else word)
    except ValueError:
        return None
    return found if isfinite(found) else None


def meant(asked: Label, names: Sequence[str]) -> str:
    """' (did you mean …?)', or nothing; of a number that is none, no other is meant."""
    if number(asked) is not None:
        return ""
    lower = {name.casefold(): name for name in reversed(names)}
    close = get_close_matches(str(asked).casefold(), list(lower), n=1, cutoff=0.6)
    return f" (did you mean {lower[close[0]]}?)" if close else ""

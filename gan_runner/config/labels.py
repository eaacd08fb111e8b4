"""Which class a person means: by its name or, where names are no numbers, by its number."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from math import isfinite
from shlex import quote
from typing import Any

from gan_runner.config.errors import listed
from gan_runner.config.overrides import parsed, quoted
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


def closest(asked: Label, names: Sequence[str]) -> str | None:
    """The class that may be meant by what is none; of a number no other is."""
    if number(asked) is not None:
        return None
    lower = {name.casefold(): name for name in reversed(names)}
    close = get_close_matches(str(asked).casefold(), list(lower), n=1, cutoff=0.6)
    return lower[close[0]] if close else None


def meant(asked: Label, names: Sequence[str], key: str) -> str:
    """' (did you mean …?)', or nothing: a name or, of one that needs quotes, what to type for it."""
    found = closest(asked, names)
    if found is None:
        return ""
    return f" (did you mean {found if word(found) == found else quote(f'{key}={word(found)}')}?)"


# ---- in words -------------------------------------------------------------------------------------------------------


def word(name: Label) -> str:
    """A class as the command line has it, alone or in a list: in quotes where Hydra's grammar reads something else."""
    override = parsed(f"key=[{name}]")
    read = None if override is None else override.value()
    plain = isinstance(read, list) and len(read) == 1 and str(read[0]) == str(name)
    return str(name) if plain else quoted(str(name))


def words(given: Label | Sequence[Label | None] | None) -> str:
    """One class or a list of some, as the command line has them."""
    if isinstance(given, list | tuple):
        return f"[{','.join('null' if one is None else word(one) for one in given)}]"
    return "null" if given is None else word(given)  # type: ignore[arg-type]  # no list


def in_a_sentence(name: str) -> str:
    """In quotes where it would not be seen where it ends."""
    return quoted(name) if "," in name or name != name.strip() or not name else name


def listed_classes(names: Sequence[str], most: int = 20) -> str:
    """In a sentence: all of them, or the first ones and how many more there are."""
    return listed([*map(in_a_sentence, names[:most]), *names[most:]], most)

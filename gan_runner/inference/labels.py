"""Which classes are asked for: by their names or, where these are no numbers, by their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import Any

from gan_runner.config.errors import ConfigError, did_you_mean, listed

Label = bool | int | float | str
"""A class as the command line gives it: 7, cat; on (true) or 1.50 (1.5) may be names too."""


def choose_labels(label: Label | list[Label] | None, names: Sequence[str]) -> list[int]:
    """The labels to cycle over: of the classes asked for, else of all; none where there are no `names`, of a network
    that is not told the label. Raises ConfigError for what is no class.
    """
    if not names:
        if label is not None:
            raise ConfigError(f"label={label}, but this network was trained without labels (network.conditional=false)")
        return []
    if label is None:
        return list(range(len(names)))
    asked = label if isinstance(label, list) else [label]
    if not asked:
        raise ConfigError(f"label=[] asks for no class: {_known(names)}")
    return [_position(one, names) for one in asked]


def _position(asked: Label, names: Sequence[str]) -> int:
    """The class of that very name, in other letters (Cat, CAT), of that number (7 for 007); else the class at that
    place, where no name is a number.
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
    meant = did_you_mean(str(asked).casefold(), {name.casefold(): name for name in reversed(names)})
    raise ConfigError(f"label={asked} is no class of this run{meant}: {_known(names)}")


def number(word: Any) -> float | None:
    """What a word says as a number; None where it says none."""
    try:
        found = float("nan" if isinstance(word, bool) else word)
    except ValueError:
        return None
    return found if isfinite(found) else None


def _known(names: Sequence[str]) -> str:
    """What there is to ask for."""
    if list(names) == [str(place) for place in range(len(names))]:
        return f"this network knows the labels 0 to {len(names) - 1}"
    return f"this network knows the classes {listed(names)}"

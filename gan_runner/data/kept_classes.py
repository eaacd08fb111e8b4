"""Which classes of a set are dealt, where data.only or data.leave_out says so."""

from collections.abc import Sequence
from shlex import quote

import torch

from gan_runner.config.labels import closest, listed_classes, place_of, words
from gan_runner.data.decks import Deck, Share, labels_of
from gan_runner.types import Label

Choice = Label | list[Label] | None
"""A class by its name or number, or several; None: nothing is said."""


def kept_labels(only: Choice, leave_out: Choice, names: Sequence[str] | None, what: str) -> list[int] | None:
    """The labels that are kept, in order; None where neither key is set.

    names: of the classes; None of data that has none, as `what` says. Raises ValueError for classes that are not
    there, and where nothing would be left.
    """
    if only is None and leave_out is None:
        return None
    if only is not None and leave_out is not None:
        raise ValueError(
            f"data.only={words(only)} and data.leave_out={words(leave_out)} choose classes twice: give one of them"
        )
    key, given = ("only", only) if leave_out is None else ("leave_out", leave_out)
    if names is None:
        raise ValueError(
            f"data.{key}={words(given)} chooses by class, and {what}: leave data.{key} out, or choose "
            "data with labels (digits, mnist, fashion_mnist, cifar10; data=folder data.labels=true)"
        )
    asked = {_place(key, one, given, names) for one in (given if isinstance(given, list) else [given])}
    kept = [label for label in range(len(names)) if (label in asked) == (key == "only")]
    if not kept:
        raise ValueError(f"data.{key}={words(given)} leaves no class to train on; there are {listed_classes(names)}")
    return kept


def part_of(deck: Deck, kept: Sequence[int], key: str) -> Deck:
    """The samples of a deck whose label is kept. Raises ValueError, naming `key`, where there are none."""
    labels = labels_of(deck)
    if labels is None:
        raise ValueError(f"{key} needs the labels of a whole set at once, and {type(deck).__name__} has no `labels`")
    positions = torch.isin(labels, torch.tensor(kept)).nonzero().flatten()
    if not len(positions):
        raise ValueError(f"{key} leaves no sample in a split of {len(labels)}: keep a class that has some there")
    return Share(deck, positions)


def _place(key: str, asked: Label | None, given: Choice, names: Sequence[str]) -> int:
    place = None if asked is None else place_of(asked, names)
    if place is None:
        hint = "" if asked is None else _meant(key, asked, given, names)
        raise ValueError(f"data.{key}: {asked} is no class of this data{hint}; there are {listed_classes(names)}")
    return place


def _meant(key: str, asked: Label, given: Choice, names: Sequence[str]) -> str:
    """What to type instead, if anything is like it: a name with commas may have been taken for several."""
    several = given if isinstance(given, list) else [given]
    if (whole := place_of(", ".join(map(str, several)), names)) is not None:
        instead: list[Label | None] = [names[whole]]
    elif (name := closest(asked, names)) is not None:
        instead = [name if one == asked else one for one in several]
    else:
        return ""
    return f" (did you mean {quote(f'data.{key}={words(instead if isinstance(given, list) else instead[0])}')}?)"

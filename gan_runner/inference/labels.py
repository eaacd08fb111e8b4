"""Which classes are asked for, of a network that is told them."""

from __future__ import annotations

from collections.abc import Sequence

from gan_runner.config.errors import ConfigError
from gan_runner.config.labels import listed_classes, meant, place_of
from gan_runner.types import Label


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
    place = place_of(asked, names)
    if place is None:
        raise ConfigError(f"label={asked} is no class of this run{meant(asked, names, 'label')}: {_known(names)}")
    return place


def _known(names: Sequence[str]) -> str:
    """What there is to ask for."""
    if list(names) == [str(place) for place in range(len(names))]:
        return f"this network knows the labels 0 to {len(names) - 1}"
    return f"this network knows the classes {listed_classes(names)}"

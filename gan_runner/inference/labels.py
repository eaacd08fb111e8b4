"""Which classes are asked for, of a network that is told them; which numbers, of one that is told those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gan_runner.config.errors import ConfigError, did_you_mean, listed
from gan_runner.config.labels import listed_classes, meant, place_of
from gan_runner.layers.conditioning import drawn_rows
from gan_runner.types import Conditions, Label

Asked = Label | list[Label] | Mapping[str, float] | None
"""What label says: a class, several; of labels that are numbers all of them in order, or some by name."""


def choose_numbers(label: Asked, conditions: Conditions, rows: int, generator: torch.Generator) -> Tensor:
    """Labels (rows, K) that are numbers, as networks are told them: those asked for; what is left open is, row by
    row, that of an image of the training set. Raises ConfigError for what are no such numbers.
    """
    names = conditions.names
    if isinstance(label, Mapping):
        asked = {_column(name, names): float(number) for name, number in label.items()}
    else:
        given = [] if label is None else label if isinstance(label, list) else [label]
        if label is not None and len(given) != len(names):
            raise ConfigError(
                f"label={label} is {len(given)} of the {len(names)} numbers that this run is told: give "
                f"label=[{','.join(names)}] as numbers, or some by name, label={{{names[0]}: 1}}"
            )
        asked = dict(enumerate(_number(one, names) for one in given))
    drawn = drawn_rows(conditions, rows, generator)
    for place, number in asked.items():
        drawn[:, place] = conditions.told(place, number)
    return drawn


def _column(name: str, names: Sequence[str]) -> int:
    if name not in names:
        raise ConfigError(f"label: {name} is no label of this run{did_you_mean(name, names)}: it has {listed(names)}")
    return names.index(name)


def _number(one: Label, names: Sequence[str]) -> float:
    if isinstance(one, str):
        raise ConfigError(f"label={one} is no number, and the labels of this run are: {listed(names)}")
    return float(one)


def choose_labels(label: Asked, names: Sequence[str]) -> list[int]:
    """The labels to cycle over: of the classes asked for, else of all; none where there are no `names`, of a network
    that is not told the label. Raises ConfigError for what is no class.
    """
    if not names:
        if label is not None:
            raise ConfigError(f"label={label}, but this network was trained without labels (network.conditional=false)")
        return []
    if label is None:
        return list(range(len(names)))
    if isinstance(label, Mapping):
        raise ConfigError(f"label={dict(label)} names numbers, and this run knows classes: {_known(names)}")
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

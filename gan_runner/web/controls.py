"""What a page may set of a game on points, read from the configurations: options, settings, their types and comments.

Nothing of the game is imported: files are read as text, constructors as source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import yaml  # type: ignore[import-untyped]
from pydantic import TypeAdapter
from pydantic.errors import PydanticSchemaGenerationError

from gan_runner.config import signatures
from gan_runner.config.described import Described, described, names_of

GROUPS = ("data", "latent", "loss", "optimizer", "tricks")
"""Groups that a page offers options of."""
FILES = ("path", "root")
"""Settings that name a file: data that has one needs what the page itself saves."""

Plain = dict[str, Any]


def controls() -> Plain:
    """Group -> its options that take points, and `recipe`: experiments and lessons on such data.

    An option is {"name", "summary", "settings": [{"key", "value", "comment", "type"}]}; a type is a JSON schema of one
    value.
    """
    offered: Plain = {group: [told(described(group, name)) for name in offered_of(group)] for group in GROUPS}
    offered["recipe"] = [told(described("experiment", name)) for name in recipes()]
    return offered


@cache
def offered_of(group: str) -> tuple[str, ...]:
    """The options of a group that a game on points can be played with; of data not the family that others build on."""
    fitting = [described(group, name) for name in names_of(group) if _takes_points(described(group, name))]
    made_of = [one.targets.get(group) for one in fitting]
    families = {one.name for one in fitting if made_of.count(one.targets.get(group)) > 1 and _is_family(one)}
    return tuple(one.name for one in fitting if one.name not in families)


def _is_family(option: Described) -> bool:
    return f".{option.name}." in option.targets.get(option.group, "")


@cache
def recipes() -> tuple[str, ...]:
    """The experiments and lessons on points."""
    data = offered_of("data")
    return tuple(name for name in names_of("experiment") if described("experiment", name).chooses.get("data") in data)


def _takes_points(option: Described) -> bool:
    targets = option.targets.values()
    if option.group == "data":
        return any(signatures.attribute(target, "kind") == "points" for target in targets)
    if option.group == "latent":  # a prior of another shape is for those who hold codes to it
        return list(option.keys) == ["latent.latent_dim"]
    if option.group == "loss":
        return bool(targets)
    return not any(
        signatures.attribute(target, word, False) for target in targets for word in ("images_only", "teaches_labels")
    )


def told(option: Described) -> Plain:
    """An option as a page shows it."""
    settings = [] if option.group == "experiment" else list(_settings(option))
    return {"name": option.name, "summary": option.summary, "settings": settings}


def _settings(option: Described) -> Iterator[Plain]:
    for key, setting in option.keys.items():
        value = yaml.safe_load(setting.value)
        follows = isinstance(value, str) and "${" in value
        if not follows and key.count(".") == _depth(option) and key.rpartition(".")[2] not in FILES:
            yield {"key": key, "value": _number(value), "comment": setting.comment, "type": type_of(option, key, value)}


def _depth(option: Described) -> int:
    """How many dots the keys have that are all an option's own: optimizer.lr, not one player's."""
    return 2 if option.group == "tricks" else 1


def _number(value: Any) -> Any:
    """2e-4 is a word for YAML 1.1 and a number for Hydra."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


def type_of(option: Described, key: str, value: Any) -> Plain:
    """The JSON schema of a setting: from the constructor where its source tells, else from the value."""
    place, _, name = key.rpartition(".")
    known = signatures.parameters(option.targets[place]) if place in option.targets else None
    if known is not None and name in known[0]:
        try:
            return _flat(TypeAdapter(known[0][name]).json_schema())
        except PydanticSchemaGenerationError:
            pass
    return _by_value(_number(value))


def _flat(schema: Mapping[str, Any]) -> Plain:
    """{"anyOf": [x, null]} -> x that may be null."""
    kinds = [dict(kind) for kind in schema.get("anyOf", [schema])]
    told = next((kind for kind in kinds if kind.get("type") != "null"), {})
    return {**told, "nullable": len(kinds) > 1 and {"type": "null"} in kinds}


def _by_value(value: Any) -> Plain:
    if isinstance(value, bool):
        return {"type": "boolean"}
    if isinstance(value, int | float):
        return {"type": "number"}
    if isinstance(value, list):
        return {"type": "array", "items": {"type": "number"}}
    return {"type": "string"}

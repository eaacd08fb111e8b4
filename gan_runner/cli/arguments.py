"""Arguments as people type them, in the words that Hydra's grammar reads.

A shell hands a path over whole: ~/photos, städte, it's, a=b, my photos (1). The grammar of overrides refuses some of
these and reads others as a list, a number or a sweep. Here such values are put in quotes before Hydra sees them. What
the grammar reads as the very same words stays as it is. So are names of classes, where it refuses them.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from hydra.core.override_parser.types import ChoiceSweep, Glob, QuotedString, Sweep

from gan_runner.cli.path_keys import PathKeys
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import groups
from gan_runner.config.overrides import PARTS, parsed, quoted, quoted_path, quoted_words

Sweeps = Literal["asked", "possible", "none"]
UNREADABLE = object()
SWEEPING = {"-m", "--multirun"}
FOLDER_FLAGS = ("--config-dir", "-cd", "--config-path", "-cp")
CLASSES = ("label", *(f"data.{of}{key}" for of in ("", "of.") for key in ("only", "leave_out")))
"""Keys of names that are no paths: those of classes, which are names of folders as often."""
SWITCHES = ("labels",)
"""The last part of keys that are a path or a switch: true and false are no files there."""
PATTERN = "label_pattern"
"""A regular expression: the grammar would take its brackets for lists."""
PATHS = "between"
"""The key of several paths."""
SWITCHED = re.compile(r"(true|false)(,(true|false))*", re.IGNORECASE)
CHOICE = re.compile(r"choice\((.*)\)")
NET = re.compile(r"features=(?:['\"])?timm:([^'\"]*)['\"]?")
"""features=timm:resnet18, which is no name of an option."""


def readable(command: str, arguments: Sequence[str]) -> list[str]:
    """The same arguments, with paths as Hydra reads them. Raises ConfigError for a path of no letters.

    A path that exists is taken as it is typed, whatever else it may mean: a folder called `a,b`. With -m commas part
    the values of a sweep; there such a folder needs quotes: data.root='"a,b"'.
    """
    known, keys = groups(command), PathKeys(command, arguments)
    sweeps: Sweeps = "asked" if SWEEPING & set(arguments) else "possible" if command == "train" else "none"
    parted = [part for argument in arguments for part in _with_net(argument)]
    return [_readable(argument, known, keys, sweeps) for argument in parted]


def _with_net(argument: str) -> list[str]:
    """features=timm:<name> as the option and its key. Raises ConfigError for several nets, and for none."""
    if not (given := NET.fullmatch(argument)):
        return [argument]
    name = given[1].strip()
    if not name or "," in name:
        raise ConfigError(
            f"{argument} names {'several nets' if name else 'no net'}: give one, such as features=timm:resnet18, or "
            "sweep over them with -m features=timm features.net=resnet18,resnet50"
        )
    return ["features=timm", f"features.net={name}"]


def _readable(argument: str, known: Mapping[str, Sequence[str]], keys: PathKeys, sweeps: Sweeps) -> str:
    key, equals, value = argument.partition("=")
    if key in FOLDER_FLAGS:
        return f"{key}{equals}{os.path.expanduser(value)}"
    plain = key.lstrip("+")
    if not equals or not plain or key[0] in "-~":
        return argument
    if (group := plain.partition("@")[0]) in known:
        return f"{key}={_globbed(argument, value, known[group])}" if sweeps == "asked" else argument
    if plain != PATHS and _is_as_typed(value):
        return argument
    if plain in CLASSES and sweeps != "asked" and _read(value) is UNREADABLE:
        return f"{key}={quoted_words(value)}"
    if plain.rpartition(".")[2] == PATTERN and sweeps != "asked" and not _is_quoted(value):
        return f"{key}={quoted(value)}"
    if plain == PATHS and value.strip():
        return f"{key}={_paths(value)}"
    if plain not in keys or (plain.rpartition(".")[2] in SWITCHES and SWITCHED.fullmatch(value)):
        return argument
    if not value.strip():
        raise ConfigError(f"{argument} names no file or folder: give one, or leave {plain} out")
    return f"{key}={_swept(value) if sweeps == 'asked' else _words(argument, value, sweeps)}"


def _globbed(argument: str, value: str, options: Sequence[str]) -> str:
    """glob(ring/*) as the options in a folder that fit it, parted by commas. Hydra looks for none in folders.

    Raises ConfigError where none fits.
    """
    glob = _read(value)
    if not isinstance(glob, Glob) or not any("/" in pattern for pattern in glob.include):
        return value

    def fits(option: str, patterns: Sequence[str]) -> bool:
        return any(fnmatchcase(option, one) and option.count("/") == one.count("/") for one in patterns)

    found = [one for one in options if fits(one, glob.include) and not fits(one, glob.exclude)]
    if not found:
        raise ConfigError(f"{argument} fits no option: gan-train --help lists them")
    return ",".join(found)


def _is_quoted(value: str) -> bool:
    """Whether the grammar reads a value as null, or as words in quotes."""
    read = _read(value)
    return read is None or isinstance(read, QuotedString)


def _is_as_typed(value: str) -> bool:
    """Whether the grammar reads a value as these very words."""
    read = _read(value)
    return isinstance(read, str) and read == value != ""


def _read(value: str) -> Any:
    """What the grammar makes of a value; UNREADABLE where it refuses."""
    override = parsed(f"key={value}")
    return UNREADABLE if override is None else override._value


def _words(argument: str, value: str, sweeps: Sweeps) -> str:
    """A path in words of the grammar; references (${…}), null and quoted words keep their meaning."""
    read = _read(value)
    if read is None or (_exists(value) and value != "null"):
        return value if read is None else quoted_path(value)
    if isinstance(read, str | QuotedString) or (isinstance(read, Sweep | Glob) and not _is_simple(read)):
        return value
    if isinstance(read, Sweep) and sweeps == "possible":
        key = argument.partition("=")[0]
        raise ConfigError(
            f"{argument} names nothing that exists: -m plays a run for each of these, and a path with a comma in it is "
            f"written {shlex.quote(f'{key}={quoted_path(value)}')}"
        )
    return quoted_path(value)


def _exists(value: str) -> bool:
    """Whether a path is there, or so much of it as has its commas: a,b/new."""
    path = Path(os.path.expanduser(value))
    above = [place for place in path.parents if "," in value and str(place).count(",") == value.count(",")]
    return any(place.exists() for place in (path, *above))


def _swept(value: str) -> str:
    """The paths of a sweep, each in words of the grammar."""
    if choice := CHOICE.fullmatch(value):
        return f"choice({_swept(choice[1])})"
    read = _read(value)
    if read is not UNREADABLE and not (isinstance(read, Sweep) and _is_simple(read)):
        return _words("", value, "none")
    return ",".join(part if _is_as_typed(part) else _words("", part, "none") for part in PARTS.findall(value))


def _paths(value: str) -> str:
    """A path, or a list of some, in words of the grammar."""
    if value == "null":
        return value
    inside = value[1:-1] if value.startswith("[") and value.endswith("]") else quoted_path(value)
    parts = [part.strip() for part in PARTS.findall(inside) if part.strip()]
    return f"[{','.join(part if _is_as_typed(part) else _words('', part, 'none') for part in parts)}]"


def _is_simple(sweep: Sweep | Glob) -> bool:
    """Whether it is one by its commas alone."""
    return isinstance(sweep, ChoiceSweep) and sweep.simple_form

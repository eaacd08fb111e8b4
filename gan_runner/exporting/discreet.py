"""What is told of a run to anybody: without the places on a machine, and without the names of who works there."""

from __future__ import annotations

import getpass
import os
import platform
import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Any, Self

from gan_runner.runs.naming import PLACES, key_of

PLACE = re.compile(r"^(?:~|\.{1,2}[/\\]|[/\\]|[A-Za-z]:[/\\])")
"""How a value begins that is a path, whatever its key."""
APART = re.compile(r"([\[\]{},'\"]|: )")
"""What stands between the values of a list or a mapping."""
ASIDE = (
    "hydra", "paths", "outputs", "logger", "name", "resume", "trace", "trust", "debug", "allow_changes",
    "skip_finished",
)  # fmt: skip
"""Keys that say where and how a run was played, and nothing of what."""
OF_FILES = (*PLACES, "labels", "file", "folder", "ckpt")
HOMES = ("home", "homes", "Users", "users")
"""Folders in which everybody has one."""
EVERYBODY = {"root", "user", "users", "admin", "home", "ubuntu", "runner", "data", "work", "tmp", "vm", "localhost"}
"""Names of users and machines that name nobody."""
HIDDEN = "…"


def placeless(node: Any) -> Any:
    """A copy of plain containers in which paths are their last names alone."""
    if isinstance(node, Mapping):
        return {key: placeless(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [placeless(value) for value in node]
    return _last(node) if isinstance(node, str) and PLACE.match(node) else node


def _last(path: str) -> str:
    """The last name of a path; nothing of a home folder."""
    parts = [part for part in re.split(r"[/\\]", path.rstrip("/\\")) if part not in ("", ".", "..")]
    return f"{HIDDEN}/{parts[-1]}" if parts and not parts[-1].startswith("~") and not _is_home(path) else HIDDEN


def _is_home(path: str) -> bool:
    parts = re.split(r"[/\\]", path.rstrip("/\\"))
    return (len(parts) > 1 and parts[-2] in HOMES) or parts[-1] == "root"


@dataclass(frozen=True)
class Hidden:
    """places: folders of the machines that a run was played and is told on; names: of users and machines."""

    places: tuple[str, ...]
    names: tuple[str, ...]

    @classmethod
    def of(cls, facts: Mapping[str, Any], checkpoint: Path) -> Self:
        """facts: the record of the run, {} where there is none."""
        parts = [facts, *facts.get("earlier", [])]
        places = [os.path.expanduser("~"), str(Path.cwd()), str(checkpoint.resolve().parent)]
        places += [str(part["directory"]) for part in parts if part.get("directory")]
        data = facts.get("data") or {}
        places += str(data.get("root", "")).split(" and ")
        names = [_user(), platform.node(), *(str(part.get("host", "")) for part in parts)]
        names += [name for place in places for name in _owners(place)]
        found = {name for name in names if len(name) > 1 and name.lower() not in EVERYBODY}
        return cls(tuple(sorted({one for one in places if len(one) > 1}, key=len, reverse=True)), tuple(sorted(found)))

    def without(self, text: str) -> str:
        """Free text, the name of data say, in which they are hidden."""
        for one in self.places:
            text = re.sub(rf"(?<![\w/]){re.escape(one)}(?!\w)", lambda _: HIDDEN, text)
        for name in self.names:
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", HIDDEN, text)
        return text

    def command(self, words: Sequence[str]) -> str:
        """A command line of gan-train as a shell reads it, without what says where it was played."""
        program, *overrides = words
        return shlex.join([program, *(self._override(one) for one in overrides if not _is_aside(one))])

    def _override(self, override: str) -> str:
        key, given, value = override.partition("=")
        if not given:
            return override
        is_file = key_of(override).rpartition(".")[2] in OF_FILES
        parts = APART.split(value)
        shown = [_last(part) if PLACE.match(part) or (is_file and "/" in part) else part for part in parts]
        return f"{key}={self.without(''.join(shown))}"


def _is_aside(override: str) -> bool:
    return key_of(override).partition(".")[0] in ASIDE


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # of a number without a name
        return ""


def _owners(place: str) -> Iterator[str]:
    """Whose home a place lies in."""
    for kind in (PurePosixPath, PureWindowsPath):
        parts: Iterable[str] = kind(place).parts
        before = ""
        for part in parts:
            if before in HOMES:
                yield part
            before = part

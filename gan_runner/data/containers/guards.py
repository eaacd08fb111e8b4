"""What an archive may hold: names that stay inside it, each once, and members of a size that memory is for."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

log = logging.getLogger(__name__)

MOST_BYTES = 2**30
"""Of one member, unpacked."""
MOST_UNPACKED = 2**40
"""Bytes of an archive that is unpacked as a whole before it is read."""
RESOURCES = "__MACOSX"
"""A folder of notes about the files beside it, which are called as these are: the Finder's."""
DRIVE = re.compile(r"[A-Za-z]:/")

Member = TypeVar("Member")


def taken(archive: Path, members: Iterable[tuple[str, Member]]) -> dict[str, Member]:
    """The files of an archive by their names inside it, which have no "./" and no backslashes.

    Folders and the Finder's notes are left out. Of a name that is there more than once the last counts, as it would if
    the archive were unpacked; that is said. Raises ValueError for names that lead outside.
    """
    found: dict[str, Member] = {}
    twice: set[str] = set()
    for told, member in members:
        name = name_inside(archive, told)
        if told.endswith(("/", "\\")) or not name or name.startswith(f"{RESOURCES}/"):
            continue
        if name in found:
            twice.add(name)
        found[name] = member
    if twice:
        log.warning(
            "%s holds %d names more than once (the first is %s): the last of each is taken, as by unpacking",
            archive,
            len(twice),
            min(twice),
        )
    return found


def name_inside(archive: Path, told: str) -> str:
    """A member's name as a path below the archive. Raises ValueError where it would lie elsewhere."""
    plain = told.replace("\\", "/")
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if plain.startswith("/") or ".." in parts or DRIVE.match(plain):
        raise ValueError(
            f"{archive} holds a member called {told!r}, which lies outside of it: pack it anew, by names below one "
            "folder (no leading / and no ..)"
        )
    return "/".join(parts)


def check_size(size: int) -> None:
    """Raises ValueError for a member that is too large to be an image."""
    if size > MOST_BYTES:
        raise ValueError(f"it unpacks to {size:,} bytes, and one image may have {MOST_BYTES:,}: leave it out")

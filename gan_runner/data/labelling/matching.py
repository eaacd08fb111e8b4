"""Which image a name in a table means: with its folder or without, with its suffix or without."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from gan_runner.data.containers.inside import Place, below

ELSEWHERE = re.compile(r"/|[A-Za-z]:/")
"""What whole paths begin with."""
SEVERAL = -1
"""In the place of an image: a name that fits several of them."""


@dataclass(frozen=True)
class Keys:
    """By what names images are known from one folder: whole ones, and those without suffix."""

    whole: Mapping[str, int]
    stems: Mapping[str, int]
    bare: bool = False
    """Whether a name without folders is looked up, or the last part of one that begins elsewhere (/data/x/1.png)."""

    def find(self, name: str) -> int | None:
        """The place of the image of that name; SEVERAL where it fits more than one."""
        if self.bare and "/" in name and not ELSEWHERE.match(name):
            return None
        key = _bare(name) if self.bare else name
        return self.whole.get(key, self.stems.get(key))

    def hits(self, names: Iterable[str]) -> int:
        """How many images these are names of: a column of 0 and 1 names two at the most."""
        found = {name for name in names if self.find(name) is not None}
        return len(found)


def plain(name: Any) -> str:
    """A name as it is looked up: / between folders, and letters composed, in which file systems and tables differ."""
    text = unicodedata.normalize("NFC", str(name).strip()).replace("\\", "/")
    return text.removeprefix("./")


def keys_from(place: Place, paths: Sequence[Place], folders: Sequence[Place]) -> list[Keys]:
    """How images in a place are known from there, from each of these folders, and last by their bare names."""
    names = [plain(below(path, place)) for path in paths]
    here, *others = dict.fromkeys(PurePath(str(folder.resolve())) for folder in (place, *folders))
    seen = [_seen_from(folder, here, names) for folder in others]
    found = [_keys(one) for one in (names, *seen) if one is not None]
    return [*found, _keys([_bare(name) for name in names], bare=True)]


def best(keys: Sequence[Keys], names: Sequence[str]) -> tuple[Keys, int]:
    """The keys that know most of the names, and how many different ones; of equals the first.

    Bare names count where no two of the names are alike then.
    """
    distinct = len(set(map(_bare, names))) == len(set(names))
    counts = [0 if one.bare and not distinct else one.hits(names) for one in keys]
    most = max(range(len(keys)), key=counts.__getitem__)
    return keys[most], counts[most]


def _seen_from(folder: PurePath, place: PurePath, names: Sequence[str]) -> list[str] | None:
    """The names of images below `place` from another folder, "" where they do not lie below it; None if none does."""
    if place.is_relative_to(folder):
        return [f"{plain(place.relative_to(folder).as_posix())}/{name}" for name in names]
    if folder.is_relative_to(place):
        start = f"{plain(folder.relative_to(place).as_posix())}/"
        return [name.removeprefix(start) if name.startswith(start) else "" for name in names]
    return None


def _keys(names: Sequence[str], bare: bool = False) -> Keys:
    whole: dict[str, int] = {}
    stems: dict[str, int] = {}
    for place, name in enumerate(names):
        if not name:
            continue
        whole[name] = SEVERAL if name in whole else place
        head, _, tail = name.rpartition(".")
        stem = head if head and "/" not in tail else name  # by hand: a pathlib path of each name takes seconds
        stems[stem] = SEVERAL if stem in stems else place
    return Keys(whole, stems, bare)


def _bare(name: str) -> str:
    return name.rpartition("/")[2]

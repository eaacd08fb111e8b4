"""The parquet files of a set: which lie in a folder, and which split each is."""

from __future__ import annotations

import logging
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from gan_runner.data.files.decoding import SUFFIXES

log = logging.getLogger(__name__)

SUFFIX = ".parquet"
SHARD = re.compile(r"-(\d{5})-of-(\d{5})$")
SPLITS = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
}
"""Words in the names of files -> the folder that a split is told as."""
DEEPEST = 3
"""Folders below a set's own in which files are looked for."""


@dataclass(frozen=True)
class Part:
    """A file of a set, and the folder of the split that it is, "" where there is one alone."""

    path: Path
    split: str = ""


def walked(folder: Path) -> Iterator[Path]:
    """Files below a folder, not far down; nothing hidden."""
    for here, folders, files in os.walk(folder):
        deep = len(Path(here).relative_to(folder).parts) >= DEEPEST
        folders[:] = [] if deep else sorted(name for name in folders if not name.startswith("."))
        yield from (Path(here, name) for name in sorted(files) if not name.startswith("."))


def looks_like_files(folder: Path) -> bool:
    """Whether a folder holds parquet and no image files, beside which parquet says what they show."""
    found = False
    for path in walked(folder):
        if path.suffix.lower() in SUFFIXES:
            return False
        found |= path.suffix.lower() == SUFFIX
    return found


def parts_of(path: Path) -> list[Part]:
    """The files of a set in order, by splits. Raises ValueError where there are several sets."""
    if not path.is_dir():
        return [Part(path)]
    files = sorted(one for one in walked(path) if one.suffix.lower() == SUFFIX)
    sets = sorted({_set_of(one.relative_to(path)) for one in files})
    if len(sets) > 1:
        raise ValueError(f"{path} holds {len(sets)} sets of parquet ({', '.join(sets)}): set data.root to one of them")
    _say_missing(files)
    splits = {one: _split_of(one.relative_to(path)) for one in files}
    if len(set(splits.values())) == 1 or "train" not in splits.values():
        return [Part(one) for one in files]
    return [Part(one, split or SHARD.sub("", one.stem)) for one, split in splits.items()]


def _set_of(path: Path) -> str:
    """The folders of a file, less those that are named for a split or just for data."""
    return "/".join(part for part in path.parts[:-1] if part != "data" and part.lower() not in SPLITS) or "."


def _split_of(path: Path) -> str:
    """By the words of its name, or by its folder's."""
    stem = SHARD.sub("", path.stem)
    for word in (*re.split(r"[-_. ]", stem.lower()), *(part.lower() for part in reversed(path.parts[:-1]))):
        if word in SPLITS:
            return SPLITS[word]
    return ""


def _say_missing(files: list[Path]) -> None:
    """Of files that say how many there are, how many are not there."""
    there: dict[tuple[str, int], int] = defaultdict(int)
    for path in files:
        if shard := SHARD.search(path.stem):
            there[path.stem[: shard.start()], int(shard[2])] += 1
    for (name, count), found in there.items():
        if found < count:
            log.warning("%s: %d of its %d files are there: the others are missing", name, found, count)

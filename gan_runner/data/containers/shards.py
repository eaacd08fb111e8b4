"""Which files are the shards of a set, and of which split each is."""

from __future__ import annotations

import os
import re
from pathlib import Path

from gan_runner.data.containers.tar import SUFFIXES
from gan_runner.data.files import decoding
from gan_runner.data.files.splits import is_split

NUMBERED = re.compile(r"(.*?)[-_.]?\d+(" + "|".join(map(re.escape, SUFFIXES)) + ")", re.IGNORECASE)
"""What a shard is called: name-000000.tar."""
RANGE = re.compile(r"(.*)\{(\d+)\.\.(\d+)\}(.*)")
MOST = 100_000
"""Shards of a range."""


def has_range(path: Path) -> bool:
    """Whether a path stands for several: set-{000000..000012}.tar."""
    return RANGE.fullmatch(path.name) is not None and not path.exists()


def shards_of(path: Path) -> list[tuple[str, Path]]:
    """The shards in a folder or its folders of splits, of a range or of one file, in the order of their names; each
    with the name of its split, "" where there are none. None of a folder that holds anything else of images.
    """
    if has_range(path):
        return by_split(in_range(path))
    if not path.is_dir():
        return [("", path)]
    folders, tars = _inside(path)
    if not folders:
        return by_split(tars)
    parts = [(folder.name, *_inside(folder)) for folder in folders]
    if tars or not all(split_in(name) and found and not deeper for name, deeper, found in parts):
        return []
    return [(name, one) for name, _, found in parts for one in found]


def tars_in(folder: Path) -> list[Path]:
    """All tars of a folder, whatever lies beside them, by name."""
    inside = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in inside if path.name.lower().endswith(SUFFIXES) and not path.name.startswith("."))


def in_range(path: Path) -> list[Path]:
    """Raises ValueError for a range that is none."""
    parts = RANGE.fullmatch(path.name)
    assert parts is not None
    begin, first, last, end = parts.groups()
    if not int(first) <= int(last) < int(first) + MOST:
        raise ValueError(f"{path}: {{{first}..{last}}} is no range of shards: write set-{{000000..000012}}.tar, say")
    return [path.with_name(f"{begin}{number:0{len(first)}}{end}") for number in range(int(first), int(last) + 1)]


def by_split(paths: list[Path]) -> list[tuple[str, Path]]:
    """The shards with the splits that their names say, if those say several and each says one."""
    found = [(split_in(stem_of(path)), path) for path in paths]
    names = {split for split, _ in found}
    return found if len(names) > 1 and "" not in names else [("", path) for path in paths]


def split_in(name: str) -> str:
    """The word of a name that is called as a split: train of imagenet-train-000000; "" if there is none."""
    return next((word for word in re.split(r"[-_.\d]+", name) if is_split(word)), "")


def stem_of(path: Path) -> str:
    """The name of a tar without its suffix."""
    parts = re.fullmatch("(.*?)(" + "|".join(map(re.escape, SUFFIXES)) + ")", path.name, re.IGNORECASE)
    return path.name if parts is None else parts[1]


def _inside(folder: Path) -> tuple[list[Path], list[Path]]:
    """The folders of splits and the shards in a folder, by name; neither where there is an image, a folder or a tar by
    another name: those are files to be taken as they lie.
    """
    folders, tars = [], []
    with os.scandir(folder) as entries:
        for entry in entries:
            path = folder / entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_dir() and split_in(entry.name):
                folders.append(path)
            elif NUMBERED.fullmatch(entry.name):
                tars.append(path)
            elif entry.is_dir() or path.suffix.lower() in decoding.SUFFIXES or entry.name.lower().endswith(SUFFIXES):
                return [], []  # at once: it may be a folder of a million
    return sorted(folders), sorted(tars)

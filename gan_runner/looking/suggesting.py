"""The command that a set of images is trained by first, and why each of its settings is there."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gan_runner.config.overrides import parsed, quoted_path
from gan_runner.data.containers.opening import wrapped
from gan_runner.looking.choosing import MOST, side_of, takes
from gan_runner.looking.findings import DOMAINS, Findings

FEW = 1000
"""Images below which a discriminator learns them by heart."""
LARGE = 128
"""Pixels a side from which on networks without norms are suggested."""
BATCH = 64
"""data.batch_size of data=folder."""


class Suggestion(NamedTuple):
    """A word of the command line, and why in a few words; nothing where that goes without saying."""

    word: str
    why: str = ""


def suggestions(found: Findings) -> list[Suggestion]:
    """The words after gan-train, each with its reason. What was given on the command line stays."""
    return [*_model(found), Suggestion("data=folder"), *_data(found), *_tricks(found)]


def command(words: list[Suggestion]) -> str:
    """To paste into a shell."""
    return shlex.join(["gan-train", *(one.word for one in words)])


def _model(found: Findings) -> Iterator[Suggestion]:
    kept, side = found.folder.kept_labels(), max(found.folder.decoder.size)
    classes = len(found.class_names if kept is None else kept)
    numbers = found.folder.conditions
    if side >= LARGE:
        yield Suggestion("model=r3gan", f"stays stable at {side} pixels a side")
        if classes > 1:
            yield Suggestion("network.conditional=true", f"both players see which of {classes} classes")
        elif numbers is not None:
            yield Suggestion("network.conditional=true", f"both players see {' and '.join(numbers.names)}")
    elif numbers is not None:
        yield Suggestion("model=cgan", f"DCGAN that is told {' and '.join(numbers.names)}")
    elif classes > 1:
        yield Suggestion("model=cgan", f"DCGAN that is told which of {classes} classes")
    else:
        yield Suggestion("model=dcgan", f"small and quick at {side} pixels a side")


def _data(found: Findings) -> Iterator[Suggestion]:
    yield Suggestion(path_word("data.root", found.folder.root))
    for key, word in found.given.items():
        if key != "root":
            yield Suggestion(word, "as given")
    if (side := found.chosen.get("image_size")) is not None:
        yield Suggestion(f"data.image_size={side}", _why_of_side(found, side))
    if "channels" in found.chosen:
        yield Suggestion(f"data.channels={found.chosen['channels']}", "all images are grey")
    if found.chosen.get("labels"):
        yield Suggestion("data.labels=true", f"the folders are {len(found.class_names)} classes")
    yield from _batch(found)


def _why_of_side(found: Findings, side: int) -> str:
    sides = [one.sides for one in found.headers]
    if set(sides) == {(side, side)}:
        return "their own size"
    if side == MOST and side_of(sides) == MOST and min(map(min, sides), default=0) > MOST:
        return "enough to begin with; more pixels take a GPU"
    return "the power of two next to the median of their shorter sides"


def _batch(found: Findings) -> Iterator[Suggestion]:
    count = len(found.rows["train"])
    if "batch_size" not in found.given and count < BATCH:
        size = 1 << max(1, count.bit_length() - 1)  # the largest power of two that is not above it
        yield Suggestion(f"data.batch_size={min(size, max(1, count))}", f"{in_number(count)} to train on")
    if found.trouble and "holdout" not in found.given:
        yield Suggestion("data.holdout=0", "no part of so few images can be held out")


def _tricks(found: Findings) -> Iterator[Suggestion]:
    count = len(found.rows["train"])
    if count < FEW:
        are = "is" if count == 1 else "are"
        yield Suggestion(
            "+tricks@tricks.diff_augment=diff_augment", f"{in_number(count)} {are} few: varied in training"
        )


def in_number(count: int) -> str:
    """1 image, 2 images."""
    return f"{count:,} image{'' if count == 1 else 's'}"


def packed_whole(found: Findings) -> str:
    """Of an archive of one folder, whose folders may be classes or splits."""
    folder = wrapped(found.folder.place)
    if folder is None:
        return ""
    return f"all images lie in one folder of the archive: root={folder} takes the folders in it as classes or splits"


def two_domains(found: Findings) -> str:
    """Where the folders are those of two domains, the command for them; else nothing."""
    if not all((found.folder.place / name).is_dir() for name in DOMAINS):
        return ""
    words = ["gan-train", "model=cyclegan", "data=unpaired", path_word("data.root", found.folder.root)]
    return f"{' and '.join(sorted(DOMAINS))} are two domains, one to be turned into the other: {shlex.join(words)}"


def refused_sides(found: Findings) -> str:
    """Where the sides were given and no convolutional network takes them, a sentence; else nothing."""
    height, width = found.folder.decoder.size
    if takes(height) and takes(width):
        return ""
    return f"networks of convolutions take no {height} × {width}: model=vanilla does"


def path_word(key: str, path: Path) -> str:
    """A key with a path, in quotes of its own where it would be read as something else."""
    read = parsed(f"{key}={path}")
    plain = read is not None and not read.is_sweep_override() and read.value() == str(path)
    return f"{key}={path if plain else quoted_path(path)}"

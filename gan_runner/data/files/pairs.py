"""Turns two images that belong together into one array, so that whatever is cut or mirrored is so in both."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ImageOps

from gan_runner.data.files.cache import fingerprint
from gan_runner.data.files.decoding import Decoder, find_images, opened
from gan_runner.types import Direction

TOLD = 3
"""Names without a partner that a sentence lists."""


@dataclass(frozen=True)
class PairDecoder(Decoder):
    """Reads a pair as uint8 (source_channels + C, *size), the source first; `channels` is their sum."""

    source_channels: int

    @property
    def source(self) -> Decoder:
        return Decoder(self.size, self.source_channels, self.fit)

    @property
    def target(self) -> Decoder:
        return Decoder(self.size, self.channels - self.source_channels, self.fit)


@dataclass(frozen=True)
class SideBySide(PairDecoder):
    """One file holds both, A in its left half and B in its right."""

    direction: Direction

    def __call__(self, path: Path) -> NDArray[np.uint8]:
        with opened(path) as file:
            image = ImageOps.exif_transpose(file)
            width, height = image.size
            if width % 2:
                raise ValueError(f"{width} pixels across, two images side by side need an even number")
            halves = [image.crop((left, 0, left + width // 2, height)) for left in (0, width // 2)]
            source, target = halves if self.direction == "a2b" else reversed(halves)
            return np.concatenate([self.source.array(source), self.target.array(target)])


@dataclass(frozen=True)
class Matched(PairDecoder):
    """The target's file is the one asked for, the source's its partner in another folder."""

    partners: Mapping[Path, Path]
    partners_root: Path

    def __call__(self, path: Path) -> NDArray[np.uint8]:
        return np.concatenate([self.source(self.partners[path]), self.target(path)])

    def facts(self) -> Any:
        sources = fingerprint(self.partners_root, list(self.partners.values()), self.source)
        return [sources, self.channels, self.size, self.fit]


def match(folder: Path, other: Path) -> dict[Path, Path]:
    """The images of a folder, in sorted order, each with that of the same name in the other, whatever the suffixes.

    Raises ValueError, naming the first, if one has no partner or several.
    """
    ours, theirs = by_name(folder), by_name(other)
    alone = sorted(set(ours) ^ set(theirs))
    if alone:
        first = ", ".join(str(ours.get(name) or theirs[name]) for name in alone[:TOLD])
        raise ValueError(
            f"{len(alone)} of the {len(set(ours) | set(theirs))} images in {folder} and {other} have no partner of the "
            f"same name in the other folder ({first}{', …' if len(alone) > TOLD else ''}): remove them, or take "
            "data=unpaired"
        )
    return {path: theirs[name] for name, path in ours.items()}


def by_name(folder: Path) -> dict[str, Path]:
    """The images below a folder by their names without suffixes, in sorted order. Raises ValueError for equal ones."""
    named: dict[str, Path] = {}
    for path in find_images(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in named:
            raise ValueError(f"{path} and {named[name].name} have the same name: keep one of them")
        named[name] = path
    return named

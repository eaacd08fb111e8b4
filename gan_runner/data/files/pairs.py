"""Turns two images that belong together into one array, so that whatever is cut or mirrored is so in both."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.inside import AnImage, Page, Place, below
from gan_runner.data.files.cache import fingerprint
from gan_runner.data.files.decoding import WHOLE, Decoder, Picture, SourceDecoder, find_images, naming
from gan_runner.data.files.deep import ValueRange
from gan_runner.data.files.pages import apart
from gan_runner.types import Direction

log = logging.getLogger(__name__)
Sides = tuple[int, int]

TOLD = 3
"""Names without a partner that a sentence lists."""


@dataclass(frozen=True)
class PairDecoder(Decoder):
    """Reads a pair as uint8 (source_channels + C, *size), the source first; `channels` is their sum."""

    source_channels: int
    source_range: ValueRange = field(default=None, kw_only=True)

    @property
    def source(self) -> Decoder:
        return self._side(SourceDecoder, self.source_channels, self.source_range)

    @property
    def target(self) -> Decoder:
        return self._side(Decoder, self.channels - self.source_channels, self.value_range)

    def _side(self, reads: type[Decoder], channels: int, value_range: ValueRange) -> Decoder:
        return reads(
            self.size,
            channels,
            self.fit,
            value_range=value_range,
            reading=self.reading,
            max_megapixels=self.max_megapixels,
        )


@dataclass(frozen=True)
class SideBySide(PairDecoder):
    """One file holds both, A in its left half and B in its right."""

    direction: Direction

    def __call__(self, path: AnImage) -> NDArray[np.uint8]:
        with naming(path):
            whole = replace(self.target, channels=max(self.source.channels, self.target.channels))
            a, b = _halves(whole.picture(path))
            source, target = (a, b) if self.direction == "a2b" else (b, a)
            return np.concatenate([self.source.array(source), self.target.array(target)])


@dataclass(frozen=True)
class Matched(PairDecoder):
    """The target's file is the one asked for, the source's its partner in another folder."""

    partners: Mapping[Place, Place]
    partners_root: Place
    told: list[Place] = field(default_factory=list, kw_only=True, compare=False)
    """Which pair of other proportions was told of."""

    def __call__(self, path: AnImage) -> NDArray[np.uint8]:
        file, page = apart(path)
        partner = self.partners[file] if page is None else Page(self.partners[file], page)
        side = 2 * max(self.size)
        with naming(partner):
            source = self.source.picture(partner, side)
        with naming(path):
            target = self.target.picture(path, side)
            self._check_proportions(file, target.info[WHOLE], source.info[WHOLE])
            return np.concatenate([self.source.array(source), self.target.array(target)])

    def _check_proportions(self, path: Place, size: Sides, other: Sides) -> None:
        """Of sides that are not alike, "crop" and "pad" would show other parts, "stretch" other proportions."""
        if alike(size, other):
            return
        told = (
            f"it has {size[0]} × {size[1]} pixels, and its partner {self.partners[path]} has {other[0]} × {other[1]}, "
            "of other proportions"
        )
        if self.fit != "stretch":
            raise ValueError(
                f"{told}: data.fit={self.fit} would not show the same part of both; cut them alike, or set "
                "data.fit=stretch if both show the whole"
            )
        if not self.told:  # one pair stands for all
            self.told.append(path)
            log.warning("%s: %s; stretched, each by itself, they fit where both show the whole", path, told)

    def facts(self) -> Any:
        sources = fingerprint(self.partners_root, list(self.partners.values()), self.source)
        return [sources, self.target.facts()]


def _halves(image: Picture) -> tuple[Picture, Picture]:
    width, height = image.size
    if width % 2:
        raise ValueError(f"{width} pixels across, two images side by side need an even number")
    return image.crop((0, 0, width // 2, height)), image.crop((width // 2, 0, width, height))


def alike(size: Sides, other: Sides) -> bool:
    """Whether two images have the same proportions, but for a rounded pixel of the smaller one."""
    return abs(size[0] * other[1] - other[0] * size[1]) <= max(*size, *other)


def match(folder: Place, other: Place) -> dict[Place, Place]:
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


def name_of(name: str) -> str:
    """Without its suffix, of .nii.gz without both."""
    return PurePosixPath(name[: -len(".gz")] if name.lower().endswith(".nii.gz") else name).stem


def by_name(folder: Place) -> dict[str, Place]:
    """The images below a folder by their names without suffixes, in sorted order. Raises ValueError for equal ones."""
    named: dict[str, Place] = {}
    for path in find_images(folder):
        plain = PurePosixPath(below(path, folder))
        name = plain.with_name(name_of(plain.name)).as_posix()
        if name in named:
            raise ValueError(f"{path} and {named[name].name} have the same name: keep one of them")
        named[name] = path
    return named

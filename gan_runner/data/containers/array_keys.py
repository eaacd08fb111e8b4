"""Which of the arrays of a file are images, which are their labels, and which split they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from gan_runner.config.errors import listed
from gan_runner.data.containers.layouts import LAYOUTS, Shape
from gan_runner.data.files.splits import NAMES

IMAGES = frozenset({"images", "image", "imgs", "img", "x", "data", "pixels", "samples", "pictures"})
LABELS = frozenset({"labels", "label", "y", "targets", "target"})
SPLITS = {name: split for split, names in NAMES.items() for name in names}
NUMBERS = "biuf"
"""Kinds of numpy's types that images may have."""
UNNAMED = re.compile(r"arr_\d+")
"""What numpy.savez calls an array that was given no name."""


@dataclass(frozen=True)
class Member:
    """An array as a file keeps it. encoded: each entry is the bytes of an image file."""

    shape: Shape
    dtype: np.dtype[Any]
    encoded: bool = False

    def __str__(self) -> str:
        shape = ", ".join(map(str, self.shape))
        return f"({shape}{',' * (len(self.shape) == 1)}) {'of objects' if self.dtype.hasobject else self.dtype}"

    @property
    def may_be_images(self) -> bool:
        return self.encoded or (self.dtype.kind in NUMBERS and len(self.shape) >= 3)


@dataclass(frozen=True)
class Asked:
    """What data.array says: the key of the images, that of their labels, the layout; "" or None: it is found."""

    images: str = ""
    labels: str | None = None
    layout: str = ""

    @classmethod
    def of(cls, array: str | Sequence[str] | None) -> Asked:
        """Of the setting: images, [images, labels], images:nchw or :nchw."""
        if array is None:
            return cls()
        images, *others = [array] if isinstance(array, str) else array
        if len(others) > 1:
            raise ValueError(f"data.array=[{','.join(array)}] names more than images and labels: name these two")
        images, colon, layout = images.rpartition(":")
        if not colon or layout.lower() not in LAYOUTS:
            images, layout = images + colon + layout, ""
        return cls(images, others[0] if others else None, layout.lower())


@dataclass(frozen=True)
class Part:
    """A split ("": there is none) and the keys of its arrays. trouble: why none is taken for the labels; "": all is
    well, or there are none.
    """

    split: str
    images: str
    labels: str | None
    trouble: str = ""


class LabelsError(ValueError):
    """No array can be taken for the labels, though there are some."""


def parts_of(path: Path, members: Mapping[str, Member], asked: Asked) -> list[Part]:
    """The splits of a file and their arrays. Raises ValueError where none are images, or several might be, and for keys
    that are asked for and not there.
    """
    if asked.images:
        _check_there(path, members, asked.images)
        chosen = {"": asked.images}
    else:
        chosen = _images_by_split(path, members)
    return [_part(path, members, split, key, asked) for split, key in chosen.items()]


def _part(path: Path, members: Mapping[str, Member], split: str, images: str, asked: Asked) -> Part:
    try:
        return Part(split, images, _labels_of(path, members, split, images, asked))
    except LabelsError as error:
        return Part(split, images, None, str(error))


def _check_there(path: Path, members: Mapping[str, Member], key: str) -> None:
    if key not in members:
        raise ValueError(f"data.array={key} is not in {path}, which holds {told(members)}: set it to one of these")


def _images_by_split(path: Path, members: Mapping[str, Member]) -> dict[str, str]:
    named = [key for key in members if role_of(key) == "images"]
    found = (
        [key for key in named if members[key].may_be_images]
        or [key for key, one in members.items() if one.may_be_images and role_of(key) != "labels"]
        or named
    )
    if not found:
        raise ValueError(
            f"{path} holds {told(members)}, and no array of numbers with 3 axes or more: set data.root to a file of "
            "images"
        )
    by_split: dict[str, str] = {}
    for key in found:
        split = split_of(key)
        if split in by_split or (by_split and "" in (split, *by_split)):
            raise ValueError(
                f"{path} holds {told(members, found)}, of which any may be the images: name the array by "
                f"data.array={found[0]}, or write {path}/{found[0]} for the path, say"
            )
        by_split[split] = key
    return by_split


def _labels_of(path: Path, members: Mapping[str, Member], split: str, images: str, asked: Asked) -> str | None:
    """The key of the labels of some images, as many as the first or the last axis of these is long. Raises LabelsError
    where it is none, or one of several.
    """
    if asked.labels is not None:
        _check_there(path, members, asked.labels)
        return asked.labels
    named = [key for key in members if role_of(key) == "labels" and key != images]
    if asked.images:
        split = split_of(images)
    named = [key for key in named if split_of(key) == split]
    beside = [key for key in named if _folder(key) == _folder(images)]
    named = beside or named
    shape = members[images].shape
    if not named and UNNAMED.fullmatch(images):
        named = [key for key, one in members.items() if UNNAMED.fullmatch(key) and _is_list(one, shape[0])]
        return named[0] if len(named) == 1 else None
    fits = [key for key in named if _count(members[key]) in (shape[0], shape[-1])]
    if named and not fits:
        key = named[0]
        raise LabelsError(
            f"{path} holds {told(members, [images, key])}: there is not a label for each image, so make them as many"
        )
    if len(fits) > 1:
        raise LabelsError(
            f"{path} holds {told(members, fits)}, of which any may be the labels: name images and labels by "
            f"data.array=[{images},{fits[0]}], say"
        )
    return fits[0] if fits else None


def _is_list(member: Member, length: int) -> bool:
    return member.dtype.kind in "biuUS" and prod(member.shape) == length == _count(member)


def _count(member: Member) -> int:
    """How many labels it is; MATLAB's may lie in a row."""
    shape = member.shape
    return shape[1] if len(shape) == 2 and shape[0] == 1 else shape[0] if shape else 1


def _folder(key: str) -> str:
    return key.rpartition("/")[0]


def words_of(key: str) -> list[str]:
    """The words that a key is made of: x, train of X_train, xTrain or train/x."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key)
    return [word for word in re.split(r"[^a-z0-9]+", parted.lower()) if word]


def role_of(key: str) -> str | None:
    """Whether a key says images or labels, or neither."""
    words = set(words_of(key))
    return "labels" if words & LABELS else "images" if words & IMAGES else None


def split_of(key: str) -> str:
    """train, val or test where a key says so, else ""."""
    return next((SPLITS[word] for word in words_of(key) if word in SPLITS), "")


def told(members: Mapping[str, Member], keys: Iterable[str] | None = None) -> str:
    """Arrays in a sentence, with their shapes."""
    chosen = list(members if keys is None else keys)
    if not chosen:
        return "no arrays"
    return listed([f"{key} {members[key]}" for key in chosen], 8)

"""A set of images looked at as training would see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gan_runner.data.containers.inside import InsidePath, Place, below
from gan_runner.data.decks import Deck, Share, TooFewError, labels_or_numbers_of
from gan_runner.data.files.classes import folders_of
from gan_runner.data.files.contents import UNREADABLE, digests
from gan_runner.data.files.decoding import find_images
from gan_runner.data.files.headers import Header, headers
from gan_runner.data.files.left_out import left_out
from gan_runner.data.folder import Folder
from gan_runner.looking.choosing import channels_of, side_of
from gan_runner.looking.copies import Near, groups, near_pairs
from gan_runner.looking.heard import Heard, heard
from gan_runner.looking.traits import Traits, joined, traits_of
from gan_runner.types import Split

Make = Callable[..., Folder]
"""Makes the data of the command line, with some of its keys changed."""
DOMAINS = {"trainA", "trainB"}
"""The folders of data=unpaired and data=paired."""
SPLITS: tuple[Split, ...] = ("train", "test")


@dataclass(frozen=True)
class Set:
    """What lies in one place: all images, or those of one split. files: of the images that can be decoded; sources:
    the files on the disk that they are in.
    """

    place: Place
    files: Sequence[Place]
    sources: Sequence[Place]
    headers: Sequence[Header]
    digests: Sequence[str]
    traits: Traits


@dataclass(frozen=True)
class Findings:
    """Of a set. folder: as training would be given it, with what was chosen here. chosen: the keys that were chosen.

    sets: the one place, or that to train on and that to measure by. rows: which of all images, counted through the
    sets, training is dealt and which are held out. labels (N,): of all images; (N, K) of numbers. skipped: files that
    cannot be decoded, and why. notes: what is scaled, or left out of files. warned: what its container has to say.
    trouble: what training would refuse. unlabelled: why there are no classes, though there might be. near: pairs of
    near copies.
    """

    folder: Folder
    given: Mapping[str, Any]
    chosen: Mapping[str, Any]
    sets: Sequence[Set]
    rows: Mapping[Split, NDArray[np.int64]]
    labels: NDArray[Any] | None
    left_out: str
    skipped: Sequence[str]
    notes: Sequence[str]
    warned: Sequence[str]
    trouble: str
    unlabelled: str
    near: Near

    @cached_property
    def files(self) -> list[Place]:
        return [file for one in self.sets for file in one.files]

    @cached_property
    def sources(self) -> list[Place]:
        """The files that the images are in, each once."""
        return list(dict.fromkeys(source for one in self.sets for source in one.sources))

    @cached_property
    def headers(self) -> list[Header]:
        return [header for one in self.sets for header in one.headers]

    @cached_property
    def traits(self) -> Traits:
        return joined([one.traits for one in self.sets])

    @cached_property
    def digests(self) -> list[str]:
        return [digest for one in self.sets for digest in one.digests]

    @cached_property
    def copies(self) -> list[list[int]]:
        """Images that are the same once decoded."""
        return groups(self.traits.pixels)

    @cached_property
    def same_bytes(self) -> list[list[int]]:
        """Files that are the same; those that cannot be read are like no other."""
        return groups(position if one == UNREADABLE else one for position, one in enumerate(self.digests))

    @cached_property
    def splits(self) -> list[Split | None]:
        """Of each image, the split that it is in."""
        found: list[Split | None] = [None] * len(self.files)
        for split, rows in self.rows.items():
            for position in rows:
                found[position] = split
        return found

    def crossing(self, alike: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
        """Of groups of images that are alike, those with one to train on and one that is held out: such a pair."""
        found = []
        for group in alike:
            kinds: dict[Split | None, int] = {}
            for position in group:
                kinds.setdefault(self.splits[position], position)
            if "train" in kinds and "test" in kinds:
                found.append((kinds["train"], kinds["test"]))
        return found

    def name(self, position: int) -> str:
        """What an image is called, below the root."""
        return below(self.files[position], self.folder.place)

    @property
    def class_names(self) -> tuple[str, ...]:
        return self.folder.class_names or ()

    @property
    def labels_told(self) -> str:
        """Which of several labels of a container are taken, and how others are."""
        place = self.folder.place
        return place.container.labels_told if isinstance(place, InsidePath) and self.folder.own_labels else ""

    @property
    def has_classes(self) -> bool:
        return self.labels is not None and self.labels.ndim == 1

    def class_counts(self, split: Split) -> list[int]:
        """How many images of each class are in a split."""
        assert self.labels is not None
        counts: list[int] = np.bincount(self.labels[self.rows[split]], minlength=len(self.class_names)).tolist()
        return counts


def look_at(make: Make, given: Mapping[str, Any], scratch: Path) -> Findings:
    """Read and compare all images. given: the keys of the command line; of labels, image_size, channels and holdout
    those that are not given are chosen. scratch: a folder for decoded images that memory is too small for.

    Raises ValueError or OSError, as training would, for what cannot be read at all.
    """
    chosen: dict[str, Any] = {}
    unlabelled = ""
    with heard() as told:
        if "labels" not in given:
            has_classes, unlabelled = _has_classes(make)
            chosen |= {"labels": True} if has_classes else {}
        try:
            return _looked_at(make, given, chosen, scratch, told, unlabelled)
        except ValueError as error:
            if "labels" not in chosen:
                raise
            told.read_anew()
            return _looked_at(make, given, {}, scratch, told, str(error))  # it cannot be trained on with them


def _looked_at(
    make: Make, given: Mapping[str, Any], settings: Mapping[str, Any], scratch: Path, told: Heard, unlabelled: str
) -> Findings:
    """settings: those that were chosen before anything was read."""
    chosen = dict(settings)
    folder = make(**chosen)
    folder.check()
    paths = _paths(folder)
    known = dict(zip(paths, headers(paths), strict=True))
    if "image_size" not in given:
        chosen["image_size"] = side_of([one.sides for one in known.values() if one is not None])
    folder = _made(make, chosen, len(paths), scratch)
    try:
        wholes, rows, trouble = _read(folder)
    except TooFewError as error:  # nothing is left to train on
        if "holdout" in given:
            raise
        told.read_anew()
        chosen["holdout"], trouble = 0.0, str(error)
        folder = _made(make, chosen, len(paths), scratch)
        wholes, rows, _ = _read(folder)
    sets = [_look(folder, split, whole, known) for split, whole in wholes.items()]
    labels = [labels_or_numbers_of(whole) for whole in wholes.values()]
    every = None if labels[0] is None else np.concatenate([one.numpy() for one in labels if one is not None])
    traits = joined([one.traits for one in sets])
    if "channels" not in given and (channels := channels_of(traits)) is not None:
        chosen["channels"] = channels
        folder = _made(make, chosen, len(paths), scratch)
    return Findings(
        folder, given, chosen, sets, rows, every, left_out(folder.place)[0], told.skipped, told.notes,
        told.warned, trouble, unlabelled, near_pairs(traits),
    )  # fmt: skip


def _made(make: Make, chosen: Mapping[str, Any], count: int, scratch: Path) -> Folder:
    """With a place for decoded images, where it has none and they would not be kept in memory."""
    folder = make(**chosen)
    large = count * prod(folder.shape) > folder.memory_limit_mb * 1e6
    return make(**chosen, cache=str(scratch)) if large and folder.cache is None else folder


def _has_classes(make: Make) -> tuple[bool, str]:
    """Whether the folders can be classes: two or more, no image beside them, and no domains; why a container, which may
    have labels of its own, has none.
    """
    try:
        folder = make(labels=True)
        folder.check()
    except (OSError, ValueError):
        return False, _why_unlabelled(make)
    if set(folders_of(folder.places.train)) >= DOMAINS:
        return False, f"the folders {' and '.join(sorted(DOMAINS))} are two domains"
    return (folder.num_classes or 0) > 1, ""


def _why_unlabelled(make: Make) -> str:
    try:
        place = make().place
        return place.container.why_unlabelled if isinstance(place, InsidePath) else ""
    except (OSError, ValueError):  # which whoever reads the images tells
        return ""


def _paths(folder: Folder) -> list[Place]:
    return [*folder.train_paths, *(find_images(folder.places.test) if folder.places.test else ())]


def _read(folder: Folder) -> tuple[dict[Split, Deck], dict[Split, NDArray[np.int64]], str]:
    """The decks that the splits are parts of, each once; the rows of each split, counted through these; what keeps
    training from being played with it.
    """
    wholes: dict[Split, Deck] = {}
    rows: dict[Split, NDArray[np.int64]] = {split: np.zeros(0, np.int64) for split in SPLITS}
    trouble, before = "", 0
    for split in SPLITS:
        if split == "test" and not folder.has_test_split:
            continue
        try:
            deck = folder.deck(split)
        except TooFewError as error:
            trouble = str(error)
            if split == "train":
                raise
            continue
        whole, positions = unwrapped(deck)
        if all(whole is not one for one in wholes.values()):
            before, wholes[split] = sum(map(len, wholes.values())), whole
        rows[split] = positions.numpy() + before
    return wholes, rows, trouble


def unwrapped(deck: Deck) -> tuple[Deck, torch.Tensor]:
    """The deck that another is a part of, and the positions of that part."""
    positions = None
    while isinstance(deck, Share):
        positions = deck.positions if positions is None else deck.positions[positions]
        deck = deck.deck
    return deck, torch.arange(len(deck)) if positions is None else positions


def _look(folder: Folder, split: Split, whole: Deck, known: Mapping[Place, Header | None]) -> Set:
    images: list[Place] = list(whole.files)  # type: ignore[attr-defined]  # a folder's decks have them
    sources: list[Place] = [getattr(image, "file", image) for image in images]  # an image may be a page of a file
    place, files = folder.places.of(split), list(dict.fromkeys(sources))
    read = dict(zip(files, digests(place, files, folder.cache).values(), strict=True))
    found = [known.get(source) or Header((0, 0), "unknown", "unknown") for source in sources]
    told = [_digest(image, source, read[source]) for image, source in zip(images, sources, strict=True)]
    return Set(place, images, sources, found, told, traits_of(whole, folder.shape[0] == 4))


def _digest(image: Place, source: Place, digest: str) -> str:
    """Of the bytes of an image; of a page with its number, since pages of one file are no copies."""
    return digest if image is source or digest == UNREADABLE else f"{digest} {image.name}"

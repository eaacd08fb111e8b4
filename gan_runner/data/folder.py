"""Any folder of image files, or container of images."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import torch
from torch import Tensor

from gan_runner.config.labels import listed_classes
from gan_runner.data.base import DataFamily, Dealing, Scales, family_of
from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.containers.opening import Kind, check_use, is_there, place_of
from gan_runner.data.decks import Deck, Memory, hold_out, labels_of
from gan_runner.data.files import classes
from gan_runner.data.files.cache import OnError, open_decoded
from gan_runner.data.files.classes import as_people_count, check_labelled, folders_of, has_images, in_order_of
from gan_runner.data.files.contents import contents
from gan_runner.data.files.decoding import DecodeError, Decoder, Fit, find_images
from gan_runner.data.files.deep import ValueRange, checked_range
from gan_runner.data.files.left_out import left_out, say_left_out
from gan_runner.data.files.splits import Places, Splits, find_places
from gan_runner.data.files.survey import settled
from gan_runner.images.resizing import ImageSize, height_width
from gan_runner.types import Batch, Fingerprint, Fraction, NaturalInt, PathString, Positive, Split

log = logging.getLogger(__name__)


def scales_of(**ranges: ValueRange) -> Scales:
    """As a checkpoint keeps them."""
    return {side: list(one) for side, one in ranges.items() if isinstance(one, tuple)}


def _is_below(place: Place, other: Place) -> bool:
    return isinstance(place, InsidePath) == isinstance(other, InsidePath) and place.is_relative_to(str(other))


def settled_before(scales: Scales | None, side: str) -> ValueRange:
    """The scale of a run; None where it was none. Runs of earlier versions took the range of the type."""
    if scales is None:
        return "type"
    return (scales[side][0], scales[side][1]) if side in scales else None


class Mapped:
    """A set too large for memory: decoded images in a file, read a batch at a time."""

    def __init__(self, file: Path, rows: int, labels: Tensor | None) -> None:
        self.file, self.rows, self.labels = file, rows, labels
        self.images = np.load(file, mmap_mode="r")

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, positions: Tensor) -> Batch:
        image = torch.from_numpy(np.asarray(self.images[positions.numpy()]))
        return Batch(image, None if self.labels is None else self.labels[positions])

    def __reduce__(self) -> tuple[Any, ...]:  # a worker maps the file too, instead of receiving its pixels
        return Mapped, (self.file, self.rows, self.labels)


class Streamed:
    """Files decoded when a batch is drawn. A corrupt one is named in the log, once, and replaced by the next of its
    class.
    """

    def __init__(self, paths: list[Place], decoder: Decoder, labels: Tensor | None, on_error: OnError) -> None:
        self.paths, self.decoder, self.labels, self.on_error = paths, decoder, labels, on_error
        self._told = torch.zeros(len(paths), dtype=torch.bool).share_memory_()  # by whichever worker came upon it

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, positions: Tensor) -> Batch:
        images, drawn = zip(*(self._decoded(int(position)) for position in positions), strict=True)
        label = None if self.labels is None else self.labels[list(drawn)]
        return Batch(torch.from_numpy(np.stack(images)), label)

    def _decoded(self, position: int) -> tuple[np.ndarray, int]:
        for offset in range(len(self.paths)):
            candidate = (position + offset) % len(self.paths)
            if self.labels is not None and self.labels[candidate] != self.labels[position]:
                continue  # or it would bring in a class that is left out
            try:
                return self.decoder(self.paths[candidate]), candidate
            except DecodeError as error:
                if self.on_error == "fail":
                    raise ValueError(f"{error}; remove the file, or set data.on_error=skip") from error
                if not self._told[candidate]:
                    self._told[candidate] = True
                    log.warning("replaced by the next file: %s", error)
        of_its = "" if self.labels is None else " of a class"
        raise ValueError(f"none of {len(self.paths)} files{of_its} could be decoded: check data.root")


def open_deck(
    root: Place,
    paths: list[Place],
    decoder: Decoder,
    on_error: OnError,
    cache: Path | None,
    memory_limit_mb: int,
    labels: Tensor | None = None,
) -> Deck:
    """Files below `root`, decoded once: see `gan_runner.data.files.cache.open_decoded`."""
    decoded = open_decoded(root, paths, decoder, on_error, cache, memory_limit_mb)
    if not decoded.kept:
        raise ValueError(f"data.root={root} holds {len(paths)} image files, none of which can be decoded")
    labels = None if labels is None else labels[decoded.kept]
    if decoded.file:
        return Mapped(decoded.file, len(decoded.kept), labels)
    return Memory(torch.from_numpy(decoded.images), labels)


class Folder(DataFamily):
    """Every image below `root`, in sorted order. With `labels`, the subfolders of `root` are the classes, numbered in
    the order of their names, in which numbers count as numbers: 2 before 10.

    splits: "auto" takes the folders train and test (or val) of `root` for what their names say, if there is nothing
    else: the classes are then the subfolders of train, and `holdout` is not used; "none" does not.
    root: a folder, or a container (see `gan_runner.data.containers`): found by looking, or said by `container`.
    array: which of several arrays or columns are the images, or [images, labels]; of arrays, images:nchw says the axes.
    Kinds of files, colours and `fit` (crop | stretch | pad): see `gan_runner.data.files.decoding.Decoder`.
    Pixels of more than 8 bits have one scale in the whole set: `value_range`, or what the set holds. A file of more
    than `max_megapixels`, as it is decoded, counts as corrupt (null: Pillow's guard against bombs).
    on_error: "skip" names a corrupt file in the log and goes on, "fail" stops at it. holdout: share kept back as
    the test split. Decoded images are kept below `cache` (null: nowhere) and live in memory up to
    `memory_limit_mb`, beyond it they are memory-mapped from the cache. With `stream` nothing is kept: files are
    decoded when drawn, by `num_workers` processes.
    """

    def __init__(
        self,
        *,
        root: PathString,
        image_size: ImageSize = 64,
        channels: Literal[1, 3, 4] = 3,
        labels: bool = False,
        fit: Fit = "crop",
        value_range: ValueRange = None,
        max_megapixels: Positive | None = None,
        on_error: OnError = "skip",
        holdout: Fraction = 0.1,
        splits: Splits = "none",
        container: Kind = "auto",
        array: str | list[str] | None = None,
        cache: PathString | None = None,
        memory_limit_mb: NaturalInt = 2048,
        stream: bool = False,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.root = Path(root).expanduser()
        self.splits, self.container, self.array = splits, container, array
        self.decoder = Decoder(
            height_width(image_size),
            channels,
            fit,
            value_range=checked_range(value_range, "data.value_range"),
            max_megapixels=max_megapixels,
        )
        self.shape = (channels, *self.decoder.size)
        self.labels, self.on_error, self.holdout = labels, on_error, holdout
        self.cache = None if cache is None else Path(cache).expanduser()
        self.memory_limit_mb, self.stream = memory_limit_mb, stream
        self._wholes: dict[Split, Deck] = {}
        self._names: tuple[str, ...] | None = None
        self._goes_on = False  # with a run that began before, or measures one

    # ---- what it knows before it reads --------------------------------------------------------------------------

    @cached_property
    def place(self) -> Place:
        """What `root` is: a folder, or the inside of a container. Raises ValueError where it is neither."""
        return place_of(self.root, self.container, array=self.array)

    @cached_property
    def places(self) -> Places:
        """Where its splits lie."""
        return find_places(self.place, self.splits, self.labels)

    def measure_by(self, folder: Path) -> bool:
        if not (is_there(self.root) and is_there(folder)):
            return False
        other = place_of(folder)
        if find_places(other, self.splits, self.labels).apart:
            return False
        here, training = other.resolve(), self.places.train.resolve()
        if _is_below(here, training) or _is_below(training, here):
            return False
        images = list(find_images(other))
        if not images:
            return False
        if len(images) == len(self.train_paths):  # or they need not be read
            both = (contents(other, images, self.cache), contents(training, self.train_paths, self.cache))
            if both[0] == both[1]:
                return False
        self.places = replace(self.places, test=other)
        return True

    @cached_property
    def train_paths(self) -> list[Place]:
        """The images that are trained on, or of which a share is held out."""
        return list(find_images(self.places.train))

    def _paths(self, split: Split) -> list[Place]:
        place = self.places.of(split)
        return self.train_paths if place == self.places.train else list(find_images(place))

    @property
    def class_names(self) -> tuple[str, ...] | None:  # type: ignore[override]  # known from the folder
        if self.labels and self._names is None:
            self.check()
            self._names = self._names_in(self.places.train)
        return self._names

    @staticmethod
    def _names_in(place: Place) -> tuple[str, ...]:
        """The classes among the folders of a place, in the order that its container gives them, if it does."""
        names = tuple(sorted(folders_of(place), key=as_people_count))
        own = place.container.class_names if isinstance(place, InsidePath) else None
        return names if own is None else tuple(name for name in own if name in names)

    @property
    def num_classes(self) -> int | None:  # type: ignore[override]  # known from the folder, not from the class
        names = self.class_names
        return None if names is None else len(names)

    def keep_classes(self, names: Sequence[str] | None) -> None:
        if (found := self.class_names) is not None:
            self._names, self._goes_on = in_order_of(names, found, self.places.train), True

    def check(self) -> None:
        check_use(self.place, stream=self.stream, labels=self.labels, splits=self.splits == "auto")
        places = self.places
        if self.labels and not folders_of(places.train):
            taken_apart = ", or data.splits=none if the folders of data.root are classes" if places.apart else ""
            raise ValueError(
                f"data.labels=true takes the subfolders of {places.train} as classes, and it has none: "
                f"set data.labels=false{taken_apart}"
            )
        if not self.train_paths:
            told, _ = left_out(places.train)
            others = f" (left out: {told})" if told else ""
            raise ValueError(f"data.root={places.train} holds no images{others}: set data.root to a folder of images")
        if self.labels:
            self._check_labelled(places)

    def _check_labelled(self, places: Places) -> None:
        """Every image has a class, and every class an image."""
        names = folders_of(places.train)
        for place in (places.train, places.test):
            if place is not None:
                check_labelled(place, names)
        for name in names:
            if not has_images(places.train / name):
                raise ValueError(
                    f"data.labels=true makes the subfolders of {places.train} classes, and {name} has no images: "
                    "remove it, or set data.labels=false"
                )

    @property
    def has_test_split(self) -> bool:
        return self.holdout > 0 or self.places.test is not None

    @property
    def holdout_key(self) -> str | None:
        return None if self.places.test else "data.holdout"

    # ---- reading ------------------------------------------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        root, places = self.place.resolve(), self.places
        found = contents(places.train, self.train_paths, self.cache)
        told: Fingerprint = {
            "family": family_of(self),
            "name": root.name,
            "root": str(root),
            "files": found["files"],
            "content": found["content"],
            "labels": self.num_classes,
            "split": "folders" if places.test else "a share" if self.holdout else "nothing",
            "apart": places.apart,
        }
        if places.test:
            told["test"] = contents(places.test, self._paths("test"), self.cache)
        return told

    def prepare_data(self) -> None:
        if self.cache and not self.stream:  # one process decodes, the others find its cache
            self._read_whole()

    def read(self, split: Split) -> Deck:
        apart = self.places.test is not None
        deck = self._read_whole(split) if apart else hold_out(self._read_whole(), self.holdout, split)
        if split == "train":
            self._check_presence(deck)
        return deck

    @property
    def scales(self) -> Scales:
        return scales_of(real=self.decoder.value_range)

    def settle(self, scales: Scales | None) -> None:
        if self.decoder.value_range is None:
            self.decoder = replace(self.decoder, value_range=settled_before(scales, "real"))

    def _read_whole(self, split: Split = "train") -> Deck:
        """What lies in a split's folder."""
        if split not in self._wholes:
            self.check()
            self._settle_whole()
            if self.places.apart and split == "train":
                log.info(self.places.sentence(self.holdout))
            place, names = self.places.of(split), self.class_names
            paths = self._paths(split)
            labels = None if names is None else torch.tensor(classes.labels_of(paths, place, names))
            log.info("%s: %d images%s", place, len(paths), f", {len(names)} classes" if names else "")
            self._wholes[split] = (
                Streamed(paths, self.decoder, labels, self.on_error)
                if self.stream
                else open_deck(place, paths, self.decoder, self.on_error, self.cache, self.memory_limit_mb, labels)
            )
        return self._wholes[split]

    def _settle_whole(self) -> None:
        """One scale for the pixels of all splits, that of those to train on; what is no image is said once."""
        if self._wholes:
            return
        say_left_out(self.place)
        self.decoder = settled(self.decoder, self.places.train, self.train_paths, self.cache)
        self.fourth_is_band = self.decoder.four_bands

    def _check_presence(self, deck: Deck) -> None:
        """A class of which nothing can be learned is refused in a new run, and said where an earlier one goes on."""
        labels, names = labels_of(deck), self.class_names or ()
        counts = [] if labels is None else labels.bincount(minlength=len(names)).tolist()
        absent = [name for name, count in zip(names, counts, strict=True) if not count]
        if not absent:
            return
        held_out = "" if self.places.test else f", or are held out (data.holdout={self.holdout:g})"
        told = f"no image of {listed_classes(absent)} is left to train on: they cannot be decoded{held_out}"
        if not self._goes_on:
            raise ValueError(f"{told}; add images, remove the folder, or set data.labels=false")
        log.warning(told)

"""Any folder of image files, or container of images."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Unpack

import numpy as np
import torch
from torch import Tensor

from gan_runner.config.labels import listed_classes
from gan_runner.data.base import DataFamily, Dealing, Scales, family_of
from gan_runner.data.containers.inside import AnImage, InsidePath, Place
from gan_runner.data.containers.opening import (
    Kind,
    as_told_or_found,
    check_use,
    is_there,
    place_of,
    sets_below,
    wrapped,
)
from gan_runner.data.decks import Deck, Memory, hold_out, labels_of
from gan_runner.data.files.cache import OnError, open_decoded
from gan_runner.data.files.classes import in_order_of
from gan_runner.data.files.contents import DIGITS, contents, contents_of, digests
from gan_runner.data.files.decoding import DecodeError, Decoder, Fit, find_images
from gan_runner.data.files.deep import ValueRange, checked_range
from gan_runner.data.files.in_short import in_short
from gan_runner.data.files.left_out import left_out, say_left_out
from gan_runner.data.files.pages import apart, images_of
from gan_runner.data.files.reading import Axis, Pages, Reading, Window, checked_pages, range_of_window
from gan_runner.data.files.splits import Places, Splits, find_places
from gan_runner.data.files.survey import settled
from gan_runner.data.labelling.base import Labelling, check_known
from gan_runner.data.labelling.choosing import Asked, labelling_of, numbers_of
from gan_runner.data.labelling.numbers import Numbers, conditions_of, in_words
from gan_runner.files import expanded
from gan_runner.images.resizing import ImageSize, height_width
from gan_runner.types import Bands, Batch, Conditions, Fingerprint, Fraction, NaturalInt, PathString, Positive, Split

log = logging.getLogger(__name__)


def scales_of(**ranges: ValueRange) -> Scales:
    """As a checkpoint keeps them."""
    return {side: list(one) for side, one in ranges.items() if isinstance(one, tuple)}


def _is_below(place: Place, other: Place) -> bool:
    """Whether a place is another, or in it; one array of a file is not in another."""
    if isinstance(place, InsidePath) and isinstance(other, InsidePath):
        return place.container.settings == other.container.settings and place.is_relative_to(str(other))
    return isinstance(place, InsidePath) == isinstance(other, InsidePath) and place.is_relative_to(str(other))


def settled_before(scales: Scales | None, side: str) -> ValueRange:
    """The scale of a run; None where it was none. Runs of earlier versions took the range of the type."""
    if scales is None:
        return "type"
    return (scales[side][0], scales[side][1]) if side in scales else None


def range_of(value_range: ValueRange, window: Window) -> ValueRange:
    """What becomes black and white by one of two settings. Raises ValueError, naming both, where both are set."""
    if window is not None and value_range is not None:
        raise ValueError("data.window and data.value_range both say what becomes black and white: set one of them")
    if window is None or window == "file":
        return checked_range(value_range, "data.value_range")
    return range_of_window(window, "data.window")


class Mapped:
    """A set too large for memory: decoded images in a file, read a batch at a time."""

    parts: Tensor | None = None

    def __init__(self, file: Path, rows: int, labels: Tensor | None, files: Sequence[AnImage] = ()) -> None:
        self.file, self.rows, self.labels, self.files = file, rows, labels, files
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
    class, and of its side where some are held out.
    """

    among: Tensor | None = None
    """Positions, in order, of the files that may be dealt; None: all."""

    def __init__(
        self,
        paths: Sequence[AnImage],
        decoder: Decoder,
        labels: Tensor | None,
        on_error: OnError,
        parts: Sequence[int] | None = None,
    ) -> None:
        self.parts = None if parts is None else torch.tensor(parts)
        self.paths, self.decoder, self.labels, self.on_error = paths, decoder, labels, on_error
        self._told = torch.zeros(len(paths), dtype=torch.bool).share_memory_()  # by whichever worker came upon it

    def within(self, positions: Tensor) -> "Streamed":
        """None but these files are dealt."""
        found = copy(self)
        found.among = positions if self.among is None else positions[torch.isin(positions, self.among)]
        found.among = found.among.sort().values
        return found

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, positions: Tensor) -> Batch:
        images, drawn = zip(*(self._decoded(int(position)) for position in positions), strict=True)
        label = None if self.labels is None else self.labels[list(drawn)]
        return Batch(torch.from_numpy(np.stack(images)), label)

    def _decoded(self, position: int) -> tuple[np.ndarray, int]:
        reason = ""
        for candidate in self._from(position):
            if self.labels is not None and self.labels.ndim == 1 and self.labels[candidate] != self.labels[position]:
                continue  # or it would bring in a class that is left out
            try:
                return self.decoder(self.paths[candidate]), candidate
            except DecodeError as error:
                if self.on_error == "fail":
                    raise ValueError(f"{error}; remove the file, or set data.on_error=skip") from error
                reason = reason or str(error)
                if not self._told[candidate]:
                    self._told[candidate] = True
                    log.warning("replaced by the next file: %s", error)
        of_its = "" if self.labels is None else " of a class"
        count = len(self.paths if self.among is None else self.among)
        raise ValueError(f"none of {count} files{of_its} could be decoded (the first: {reason}): check data.root")

    def _from(self, position: int) -> Iterator[int]:
        """Where files that may be dealt lie: this one, and what would stand for it."""
        yield position
        every = torch.arange(len(self.paths)) if self.among is None else self.among
        start = int(torch.searchsorted(every, position, right=True))
        yield from every.roll(-start).tolist()


def _why_not(path: AnImage, decoder: Decoder) -> str:
    """Why an image cannot be decoded."""
    try:
        decoder(path)
    except DecodeError as error:
        return str(error)
    return f"{path}"


def open_deck(
    root: Place,
    paths: Sequence[AnImage],
    decoder: Decoder,
    on_error: OnError,
    cache: Path | None,
    memory_limit_mb: int,
    labels: Tensor | None = None,
    parts: Sequence[int] | None = None,
) -> Deck:
    """Images below `root`, decoded once: see `gan_runner.data.files.cache.open_decoded`. parts: which file, or series,
    each is of, where some share one.
    """
    decoded = open_decoded(root, paths, decoder, on_error, cache, memory_limit_mb)
    if not decoded.kept:
        raise ValueError(
            f"data.root={root} holds {len(paths)} image files, none of which can be decoded (the first: "
            f"{_why_not(paths[0], decoder)})"
        )
    labels = None if labels is None else labels[decoded.kept]
    files = [paths[position] for position in decoded.kept]
    if decoded.file:
        deck: Mapped | Memory = Mapped(decoded.file, len(decoded.kept), labels, files)
    else:
        deck = Memory(torch.from_numpy(decoded.images), labels, files)
    deck.parts = None if parts is None else torch.tensor(parts)[decoded.kept]
    return deck


def whole_files_held_out(whole: Deck, share: float, split: Split) -> Deck:
    """A split of images to train on; those of one file, or series, lie on the same side, which is said."""
    parts = getattr(whole, "parts", None)
    held_out = hold_out(whole, share, split, parts)
    if parts is not None and split == "test":
        files = len(parts[held_out.positions].unique())
        log.info(
            "data.holdout=%g holds out whole files, volumes or series: %d of %d, which are %d of %d images",
            share,
            files,
            len(parts.unique()),
            len(held_out),
            len(whole),
        )
    return held_out


class Folder(DataFamily):
    """Every image below `root`, in sorted order.

    labels: true makes the subfolders of `root` the classes, numbered in the order of their names, in which numbers
    count as numbers: 2 before 10. A table says them by its columns `file_column` and `label_column`, found by looking
    where they are not given; with `label_pattern` the names of files do. See `gan_runner.data.labelling`.

    splits: "auto" takes the folders train and test (or val) of `root` for what their names say, if there is nothing
    else: the classes are then the subfolders of train, and `holdout` is not used; "none" does not.
    root: a folder, or a container (see `gan_runner.data.containers`): found by looking, or said by `container`.
    array: which of several arrays or columns are the images, or [images, labels]; of arrays, images:nchw says the axes.
    Kinds of files, colours and `fit` (crop | stretch | pad): see `gan_runner.data.files.decoding.Decoder`.
    Pixels of more than 8 bits have one scale in the whole set: `value_range`, or what the set holds, or that of a
    `window` [centre, width] ("file": each DICOM file's own). pages, axis: which images of files that hold several (see
    `gan_runner.data.files.reading`); those of one file, or of one series, are held out together. A file of more
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
        channels: Bands = 3,
        labels: bool | PathString = False,
        label_column: str | list[str] | None = None,
        file_column: str | None = None,
        label_pattern: str | None = None,
        fit: Fit = "crop",
        value_range: ValueRange = None,
        window: Window = None,
        pages: Pages = None,
        axis: Axis = "axial",
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
        self.root = expanded(root)
        self.splits, self.container, self.array = splits, container, array
        self.decoder = Decoder(
            height_width(image_size),
            channels,
            fit,
            value_range=range_of(value_range, window),
            reading=Reading(checked_pages(pages, "data.pages"), axis, from_file=window == "file"),
            max_megapixels=max_megapixels,
        )
        self.shape = (channels, *self.decoder.size)
        self.on_error, self.holdout = on_error, holdout
        self._labels = Asked(labels, label_pattern, label_column, file_column)
        self.cache = None if cache is None else expanded(cache)
        self.memory_limit_mb, self.stream = memory_limit_mb, stream
        self._wholes: dict[Split, Deck] = {}
        self._digests: dict[Split, dict[str, str]] = {}
        self._found: dict[Split, tuple[list[AnImage], list[int] | None]] = {}
        self._names: tuple[str, ...] | None = None
        self._conditions: Conditions | None = None
        self._goes_on = False  # with a run that began before, or measures one

    # ---- what it knows before it reads --------------------------------------------------------------------------

    @cached_property
    def place(self) -> Place:
        """What `root` is: a folder, or the inside of a container. Raises ValueError where it is neither."""
        return place_of(self.root, self.container, array=self.array)

    @property
    def own_labels(self) -> bool:
        """Whether it is asked for what `root` says itself: by its subfolders, or by labels that a container has."""
        return self._labels.labels is True

    @cached_property
    def places(self) -> Places:
        """Where its splits lie."""
        return self._places_in(self.place)

    @cached_property
    def labelling(self) -> Labelling | None:
        """What says the classes of its images; None where they have none."""
        return labelling_of(self.place, self._labels) if self._labels and self.numbers is None else None

    @cached_property
    def numbers(self) -> Numbers | None:
        """What says labels of its images that are numbers; None where they have none, or classes."""
        return numbers_of(self.place, self._labels) if self._labels else None

    def _places_in(self, root: Place) -> Places:
        asked = self.numbers or self.labelling
        return find_places(root, self.splits, None if asked is None else asked.covers)

    def measure_by(self, folder: Path) -> bool:
        if not (is_there(self.root) and is_there(folder)):
            return False
        kind, array = as_told_or_found(folder, self.container, self.array)
        other = place_of(folder, kind, array=array)
        if self._places_in(other).apart:
            return False
        here, training = other.resolve(), self.places.train.resolve()
        if _is_below(here, training) or _is_below(training, here):
            return False
        images = list(find_images(other))
        if not images:
            return False
        if len(images) == len(self.train_paths):  # or they need not be read
            trained_on = contents(self.places.train, self.train_paths, self.cache)
            both = (contents(other, images, self.cache), trained_on)
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
        if self.labelling is not None and self._names is None:
            self.check()
        return self._names

    @property
    def conditions(self) -> Conditions | None:  # type: ignore[override]  # known from the folder
        if self.numbers is not None and self._conditions is None:
            self.check()
            place, paths = self.places.train, self.train_paths
            names, values = self.numbers.names(place, paths), self.numbers.values(place, paths)
            self._conditions = conditions_of(names, values, self.numbers.called)
        return self._conditions

    def keep_conditions(self, conditions: Conditions | None) -> None:
        super().keep_conditions(conditions)
        self._conditions = conditions

    @property
    def num_classes(self) -> int | None:  # type: ignore[override]  # known from the folder, not from the class
        names = self.class_names
        return None if names is None else len(names)

    def keep_classes(self, names: Sequence[str] | None) -> None:
        if (found := self.class_names) is not None:
            assert self.labelling is not None
            self._names, self._goes_on = in_order_of(names, found, self.labelling.classes_of), True

    def check(self) -> None:
        check_use(self.place, stream=self.stream, labels=self.own_labels, splits=self.splits == "auto")
        places = self.places
        if places.test is not None:  # which may be a container of its own
            check_use(places.test, stream=self.stream, labels=self.own_labels)
        if not self.train_paths:
            raise ValueError(self._why_empty(places.train))
        if self.labelling is not None:
            self._check_labelled(self.labelling, places)
        if self.numbers is not None:
            for split in self._splits:
                self.numbers.values(places.of(split), self._paths(split))

    @staticmethod
    def _why_empty(place: Place) -> str:
        told, _ = left_out(place)
        others = f" (left out: {told})" if told else ""
        if sets := sets_below(place):
            return f"data.root={place} holds no images itself: set data.root to {' or '.join(sets[:3])}"
        return f"data.root={place} holds no images{others}: set data.root to a folder of images"

    def _check_labelled(self, labelling: Labelling, places: Places) -> None:
        """Every image has a class, and every class an image to train on."""
        names = labelling.classes(places.train, self.train_paths)
        if places.test:
            check_known(labelling, places.test, self._paths("test"), names)
        if self._names is None:
            self._names = names

    @property
    def has_test_split(self) -> bool:
        return self.holdout > 0 or self.places.test is not None

    @property
    def holdout_key(self) -> str | None:
        return None if self.places.test else "data.holdout"

    # ---- reading ------------------------------------------------------------------------------------------------

    def fingerprint(self) -> Fingerprint:
        root, places = self.place.resolve(), self.places
        self._digests["train"] = digests(places.train, self.train_paths, self.cache)
        found = contents_of(self._digests["train"])
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
            self._digests["test"] = digests(places.test, self._paths("test"), self.cache)
            told["test"] = contents_of(self._digests["test"])
        if self.numbers is not None or (self.labelling is not None and not self.labelling.in_names()):
            told["labelled"] = self._labelled()
        return told

    @property
    def _splits(self) -> tuple[Split, ...]:
        """Those that have a place of their own."""
        return ("train", "test") if self.places.test else ("train",)

    def _labelled(self) -> str:
        """A hash of the labels of every image, in the order of the files."""
        told = hashlib.sha256()
        for split in self._splits:
            place, paths = self.places.of(split), self._paths(split)
            if self.numbers is not None:
                told.update("\n".join((*self.numbers.names(place, paths), "")).encode())
                told.update(self.numbers.values(place, paths).tobytes())
            elif self.labelling is not None:
                told.update("\n".join(self.labelling.named(place, paths)).encode())
        return told.hexdigest()[:DIGITS]

    def prepare_data(self) -> None:
        if self.cache and not self.stream:  # one process decodes, the others find its cache
            self._read_whole()

    def read(self, split: Split) -> Deck:
        apart = self.places.test is not None
        deck = self._read_whole(split) if apart else whole_files_held_out(self._read_whole(), self.holdout, split)
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
            paths, parts = self._images(split)
            labels = self._labels_of([apart(path)[0] for path in paths], place)
            held_out = self._digests.get("test") if split == "train" else None
            told = in_short(paths, names, self._digests.get(split, {}), held_out)
            if self.conditions is not None:
                told = f"{told}, numbers as labels: {in_words(self.conditions)}"
            log.info("%s: %s", place, told)
            self._wholes[split] = (
                Streamed(paths, self.decoder, labels, self.on_error, parts)
                if self.stream
                else open_deck(
                    place, paths, self.decoder, self.on_error, self.cache, self.memory_limit_mb, labels, parts
                )
            )
        return self._wholes[split]

    def _images(self, split: Split) -> tuple[list[AnImage], list[int] | None]:
        """The images of the files of a split: see `gan_runner.data.files.pages.images_of`."""
        if split not in self._found:
            self._found[split] = images_of(self._paths(split), self.decoder.reading)
        return self._found[split]

    def _labels_of(self, paths: list[Place], place: Place) -> Tensor | None:
        """The label of each image (N,), int64, or the numbers that it has for labels (N, K), float32, standardised."""
        if self.numbers is not None and (conditions := self.conditions) is not None:
            values = self.numbers.values(place, paths)
            return torch.from_numpy((values - conditions.mean) / conditions.spread).float()
        if self.labelling is None:
            return None
        number = {name: label for label, name in enumerate(self.class_names or ())}
        return torch.tensor([number[name] for name in self.labelling.named(place, paths)])

    def _settle_whole(self) -> None:
        """One scale for the pixels of all splits, that of those to train on; what is no image is said once."""
        if self._wholes:
            return
        say_left_out(self.place)
        if (folder := wrapped(self.place)) is not None:
            log.info("%s: all lies in one folder, data.root=%s takes the folders in it as classes or splits",
                     self.place, folder)  # fmt: skip
        self.decoder = settled(self.decoder, self.places.train, self._images("train")[0], self.cache)
        self.fourth_is_band, self.depth = self.decoder.four_bands, self.decoder.depth

    def _check_presence(self, deck: Deck) -> None:
        """A class of which nothing can be learned is refused in a new run, and said where an earlier one goes on."""
        labels, names = labels_of(deck), self.class_names or ()
        counts = [] if labels is None else labels.bincount(minlength=len(names)).tolist()
        absent = [name for name, count in zip(names, counts, strict=True) if not count]
        if not absent:
            return
        held_out = "" if self.places.test else f", or are held out (data.holdout={self.holdout:g})"
        way_out = "" if self.places.test or not self.holdout else ", set data.holdout=0"
        told = f"no image of {listed_classes(absent)} is left to train on: they cannot be decoded{held_out}"
        if not self._goes_on:
            assert self.labelling is not None
            raise ValueError(f"{told}; add images{way_out}, remove the class, or set {self.labelling.off}")
        log.warning(told)

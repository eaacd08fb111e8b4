"""What sets of two domains, A and B, share: where their folders are, how they are fetched, cut and seen whole."""

import logging
from abc import abstractmethod
from pathlib import Path
from typing import Literal, Unpack

import torch

from gan_runner.data.base import DataFamily, Dealing, Scales, family_of
from gan_runner.data.containers.inside import AnImage, Place
from gan_runner.data.containers.opening import check_use, is_there, place_of, wrapped
from gan_runner.data.decks import Deck
from gan_runner.data.fetching.archives import FACTS, Archive
from gan_runner.data.files.cache import OnError
from gan_runner.data.files.contents import contents, joined
from gan_runner.data.files.decoding import Decoder, Fit, SourceDecoder, find_images
from gan_runner.data.files.deep import ValueRange, checked_range
from gan_runner.data.files.left_out import say_left_out
from gan_runner.data.files.pages import images_of
from gan_runner.data.files.reading import Axis, Pages, Reading, checked_pages
from gan_runner.data.files.survey import settled
from gan_runner.data.folder import scales_of, settled_before
from gan_runner.files import expanded, read_json
from gan_runner.images.resizing import ImageSize, height_width
from gan_runner.types import Bands, Contents, Fingerprint, Fraction, NaturalInt, PathString, Positive, Split

log = logging.getLogger(__name__)

ENLARGED = 286 / 256
"""What images are scaled to before a random crop, over what is cropped: that of the papers."""
Side = Literal["real", "source"]
LAYOUT = torch.contiguous_format
"""In memory, of batches: instance norm, which translators have, goes back to it after every convolution."""
NAMES: dict[Split, tuple[str, ...]] = {"train": ("train",), "test": ("test", "val")}
"""The folders of a split, best first: trainA and trainB, say, or train."""


class TwoDomains(DataFamily):
    """Images of a domain B, which are to be made of images of a domain A, the source.

    Below `root` lie trainA and trainB, and testA and testB (or valA and valB) if there is a test split; or `a` and `b`
    are any two folders. Each of these may be a container. Without a test split, a share `holdout` of the training
    split is kept back. `archive` is fetched and unpacked into `root` when it lacks the training split and `download`
    allows it.

    In training, images are scaled to `load_size` (by default image_size × 286/256), of which a random window of
    `image_size` is cut, and mirrored at random with augment.hflip. Everywhere else (the test split, measured reals,
    examples) the whole image is scaled straight to `image_size`, without a crop and without a mirror.
    channels and value_range are those of the target's images, source_channels and source_value_range those of the
    source's; a scale that is not given is found in the training split. Kinds of files, `fit`, pages, axis,
    max_megapixels, on_error, cache, memory_limit_mb, stream: as `gan_runner.data.folder.Folder`.
    Source: Zhu, Park, Isola & Efros 2017, CycleGAN (arXiv:1703.10593); Isola, Zhu, Zhou & Efros 2017, pix2pix
    (arXiv:1611.07004), section 6.2.
    """

    def __init__(
        self,
        *,
        root: PathString | None = None,
        a: PathString | None = None,
        b: PathString | None = None,
        image_size: ImageSize = 256,
        load_size: ImageSize | None = None,
        channels: Bands = 3,
        source_channels: Bands = 3,
        fit: Fit = "stretch",
        value_range: ValueRange = None,
        source_value_range: ValueRange = None,
        pages: Pages = None,
        axis: Axis = "axial",
        max_megapixels: Positive | None = None,
        on_error: OnError = "skip",
        holdout: Fraction = 0.1,
        cache: PathString | None = None,
        memory_limit_mb: NaturalInt = 2048,
        stream: bool = False,
        archive: Archive | None = None,
        download: bool = True,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.root, self.a, self.b = (None if path is None else expanded(path) for path in (root, a, b))
        self.size = height_width(image_size)
        self.load_size = load_size_of(self.size, load_size)
        self.channels, self.source_channels = channels, source_channels
        self.shape, self.source_shape = (channels, *self.size), (source_channels, *self.size)
        self.fit, self.on_error, self.holdout = fit, on_error, holdout
        self.cache = None if cache is None else expanded(cache)
        self.memory_limit_mb, self.stream = memory_limit_mb, stream
        self.archive, self.download = archive, download
        self.max_megapixels = max_megapixels
        self.reading = Reading(checked_pages(pages, "data.pages"), axis)
        self.ranges: dict[Side, ValueRange] = {
            "real": checked_range(value_range, "data.value_range"),
            "source": checked_range(source_value_range, "data.source_value_range"),
        }
        self._surveyed: set[tuple[Place, Side]] = set()
        self._wholes: dict[tuple[int, int], Deck] = {}

    @abstractmethod
    def folders(self, split: Split) -> tuple[Place, ...] | None:
        """The folders that hold a split: of A and of B, or one of both. None where there is none."""

    @abstractmethod
    def open(self, folders: tuple[Place, ...], size: tuple[int, int]) -> Deck:
        """The images of folders at a size, as training is dealt them."""

    @abstractmethod
    def training_folder(self, side: Side) -> Place:
        """The folder of the training split that holds the images of one side."""

    @abstractmethod
    def held_out(self, whole: Deck, split: Split) -> Deck:
        """A split of the training folders where there is no test split."""

    @abstractmethod
    def wanted(self) -> str:
        """The folders that a root has to hold, in words."""

    @property
    def has_test_split(self) -> bool:
        return bool(self.folders("test")) or self.holdout > 0

    @property
    def holdout_key(self) -> str | None:
        return None if self.folders("test") else "data.holdout"

    def check(self) -> None:
        if folders := self.folders("train"):
            for place in folders:
                check_use(place, stream=self.stream)
            return
        if (self.a is None) != (self.b is None):
            raise ValueError("data.a and data.b are the folders of the two domains: set both, or data.root alone")
        for key, folder in (("a", self.a), ("b", self.b)):
            if folder is not None and not is_there(folder):
                raise ValueError(f"data.{key}={folder} is not there: set it to a folder of images")
        if self.root is None:
            raise ValueError(
                f"this data needs its folders: set data.root to one that holds {self.wanted()}, or data.a and data.b "
                "to any two"
            )
        if self.archive is None:
            root = self.place("root")
            within = None if root is None else wrapped(root)
            found = "" if within is None else f" (they may lie in {within})"
            raise ValueError(
                f"data.root={self.root} does not hold {self.wanted()}{found}: set data.root to a folder that does, or "
                "data.a and data.b to any two"
            )
        self.archive.check(self.root, self.wanted(), self.download)

    def fingerprint(self) -> Fingerprint:
        """Of the files of both domains; of a set that is fetched, before it is there and after, of its archive."""
        if self.archive is not None and self._is_fetched(self.archive):
            return {"family": family_of(self), "name": self.archive.name}
        training, test = self.folders("train"), self.folders("test")
        if training is None:
            raise ValueError(f"data.root={self.root} does not hold {self.wanted()}")
        places = [self.place("a"), self.place("b")] if self.a and self.b else [self.place("root")]
        resolved, found = [place.resolve() for place in places if place is not None], self._contents(training)
        told: Fingerprint = {
            "family": family_of(self),
            "name": "-".join(place.name for place in resolved),
            "root": " and ".join(map(str, resolved)),
            "files": found["files"],
            "content": found["content"],
            "split": "folders" if test else "a share" if self.holdout else "nothing",
        }
        if test:
            told["test"] = self._contents(test)
        return told

    def _is_fetched(self, archive: Archive) -> bool:
        """Whether all there is, or will be, is what the archive holds."""
        if self.root is None or not self.folders("train"):
            return True
        facts = self.root / FACTS
        return facts.is_file() and read_json(facts).get("images") == sum(1 for _ in find_images(self.root))

    def _contents(self, folders: tuple[Place, ...]) -> Contents:
        return joined(contents(folder, list(find_images(folder)), self.cache) for folder in folders)

    def prepare_data(self) -> None:
        self.dealt()

    def setup(self, stage: str) -> None:
        self.dealt()

    def dealt(self) -> Deck:
        """The training split at `load_size`."""
        return self._part("train", self.load_size)

    def read(self, split: Split) -> Deck:
        return self.seen(self._part(split, self.size))

    def seen(self, deck: Deck) -> Deck:
        """A deck of the form that is dealt, for those who look at it uncut."""
        return deck

    @property
    def scales(self) -> Scales:
        return scales_of(**self.ranges)

    def settle(self, scales: Scales | None) -> None:
        for side, given in self.ranges.items():
            if given is None:
                self.ranges[side] = settled_before(scales, side)

    def range_of(self, side: Side, folder: Place) -> ValueRange:
        """What becomes black and white of the images of a side, in this folder as in that of the training split."""
        training = self.training_folder(side)
        for one in dict.fromkeys((training, folder)):
            if (one, side) not in self._surveyed:
                self._surveyed.add((one, side))
                say_left_out(one)
                decoder = settled(self.decoder_of(side), one, self.images(one)[0], self.cache)
                self.ranges[side] = decoder.value_range
                if side == "real":
                    self.fourth_is_band |= decoder.four_bands
                    self.depth = self.depth or decoder.depth
        return self.ranges[side]

    def images(self, folder: Place) -> tuple[list[AnImage], list[int] | None]:
        """The images of a folder's files: see `gan_runner.data.files.pages.images_of`."""
        return images_of(list(find_images(folder)), self.reading)

    def decoder_of(self, side: Side) -> Decoder:
        """Of the images of one side, by the scale that is known of them."""
        reads, channels = (Decoder, self.channels) if side == "real" else (SourceDecoder, self.source_channels)
        return reads(
            self.size,
            channels,
            self.fit,
            value_range=self.ranges[side],
            reading=self.reading,
            max_megapixels=self.max_megapixels,
        )

    def _part(self, split: Split, size: tuple[int, int]) -> Deck:
        """A split at a size: of folders of its own, or a part of the training folders."""
        training, test = self._fetched(), self.folders("test")
        if test and split == "test":
            return self.open(test, size)
        if size not in self._wholes:
            self._wholes[size] = self.open(training, size)
        deck = self._wholes[size] if test else self.held_out(self._wholes[size], split)
        return self.limited(deck) if split == "train" else deck

    def _fetched(self) -> tuple[Place, ...]:
        """The training folders, which are fetched if they are not there."""
        if not self.folders("train"):
            self.check()
            assert self.archive is not None
            assert self.root is not None
            self.archive.fetch(self.root, self.wanted())
        folders = self.folders("train")
        if folders is None:
            raise ValueError(f"what was unpacked into data.root={self.root} does not hold {self.wanted()}")
        return folders

    def place(self, key: Literal["root", "a", "b"]) -> Place | None:
        """What a key names: a folder or the inside of a container, if there is something."""
        path: Path | None = getattr(self, key)
        return None if path is None or not is_there(path) else place_of(path, key=f"data.{key}")

    def pair_of_folders(self, split: Split) -> tuple[Place, Place] | None:
        """The folders of A and of B."""
        if self.a and self.b:
            a, b = self.place("a"), self.place("b")
            return (a, b) if split == "train" and a is not None and b is not None else None
        root = self.place("root")
        if root is None:
            return None
        pairs = [(root / f"{name}A", root / f"{name}B") for name in NAMES[split]]
        return next((pair for pair in pairs if pair[0].is_dir() and pair[1].is_dir()), None)


def load_size_of(size: tuple[int, int], load_size: ImageSize | None) -> tuple[int, int]:
    """What images are scaled to before the crop of `size`. Raises ValueError if it is smaller."""
    if load_size is None:
        return round(size[0] * ENLARGED), round(size[1] * ENLARGED)
    loaded = height_width(load_size)
    if loaded[0] < size[0] or loaded[1] < size[1]:
        raise ValueError(
            f"data.load_size={load_size} is smaller than data.image_size, a window of it: set data.load_size=null, or "
            f"{max(size)} for no random crop"
        )
    return loaded

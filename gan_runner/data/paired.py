"""Pairs of images that show the same thing in two ways: a map and an aerial photograph."""

from typing import Any, Literal

from torch import Tensor

from gan_runner.data.containers.inside import Place
from gan_runner.data.decks import Deck
from gan_runner.data.files.decoding import Decoder
from gan_runner.data.files.pages import images_of
from gan_runner.data.files.pairs import Matched, SideBySide, match
from gan_runner.data.folder import Streamed, open_deck, whole_files_held_out
from gan_runner.data.two_domains import LAYOUT, NAMES, Side, TwoDomains
from gan_runner.images.ranges import to_unit_range
from gan_runner.images.resizing import random_crop
from gan_runner.types import Batch, Direction, Split

Layout = Literal["auto", "folders", "side_by_side"]


class Unstacked:
    """A deck of pairs, the source's channels before the real's in one tensor, that gives the two apart."""

    def __init__(self, deck: Deck, source_channels: int) -> None:
        self.deck, self.source_channels = deck, source_channels

    def __len__(self) -> int:
        return len(self.deck)

    def __getitem__(self, positions: Tensor) -> Batch:
        pair = self.deck[positions].real
        return Batch(pair[:, self.source_channels :], None, pair[:, : self.source_channels])


class Paired(TwoDomains):
    """source and real belong together, and share crop and mirror.

    layout: "folders" are trainA and trainB (or `a` and `b`) with equal names; "side_by_side" are images in train (and
    test, or val) whose left half is A and whose right half is B; "auto" is what is there. direction: "b2a" makes B the
    source. Other settings: see TwoDomains.
    Source: Isola, Zhu, Zhou & Efros 2017, pix2pix (arXiv:1611.07004), section 6.2.
    """

    def __init__(self, *, layout: Layout = "auto", direction: Direction = "a2b", **settings: Any) -> None:
        super().__init__(**settings)
        self.layout, self.direction = layout, direction

    def folders(self, split: Split) -> tuple[Place, ...] | None:
        if self._lie_apart():
            return self.pair_of_folders(split)
        root = self.place("root")
        if root is None:
            return None
        return next(((root / name,) for name in NAMES[split] if (root / name).is_dir()), None)

    def _lie_apart(self) -> bool:
        """Whether A and B have folders of their own."""
        if self.layout != "auto":
            return self.layout == "folders"
        return self.a is not None or self.b is not None or self.pair_of_folders("train") is not None

    def wanted(self) -> str:
        ways = {"folders": "trainA and trainB", "side_by_side": "train, with pairs side by side"}
        return ways.get(self.layout) or ", or ".join(ways.values())

    def check(self) -> None:
        super().check()
        folders = self.folders("train")
        if folders and len(folders) == 2:
            match(*folders)

    def training_folder(self, side: Side) -> Place:
        folders = self.folders("train")
        assert folders is not None
        return folders[-1] if (side == "real") == (self.direction == "a2b") else folders[0]

    def open(self, folders: tuple[Place, ...], size: tuple[int, int]) -> Deck:
        channels = self.source_channels + self.channels
        decoder: Decoder
        if len(folders) == 1:
            root = folders[0]
            paths, parts = self.images(root)
            scale = self.range_of("real", root)
            self.ranges["source"] = scale  # of halves of one file
            decoder = SideBySide(
                size,
                channels,
                self.fit,
                self.source_channels,
                self.direction,
                value_range=scale,
                source_range=scale,
                reading=self.reading,
                max_megapixels=self.max_megapixels,
            )
        else:
            source, root = folders if self.direction == "a2b" else folders[::-1]
            partners = match(root, source)
            paths, parts = images_of(list(partners), self.reading)
            decoder = Matched(
                size,
                channels,
                self.fit,
                self.source_channels,
                partners,
                source,
                value_range=self.range_of("real", root),
                source_range=self.range_of("source", source),
                reading=self.reading,
                max_megapixels=self.max_megapixels,
            )
        if not paths:
            raise ValueError(f"{root} holds no images: set data.root to a folder that holds {self.wanted()}")
        if self.stream:
            return Streamed(paths, decoder, None, self.on_error, parts)
        return open_deck(root, paths, decoder, self.on_error, self.cache, self.memory_limit_mb, parts=parts)

    def held_out(self, whole: Deck, split: Split) -> Deck:
        return whole_files_held_out(whole, self.holdout, split)

    def seen(self, deck: Deck) -> Deck:
        return Unstacked(deck, self.source_channels)

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Cut, mirror, take apart and normalise on the device that plays the batch."""
        pair = self.augment(random_crop(batch.real, self.size))
        source, image = pair[:, : self.source_channels], pair[:, self.source_channels :]
        return Batch(to_unit_range(image, LAYOUT), None, to_unit_range(source, LAYOUT))

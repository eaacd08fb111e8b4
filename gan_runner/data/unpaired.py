"""Two sets of images that are not matched: photographs of horses, and of zebras."""

import logging
import math
from dataclasses import replace
from typing import cast

import torch
from torch import Tensor

from gan_runner.data.base import Scales
from gan_runner.data.containers.inside import Place
from gan_runner.data.decks import Deck
from gan_runner.data.files.pairs import match
from gan_runner.data.folder import Streamed, open_deck, whole_files_held_out
from gan_runner.data.loader import Loader
from gan_runner.data.paired import Paired
from gan_runner.data.two_domains import LAYOUT, Side, TwoDomains
from gan_runner.images.ranges import to_unit_range
from gan_runner.images.resizing import random_crop
from gan_runner.types import Batch, Split

log = logging.getLogger(__name__)


class Two:
    """Decks of two domains side by side, as long as the longer.

    positions (B, 2): those of the source and those of the real; (B,): the same of both, the shorter beginning anew.
    """

    def __init__(self, source: Deck, real: Deck) -> None:
        self.source, self.real = source, real

    def __len__(self) -> int:
        return max(len(self.source), len(self.real))

    def __getitem__(self, positions: Tensor) -> Batch:
        if positions.ndim == 1:
            positions = torch.stack([positions % len(self.source), positions % len(self.real)], dim=1)
        return Batch(self.real[positions[:, 1]].real, None, self.source[positions[:, 0]].real)


class Mixing(Loader):
    """Deals the two domains in seeded orders that know nothing of each other, each epoch anew."""

    def order(self, generator: torch.Generator) -> Tensor:
        """Positions (N, 2), N the length of the longer domain; the shorter is shuffled again whenever it is through."""
        deck = cast(Two, self.deck)
        return torch.stack([shuffles(len(domain), len(deck), generator) for domain in (deck.source, deck.real)], dim=1)


def shuffles(count: int, length: int, generator: torch.Generator) -> Tensor:
    """`length` of `count` positions: whole shuffles, one after the other."""
    rounds = [torch.randperm(count, generator=generator) for _ in range(math.ceil(length / count))]
    return torch.cat(rounds)[:length]


class Unpaired(TwoDomains):
    """real: a photograph of B; source: any of A. An epoch is as long as the larger set.

    Each domain is dealt in an order of its own, every image of the larger set once an epoch (the authors' code draws
    those of B with replacement). Crops and mirrors of the two are drawn apart. Settings: see TwoDomains.
    Source: Zhu, Park, Isola & Efros 2017, CycleGAN (arXiv:1703.10593), section 7.
    """

    loader = Mixing
    _hidden: Paired | None = None

    def folders(self, split: Split) -> tuple[Place, ...] | None:
        return self.pair_of_folders(split)

    def wanted(self) -> str:
        return "trainA and trainB"

    def open(self, folders: tuple[Place, ...], size: tuple[int, int]) -> Two:
        source, image = folders
        return Two(self._domain("source", source, size), self._domain("real", image, size))

    def training_folder(self, side: Side) -> Place:
        folders = self.folders("train")
        assert folders is not None
        return folders[0] if side == "source" else folders[1]

    def _domain(self, side: Side, folder: Place, size: tuple[int, int]) -> Deck:
        paths, parts = self.images(folder)
        if not paths:
            raise ValueError(f"{folder} holds no images: set data.root to a folder that holds {self.wanted()}")
        log.info("%s: %d images", folder, len(paths))
        self.range_of(side, folder)
        decoder = replace(self.decoder_of(side), size=size)
        if self.stream:
            return Streamed(paths, decoder, None, self.on_error, parts)
        return open_deck(folder, paths, decoder, self.on_error, self.cache, self.memory_limit_mb, parts=parts)

    def hidden_pairs(self) -> Paired:
        """Data whose test split are the two domains' images of equal names, for those who measure: training is never
        dealt them. Raises ValueError where there is no test split of folders, or a name has no partner.
        """
        folders = self.folders("test")
        if folders is None:
            raise ValueError(f"give data.root={self.root} a testA and a testB of equal names")
        try:
            match(*folders)
        except ValueError as error:
            raise ValueError(str(error).removesuffix(", or take data=unpaired")) from error
        if self._hidden is None:
            self._hidden = Paired(
                root=str(self.root),
                layout="folders",
                image_size=self.size,
                load_size=self.load_size,
                channels=self.channels,
                source_channels=self.source_channels,
                fit=self.fit,
                value_range=self.ranges["real"],
                source_value_range=self.ranges["source"],
                pages=self.reading.pages,
                axis=self.reading.axis,
                max_megapixels=self.max_megapixels,
                on_error=self.on_error,
                cache=None if self.cache is None else str(self.cache),
                memory_limit_mb=self.memory_limit_mb,
                stream=self.stream,
                seed=self.seed,
            )
        return self._hidden

    def settle(self, scales: Scales | None) -> None:
        super().settle(scales)
        if self._hidden is not None:
            self._hidden.settle(scales)

    def held_out(self, whole: Deck, split: Split) -> Two:
        decks = cast(Two, whole)
        return Two(*(whole_files_held_out(deck, self.holdout, split) for deck in (decks.source, decks.real)))

    def limited(self, deck: Deck) -> Two:
        """So many images of either domain."""
        two = cast(Two, deck)
        return Two(super().limited(two.source), super().limited(two.real))

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Cut, mirror and normalise on the device that plays the batch."""
        assert batch.source is not None
        image, source = (self.augment(random_crop(one, self.size)) for one in (batch.real, batch.source))
        return Batch(to_unit_range(image, LAYOUT), None, to_unit_range(source, LAYOUT))

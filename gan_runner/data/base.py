"""What every data family shares: its splits, how they are dealt, the way of a batch to the device."""

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self, TypedDict

import torch
from pytorch_lightning import LightningDataModule
from torch import Tensor

from gan_runner.config.errors import listed
from gan_runner.config.labels import listed_classes, words
from gan_runner.data.balanced import Balanced, places_of
from gan_runner.data.decks import Deck, limited, resident
from gan_runner.data.kept_classes import Choice, kept_labels, part_of
from gan_runner.data.loader import Loader
from gan_runner.files import expanded
from gan_runner.images.ranges import to_unit_range
from gan_runner.types import Batch, Conditions, Fingerprint, Kind, NaturalInt, PositiveInt, Shape, Split

log = logging.getLogger(__name__)


@dataclass
class Augment:
    """Changes of the reals that keep them real. hflip: mirror each image with probability 1/2."""

    hflip: bool = False

    def __call__(self, image: Tensor) -> Tensor:
        if not self.hflip:
            return image
        mirrored = torch.rand(len(image), 1, 1, 1, device=image.device) < 0.5
        return torch.where(mirrored, image.flip(-1), image)


Scales = Mapping[str, list[float]]
"""What becomes black and white of the pixels of a set, [least, largest]: of "real", and of "source" where they have one
of their own."""


class Dealing(TypedDict, total=False):
    """The settings all data share: how a set is dealt. A subclass passes them on."""

    batch_size: PositiveInt
    seed: int
    augment: Augment | None
    num_workers: NaturalInt
    leave_out: Choice
    only: Choice
    limit: PositiveInt | None
    balance: bool


class DataFamily(LightningDataModule, ABC):
    """A data family: knows its shape before it reads anything, reads once, deals batches on the device.

    A subclass says `shape` and `num_classes` (and `class_names`, if they have any) from its settings alone and reads a
    split into a deck; `source_shape` is that of the other domain's images, where there is one. One that deals points
    says so by `kind`.

    leave_out, only: classes, by name or number, that are never dealt, or the only ones that are. Both splits are
    then of what is left, and `whole` has the rest besides. The classes keep their labels.
    limit: the most samples that training is dealt, drawn by `seed`, as many of each class as there are: to see what few
    images lead to. The test split is left whole.
    balance: whether training is dealt the classes equally often, however many samples each has.
    """

    kind: Kind = "images"
    shape: Shape
    num_classes: int | None = None
    class_names: Sequence[str] | None = None
    """What its classes are called, in the order of their labels; None: by their numbers."""
    conditions: Conditions | None = None
    """Of data whose labels are numbers and no classes, what these are; its batches have them standardised."""
    source_shape: Shape | None = None
    size_key: str = "data.image_size"
    """The key that sets the size of its images."""
    fourth_is_band: bool = False
    """Whether the fourth of four channels is a band like the others, once the set was read, and no transparency."""
    depth: str | None = None
    """The type of the pixels of its files, as numpy calls it, once the set was read; None: they are bytes."""
    kept_as: Literal["grey", "colour"] | None = None
    """How the images of the set are kept, whatever `channels` makes of them; None: as `channels` says."""
    tasks_with_holes: frozenset[str] = frozenset()
    """The values of `task` with which the last channel of a source is its hole."""
    loader: type[Loader] = Loader
    is_public: bool = False
    """Whether it is a published set, the same wherever it lies."""
    _settings: dict[str, Any]
    """What it was made with, by the names of its constructor."""

    def __new__(cls, *_: Any, **settings: Any) -> Self:
        made = super().__new__(cls)
        made._settings = settings
        return made

    def __init__(
        self,
        batch_size: PositiveInt = 64,
        seed: int = 0,
        augment: Augment | None = None,
        num_workers: NaturalInt = 0,
        leave_out: Choice = None,
        only: Choice = None,
        limit: PositiveInt | None = None,
        balance: bool = False,
    ) -> None:
        super().__init__()
        self.leave_out, self.only, self.limit, self.balance = leave_out, only, limit, balance
        self._whole: dict[Split, Deck] = {}
        self.batch_size, self.seed, self.num_workers = batch_size, seed, num_workers
        self.augment = augment or Augment()
        self._decks: dict[Split, Deck] = {}
        self._loader: Loader | None = None
        self._resume_at: dict[str, int] | None = None

    @property
    def has_test_split(self) -> bool:
        """Whether samples are kept from training, to measure by."""
        return True

    @property
    def holdout_key(self) -> str | None:
        """The key that sets which share is kept; None where the data comes with a test split."""
        return "data.holdout" if hasattr(self, "holdout") else None

    @abstractmethod
    def read(self, split: Split) -> Deck:
        """Read a split. Raises ValueError or OSError with a sentence that names the key to change."""

    @property
    def scales(self) -> Scales:
        """Of files whose pixels are no bytes, once they were read; kept with a run, whose later inputs share them."""
        return {}

    def settle(self, scales: Scales | None) -> None:
        """Take the scales of a run where the settings leave them open. None: of a run that knew of none."""

    def draws(self, split: Split) -> torch.Generator:
        """The random numbers that make up a split of a set that is drawn: fixed by data.seed."""
        return torch.Generator().manual_seed((2 * self.seed + (split == "test")) % 2**32)

    def keep_classes(self, names: Sequence[str] | None) -> None:
        """Number the classes as an earlier run of this data did, whose `names` they are; None: it kept no names.

        Raises ValueError where the data has other classes.
        """
        own = self.class_names
        if names is not None and own is not None and tuple(own) != tuple(names):
            raise ValueError(
                f"the classes of this data are {listed_classes(own)}, and those of this run {listed_classes(names)}: "
                "it is not the data of this run"
            )

    def keep_conditions(self, conditions: Conditions | None) -> None:
        """Standardise labels that are numbers as an earlier run of this data did. Raises ValueError for other ones."""
        own = self.conditions
        if (own and own.names) != (conditions and conditions.names):
            was, now = (listed(one.names) if one else "no numbers" for one in (conditions, own))
            raise ValueError(
                f"the labels of this run are {was}, and of this data {now}: set data.label_column to those of the run"
            )

    def measure_by(self, folder: Path) -> bool:
        """Take all images of a folder for the test split. Whether it did: other families, and folders that are splits
        or hold the very training images, keep their own way.
        """
        return False

    def check(self) -> None:
        """Find what can be found wrong without reading: a missing root, say. Raises ValueError or OSError."""

    def fingerprint(self) -> Fingerprint:
        """By what this data is known again, once `check` has passed; where it can be, without reading it.

        A set that is drawn or published is what its settings say. Of another family it is what lies at its `root`,
        taken at its word: one that reads files says what is in them.
        """
        found: Fingerprint = {"family": family_of(self), "name": type(self).__name__.lower()}
        if not self.is_public and self._settings.get("root"):
            root = expanded(self._settings["root"]).resolve()
            found |= {"name": root.name, "root": str(root)}
        return found

    def deck(self, split: Split) -> Deck:
        """A split without the classes that are left out, that of training at most `limit` long; read on first use."""
        if split not in self._decks:
            kept, key = self.kept_labels(), "data.leave_out" if self.only is None else "data.only"
            whole = self.whole(split)
            self._decks[split] = whole if kept is None else part_of(whole, kept, key)
            if kept is not None and split == "train":
                chosen = words(self.leave_out if self.only is None else self.only)
                name = key.rpartition(".")[2]  # of data that is made of others the key is longer
                log.info("%s=%s leaves %d of %d samples to train on", name, chosen, len(self._decks[split]), len(whole))
            if split == "train":
                self._decks[split] = self.limited(self._decks[split])
        return self._decks[split]

    def limited(self, deck: Deck) -> Deck:
        """What data.limit leaves of what training would be dealt."""
        few = limited(deck, self.limit, self.seed)
        if few is not deck:
            log.info("limit=%d leaves %d of %d samples to train on", self.limit, len(few), len(deck))
        return few

    def whole(self, split: Split) -> Deck:
        """A split with all its classes, read on first use: `only` and `leave_out` do not count."""
        if split not in self._whole:
            self._whole[split] = self.read(split)
        return self._whole[split]

    def kept_labels(self) -> list[int] | None:
        """The labels of the classes that data.only or data.leave_out keeps; None where neither is set.

        Known before anything is read. Raises ValueError where they do not fit the data, or leave nothing.
        """
        if self.only is None and self.leave_out is None:
            return None
        names = None if self.num_classes is None else (self.class_names or [*map(str, range(self.num_classes))])
        return kept_labels(self.only, self.leave_out, names, self._called())

    def check_balance(self) -> None:
        """Raises ValueError where classes are to be dealt equally often and there are none."""
        if self.balance and self.num_classes is None:
            raise ValueError(
                f"data.balance=true deals classes equally often, and {self._called()}: set "
                "data.balance=false, or choose data with labels (digits, mnist, fashion_mnist, cifar10; data=folder "
                "data.labels=true)"
            )

    def _called(self) -> str:
        if self.conditions is not None:
            return f"the labels of this data are numbers ({listed(self.conditions.names)}) and no classes"
        return f"{'points are' if self.kind == 'points' else f'this {type(self).__name__} is'} without labels"

    def dealt(self) -> Deck:
        """What training is dealt: the training split, or what `on_after_batch_transfer` makes it from."""
        return self.deck("train")

    def prepare_data(self) -> None:
        """On one process of each machine, while the others wait: what is fetched or cached is so once."""
        self.deck("train")

    def setup(self, stage: str) -> None:
        self.deck("train")

    def train_dataloader(self) -> Any:
        trainer = self.trainer
        rank, ranks = (trainer.global_rank, trainer.world_size) if trainer else (0, 1)
        deck = self.dealt()
        make = self._balanced(deck) if self.balance else self.loader
        if trainer and not self.num_workers:
            deck = resident(deck, trainer.strategy.root_device)
        self._loader = make(deck, self.batch_size, self.seed, rank, ranks, self.num_workers)
        if self._resume_at is not None:
            self._loader.load_state_dict(self._resume_at)
        return self._loader

    def _balanced(self, deck: Deck) -> type[Loader]:
        """What deals classes equally often; says how often that is."""
        counts = {label: len(places) for label, places in places_of(deck).items()}
        names, ordered = self.class_names or (), sorted(counts, key=counts.__getitem__)
        few, many = (f"{names[label] if names else label} has {counts[label]}" for label in (ordered[0], ordered[-1]))
        told = "balance=true: each of %d classes is dealt %d times in an epoch of %d (%s samples, %s)"
        log.info(told, len(counts), len(deck) // len(counts), len(deck), few, many)
        return Balanced

    def check_dealing(self, batch_size: int, key: str) -> None:
        """Raises ValueError where the set is too small for what `key` asks for."""
        assert self._loader is not None
        self._loader.check(batch_size, key)

    def deal_in(self, batch_size: int) -> None:
        """Deal batches of this size from the next one on."""
        assert self._loader is not None
        self._loader.batch_size = batch_size

    def on_after_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Normalise and augment on the device that plays the batch."""
        source = None if batch.source is None else to_unit_range(batch.source)
        return Batch(self.augment(to_unit_range(batch.real)), batch.label, source)

    def examples(self, count: int) -> Batch:
        """The same `count` reals of the training split at every call, normalised but not augmented."""
        deck = self.deck("train")
        generator = torch.Generator().manual_seed(self.seed % 2**32)
        batch = deck[torch.randperm(len(deck), generator=generator)[:count]]
        source = None if batch.source is None else to_unit_range(batch.source)
        return Batch(to_unit_range(batch.real), batch.label, source)

    # Restored always; Lightning restores a loader's own state only in the middle of an epoch.
    def state_dict(self) -> dict[str, Any]:
        return {**(self._loader.state_dict() if self._loader else {}), "scales": self.scales}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        state = dict(state)
        state.pop("scales", None)  # which `settle` took before anything was read
        self._resume_at = state or None


def family_of(data: DataFamily) -> str:
    """What runs call the class of a family: `folder.Folder`."""
    return f"{type(data).__module__.rpartition('.')[2]}.{type(data).__name__}"

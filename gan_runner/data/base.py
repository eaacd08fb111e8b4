"""What every data family shares: sets in memory, the loader that deals them, the way to the device."""

from abc import abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol, TypedDict

import torch
from pydantic import Field
from pytorch_lightning import LightningDataModule
from torch import Tensor
from torch.utils.data import DataLoader

from gan_runner.types import Batch, Shape, Split

PositiveInt = Annotated[int, Field(ge=1)]
NaturalInt = Annotated[int, Field(ge=0)]
Fraction = Annotated[float, Field(ge=0, lt=1)]


class TooFewError(ValueError):
    """A set holds too few samples for what it is asked for."""


class Deck(Protocol):
    """A set from which a whole batch is drawn at once, by a tensor of positions."""

    def __len__(self) -> int: ...

    def __getitem__(self, positions: Tensor) -> Batch: ...


class Memory:
    """A set held in memory: images uint8 (N, C, H, W) or points float32 (N, F), labels int64 (N,) or None."""

    def __init__(self, images: Tensor, labels: Tensor | None = None) -> None:
        self.images, self.labels = images, labels

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, positions: Tensor) -> Batch:
        # index_select copies whole images: ten times faster than indexing.
        image = self.images.index_select(0, positions)
        return Batch(image, None if self.labels is None else self.labels[positions])


class Share:
    """The part of a deck that lies at some positions: one side of a train/test split."""

    def __init__(self, deck: Deck, positions: Tensor) -> None:
        self.deck, self.positions = deck, positions

    def __len__(self) -> int:
        return len(self.positions)

    def __getitem__(self, positions: Tensor) -> Batch:
        return self.deck[self.positions[positions]]


def hold_out(deck: Deck, share: float, split: Split) -> Share:
    """Split a deck that has no test split of its own: a random `share` of it is "test", the rest "train".

    The split depends on the size of the set alone, not on data.seed, so that runs of several seeds compare.
    """
    order = torch.randperm(len(deck), generator=torch.Generator().manual_seed(0))
    held_out = round(share * len(deck))
    positions = order[:held_out] if split == "test" else order[held_out:]
    if len(positions) == 0:
        raise TooFewError(
            f"data.holdout={share} of {len(deck)} samples leaves no {split} split: set data.holdout=0.1, say"
        )
    return Share(deck, positions.sort().values)


class Loader:
    """Deals a deck in a seeded order, epoch after epoch, from wherever it stopped.

    The order of an epoch depends on (seed, epoch) alone and the samples dealt of it are plain state, so a resumed run
    deals the batches that the uninterrupted one would have. Each rank deals its own share, all of equal length.
    `batch_size` may change while it deals: the next batch has the new size.
    """

    def __init__(
        self, deck: Deck, batch_size: int, seed: int = 0, rank: int = 0, ranks: int = 1, num_workers: int = 0
    ) -> None:
        self.deck, self.batch_size, self.num_workers = deck, batch_size, num_workers
        self.seed, self.rank, self.ranks = seed, rank, ranks
        self.epoch = self.dealt = 0
        self.check(batch_size, "data.batch_size")

    def check(self, batch_size: int, key: str) -> None:
        """Raises ValueError where not one batch of that size can be dealt; `key`: what asks for it."""
        if len(self.deck) < batch_size * self.ranks:
            raise ValueError(
                f"{key}={batch_size} on {self.ranks} device(s) needs {batch_size * self.ranks} samples or more, "
                f"the set has {len(self.deck)}: set {key}={max(1, len(self.deck) // self.ranks)} or less"
            )

    def __len__(self) -> int:
        return len(self.deck) // self.ranks // self.batch_size

    def __iter__(self) -> Iterator[Batch]:
        # Nobody asks past the last batch of an epoch, so the next one begins here.
        if not self._hands():
            self.epoch, self.dealt = self.epoch + 1, 0
        while hands := self._hands():
            size = self.batch_size
            batches = self._dealt_by_workers(hands) if self.num_workers else (self.deck[hand] for hand in hands)
            for batch in batches:
                self.dealt += size  # before the yield: a save made while this batch is played counts it
                yield batch
                if self.batch_size != size:
                    break  # what workers have ahead is dealt anew

    def _dealt_by_workers(self, remaining: list[Tensor]) -> DataLoader[Batch]:
        return DataLoader(
            self.deck,  # type: ignore[arg-type]
            sampler=remaining,
            batch_size=None,
            num_workers=self.num_workers,
            generator=torch.Generator(),  # its own: starting workers must not move the run's random numbers
        )

    def _hands(self) -> list[Tensor]:
        """The positions of each batch that this epoch has left on this rank."""
        share = len(self.deck) // self.ranks
        count = (share - self.dealt) // self.batch_size
        if count < 1:
            return []
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + self.epoch) % 2**32)
        order = self.order(generator)[self.rank :: self.ranks]
        return list(order[self.dealt :][: count * self.batch_size].unflatten(0, (count, self.batch_size)))

    def order(self, generator: torch.Generator) -> Tensor:
        """What an epoch draws from the deck, in order: positions (N,), or whatever the deck takes for one, (N, …)."""
        return torch.randperm(len(self.deck), generator=generator)

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "dealt": self.dealt}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.epoch, self.dealt = state["epoch"], state["dealt"]


def to_unit_range(image: Tensor, memory_format: torch.memory_format = torch.channels_last) -> Tensor:
    """Bytes (B, C, H, W) to float32 in [-1, 1]; points, which are float already, pass."""
    if image.dtype != torch.uint8:
        return image
    return image.to(torch.float32, memory_format=memory_format).div_(127.5).sub_(1)


@dataclass
class Augment:
    """Changes of the reals that keep them real. hflip: mirror each image with probability 1/2."""

    hflip: bool = False

    def __call__(self, image: Tensor) -> Tensor:
        if not self.hflip:
            return image
        mirrored = torch.rand(len(image), 1, 1, 1, device=image.device) < 0.5
        return torch.where(mirrored, image.flip(-1), image)


class Dealing(TypedDict, total=False):
    """The settings all data share: how a set is dealt. A subclass passes them on."""

    batch_size: PositiveInt
    seed: int
    augment: Augment | None
    num_workers: NaturalInt


class ImageData(LightningDataModule):
    """A data family: knows its shape before it reads anything, reads once, deals batches on the device.

    A subclass says `shape` and `num_classes` from its settings alone and reads a split into a deck; `source_shape` is
    that of the other domain's images, where there is one.
    """

    shape: Shape
    num_classes: int | None = None
    source_shape: Shape | None = None
    loader: type[Loader] = Loader

    def __init__(
        self,
        batch_size: PositiveInt = 64,
        seed: int = 0,
        augment: Augment | None = None,
        num_workers: NaturalInt = 0,
    ) -> None:
        super().__init__()
        self.batch_size, self.seed, self.num_workers = batch_size, seed, num_workers
        self.augment = augment or Augment()
        self._decks: dict[Split, Deck] = {}
        self._loader: Loader | None = None
        self._resume_at: dict[str, int] | None = None

    @abstractmethod
    def read(self, split: Split) -> Deck:
        """Read a split. Raises ValueError or OSError with a sentence that names the key to change."""

    def draws(self, split: Split) -> torch.Generator:
        """The random numbers that make up a split of a set that is drawn: fixed by data.seed."""
        return torch.Generator().manual_seed((2 * self.seed + (split == "test")) % 2**32)

    def check(self) -> None:
        """Find what can be found wrong without reading: a missing root, say. Raises ValueError or OSError."""

    def deck(self, split: Split) -> Deck:
        """A split, read on first use."""
        if split not in self._decks:
            self._decks[split] = self.read(split)
        return self._decks[split]

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
        self._loader = self.loader(self.dealt(), self.batch_size, self.seed, rank, ranks, self.num_workers)
        if self._resume_at is not None:
            self._loader.load_state_dict(self._resume_at)
        return self._loader

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
        return Batch(self.augment(to_unit_range(batch.image)), batch.label, source)

    def examples(self, count: int) -> Batch:
        """The same `count` reals of the training split at every call, normalised but not augmented."""
        deck = self.deck("train")
        generator = torch.Generator().manual_seed(self.seed % 2**32)
        batch = deck[torch.randperm(len(deck), generator=generator)[:count]]
        source = None if batch.source is None else to_unit_range(batch.source)
        return Batch(to_unit_range(batch.image), batch.label, source)

    # Restored always; Lightning restores a loader's own state only in the middle of an epoch.
    def state_dict(self) -> dict[str, Any]:
        return self._loader.state_dict() if self._loader else {}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._resume_at = dict(state) or None

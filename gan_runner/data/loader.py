"""The loader that deals a deck to training, and can stop and go on anywhere."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from gan_runner.data.decks import Deck
from gan_runner.types import Batch


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

    def _dealt_by_workers(self, remaining: list[Tensor]) -> Iterator[Batch]:
        dealing: DataLoader[Batch] = DataLoader(
            self.deck,  # type: ignore[arg-type]
            sampler=remaining,
            batch_size=None,
            num_workers=self.num_workers,
            generator=torch.Generator(),  # its own: starting workers must not move the run's random numbers
        )
        with unheard():
            return iter(dealing)

    def _hands(self) -> list[Tensor]:
        """The positions of each batch that this epoch has left on this rank."""
        share = len(self.deck) // self.ranks
        count = (share - self.dealt) // self.batch_size
        if count < 1:
            return []
        generator = torch.Generator().manual_seed((self.seed * 1_000_003 + self.epoch) % 2**32)
        order = self.order(generator)[self.rank :: self.ranks]
        order = order.to(getattr(self.deck, "device", order.device))  # once an epoch
        return list(order[self.dealt :][: count * self.batch_size].unflatten(0, (count, self.batch_size)))

    def order(self, generator: torch.Generator) -> Tensor:
        """What an epoch draws from the deck, in order: positions (N,), or whatever the deck takes for one, (N, …)."""
        return torch.randperm(len(self.deck), generator=generator)

    def state_dict(self) -> dict[str, int]:
        return {"epoch": self.epoch, "dealt": self.dealt}

    def load_state_dict(self, state: dict[str, int]) -> None:
        self.epoch, self.dealt = state["epoch"], state["dealt"]


@contextmanager
def unheard() -> Iterator[None]:
    """Processes that begin in the block hear neither Ctrl-C nor SIGTERM, which often go to all processes of a command.

    The one that starts them hears, has a batch to end with them, and ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)

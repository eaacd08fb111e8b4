"""Probes that ask about the held-out images of what a system learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck
from gan_runner.metrics.base import TRUSTED, Probe
from gan_runner.types import PositiveInt, Seed


class HeldOut(Probe):
    """Asks about held-out samples of the classes that are trained on, with their labels where there are any.

    images: at most so many, drawn by `seed`. Figures are means over them, <name of an answer>/<images>.
    """

    key: str
    """In the configuration."""

    def __init__(self, images: PositiveInt = 10_000, seed: Seed = 0) -> None:
        self.images, self.seed = images, seed
        self._deck: Deck | None = None
        self._at = torch.empty(0, dtype=torch.int64)

    @property
    def hint(self) -> str:
        return "choose an autoencoder (model=vae, …), or leave it out"

    def meet(self, data: DataFamily, answers: Mapping[str, Sequence[str]]) -> None:
        """Raises ValueError where no sample is kept from training."""
        if not data.has_test_split:
            raise ValueError(f"{self.key} needs samples kept from training: set {data.holdout_key} above 0")
        self.gives = tuple(name for names in answers.values() for name in names)

    def prepare(self, data: DataFamily, device: torch.device) -> None:
        self._deck = data.deck("test")
        order = torch.randperm(len(self._deck), generator=torch.Generator().manual_seed(self.seed))
        self._at = order[: self.images].sort().values
        self.looks_at = count = len(self._at)
        few = f"{count} held-out samples are few for {self.key} (what fewer than {TRUSTED} say is mostly chance)"
        self.doubts = dict.fromkeys(self.gives, few) if count < TRUSTED else {}

    def held_out(self) -> tuple[Deck, Tensor]:
        """A deck, and the positions (N,) of what is asked about."""
        assert self._deck is not None, "prepare comes first"
        return self._deck, self._at

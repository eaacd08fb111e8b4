"""What the tricks have in common that read something from the discriminator's features."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from gan_runner.layers.equalized import equalize, gain_of
from gan_runner.layers.heads import inmost
from gan_runner.layers.probing import ROWS, probe
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Players, Score, Shape


class FeatureHead(Trick, ABC):
    """A linear head of its own reads something of each sample from the discriminator's penultimate features.

    The head belongs to the discriminator and moves with its optimizer. Of an ensemble listed before the trick there is
    one head on the joined features; of one listed after it, a head for each member.
    Raises ValueError for packed samples and, where it reads fakes, for fakes that are not this batch's.
    """

    scope = Scope.WHOLE
    name: str
    predicts: str
    """What it reads, in the words of a message."""
    needs_fakes: bool = True

    def __init__(self) -> None:
        super().__init__()
        self._heads: list[nn.Linear] = []  # in a list: the discriminator saves and moves it

    @abstractmethod
    def numbers(self) -> int:
        """How many there are to predict for a sample, once the generator is built."""

    def wrap_discriminator(self, make: Make) -> Make:
        def read(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            head = head_for(discriminator, probe(discriminator, shape)[1], self.numbers())
            discriminator.add_module(f"{self.name}_head", head)
            self._heads.append(head)
            return discriminator

        return read

    def check(self, players: Players) -> None:
        rows, width = probe(players.discriminator, players.shape)
        for name, trick in players.tricks.items():
            if rows != ROWS and getattr(trick, "scope", None) == Scope.SHAPE:
                raise ValueError(
                    f"tricks.{self.name} predicts {self.predicts}, and tricks.{name} leaves one row of features for "
                    f"{ROWS / rows:g} of them: remove one of the two"
                )
            if self.needs_fakes and getattr(type(trick), "on_fake", Trick.on_fake) is not Trick.on_fake:
                raise ValueError(
                    f"tricks.{self.name} needs {self.predicts}, and tricks.{name} shows the discriminator other fakes "
                    f"than this batch's: remove one of the two"
                )
        if width != sum(head.in_features for head in self._heads):
            raise ValueError(
                f"tricks.{self.name} has a head for {self._heads[0].in_features} features, and a trick listed after it "
                f"makes them {width}: list {self.name} last in tricks=[…]"
            )

    def predict(self, score: Score) -> Tensor:
        """What a score's features say, (K, N, numbers) in float32; K is 1 unless the head was copied."""
        parts = score.features.flatten(1).split([head.in_features for head in self._heads], dim=1)
        with torch.autocast(parts[0].device.type, enabled=False):
            return torch.stack([head(part.float()) for head, part in zip(self._heads, parts, strict=True)])


def head_for(discriminator: nn.Module, width: int, numbers: int) -> nn.Linear:
    """A linear layer on the features, of equalized learning rate where the discriminator's own head is."""
    layer = nn.Linear(width, numbers)
    own = [inmost(module) for name, module in discriminator.named_modules() if name.split(".")[-1] == "head"]
    gain = next((gain for head in own if (gain := gain_of(head)) is not None), None)
    return layer if gain is None else equalize(layer, gain)

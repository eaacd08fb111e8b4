"""The types that cross a folder: what data deals, what a discriminator answers, what one update may look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

if TYPE_CHECKING:  # requests and the check of a configuration need these types before torch is imported
    from torch import Tensor, nn

Shape = tuple[int, ...]
"""(C, H, W) for images, (F,) for points."""

Make = Callable[..., "nn.Module"]
"""Builds a network for data of a shape, its only positional argument. A network YAML gives one; tricks wrap it."""

Player = Literal["generator", "discriminator"]

Split = Literal["train", "test"]

Direction = Literal["a2b", "b2a"]
"""From domain A to domain B, or back."""
OTHER_WAY: dict[Direction, Direction] = {"a2b": "b2a", "b2a": "a2b"}


class Batch(NamedTuple):
    """What a loader deals: real data, images (B, C, H, W) float32 in [-1, 1] or points
    (B, F); label (B,) int64 or None.

    source: images (B, C', H', W') of the other domain, where the game is to translate one; None elsewhere.
    """

    real: Tensor
    label: Tensor | None = None
    source: Tensor | None = None


class Score(NamedTuple):
    """A discriminator's answer, in float32 whatever the precision it was computed in.

    logits: (N, ...), N the batch size (or a fraction of it, when packed); features: (N, F), the penultimate layer.
    """

    logits: Tensor
    features: Tensor


class Hand(NamedTuple):
    """What a system deals to one game for one batch: real data, the generator's source (latent or image), labels."""

    real: Tensor
    source: Tensor
    label: Tensor | None = None


class AdversarialLoss(Protocol):
    """What each player minimises, as a function of logits alone."""

    needs_real: bool
    """Whether the generator's loss compares with real logits (relativistic losses)."""
    boundary: float | None
    """The logit above which a sample counts as real; None where only differences of logits mean anything."""

    def discriminator(self, real: Tensor, fake: Tensor) -> Tensor: ...

    def generator(self, fake: Tensor, real: Tensor | None) -> Tensor: ...


@dataclass
class Round:
    """All that one update of one player may look at. Scores are computed once, on first use.

    In the discriminator's round `fake` is detached; in the generator's it carries the generator's graph.
    `step` counts the batches before this one.
    """

    generator: nn.Module
    discriminator: nn.Module
    loss: AdversarialLoss
    real: Tensor
    source: Tensor
    fake: Tensor
    label: Tensor | None
    step: int

    @cached_property
    def real_score(self) -> Score:
        """The discriminator's answer to the reals."""
        return self._score(self.real)

    @cached_property
    def fake_score(self) -> Score:
        """The discriminator's answer to the fakes, in a pass of their own: BatchNorm statistics must not mix."""
        return self._score(self.fake)

    def _score(self, image: Tensor) -> Score:
        score: Any = self.discriminator(image, self.label)
        return Score(score.logits.float(), score.features.float())


class Players(Protocol):
    """What a trick may look at once both players are built: they, and what they play for."""

    @property
    def shape(self) -> Shape: ...

    @property
    def generator(self) -> nn.Module: ...

    @property
    def discriminator(self) -> nn.Module: ...

    @property
    def loss(self) -> AdversarialLoss: ...

    @property
    def tricks(self) -> nn.ModuleDict: ...

    def player(self, name: Player) -> nn.Module: ...

    def modules(self) -> Iterator[nn.Module]:
        """Of both players and all tricks."""
        ...

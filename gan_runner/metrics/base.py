"""What a metric is: it collects reals and fakes, in the form it asks for, and compares the two heaps.

A metric says by `needs` what its samples are:

- "points": the data itself, float32 (N, F);
- "images": bytes (N, C, H, W), or float32 in [-1, 1];
- "features": a feature extractor's answer, float32 (N, F);
- "logits": a classifier's answer, float32 (N, K), or (N, D, K) where an image shows D digits of K classes each.

Where a game translates, a `Comparison` looks at images one by one instead. A `Probe` looks at nothing that a system
makes: it asks the system itself.

The feature extractor is no part of it: `gan_runner.evaluation.judge` asks it once and shares the answer out. `compute`
gives named scalars. A metric that draws random numbers draws them from a generator of its own.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar

import torch
from torch import Tensor
from torchmetrics import Metric

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.types import Batch, Direction

Needs = Literal["points", "images", "features", "logits"]
Numbers = Literal["equal", "its own", "any", "training"]
"""How many samples a metric is handed, because its figures depend on their number, or do not:

- "equal": as many fakes as reals; of more fakes, one subset of so many after the other, and the mean is told;
- "its own": all there are, of which it draws subsets of equal size itself;
- "any": all there are, since its figures are of one fake each, and more fakes make them surer, not others;
- "training": as many fakes as training reals, since it learns from either; and all held-out reals.
"""
Space = Literal["features", "pixels"]

Found = TypeVar("Found")

ELEMENTS = 2**24
"""The most distances in a matrix at a time."""
TRUSTED = 100
"""Reals: what is found by fewer is mostly chance."""


@dataclass(frozen=True)
class Closest:
    """The fakes nearest to a training image, the nearest first: positions (P,) of both, distances (P,)."""

    fake: Tensor
    training: Tensor
    distance: Tensor

    @classmethod
    def of(cls, distance: Tensor, training: Tensor, count: int) -> Closest:
        """The `count` nearest of fakes, whose distances (N,) are those to the training images at positions (N,)."""
        order = distance.argsort()[:count]
        return cls(order, training[order], distance[order])


class Measure(Metric):
    """Keeps all it is given until asked. A subclass writes `compare`."""

    needs: Needs
    gives: tuple[str, ...]
    """The names of the scalars that `compute` gives."""
    numbers: Numbers = "equal"
    compares = True
    """Whether fakes are compared with reals. A figure of fakes alone has held-out reals in their place for control."""
    controlled = True
    """Whether other reals in the place of the fakes make a control worth reporting."""
    least: int = 1
    """The fewest reals and fakes that it can do with."""
    reasons: ClassVar[Mapping[str, str]] = {}
    """Scalar -> why, where it is not finite."""
    beside: Mapping[str, str] = {}  # an instance has its own
    """After `compute`, scalar -> what it is a share of and what is usual, where no control tells."""
    remark: str | None = None
    """After `compute`, what must be known to read the figures right, in a sentence about this data."""
    training_images: int = 0
    """How many images of the training set it wants to `study` besides."""
    labelled: bool = False
    """Whether it asks for the labels of samples and of reals, and to `study` as many training reals with theirs."""
    spared: bool = False
    """Of one that is `labelled`: whether a run whose samples are held to no class leaves it out, and is not refused."""
    source: str | None = None
    """After `compute`, what its figures' names tell in the place of what looked at the samples."""
    closest: Closest | None = None
    """After `compute`, of a metric that studies the training set: what lies nearest to it."""
    assigned: Tensor | None = None
    """After `compute`, of a metric that knows modes: the mode of each fake (N,), −1 for one that is on none."""
    modes: int = 0
    """How many modes there are."""
    _known: tuple[Tensor, Any] | None = None
    full_state_update = False
    real: list[Tensor]
    fake: list[Tensor]

    def __init__(self) -> None:
        # One process judges while the others train: waiting for theirs would be for ever.
        super().__init__(sync_on_compute=False)
        self.add_state("real", [], dist_reduce_fx="cat")
        self.add_state("fake", [], dist_reduce_fx="cat")

    def meet(self, data: DataFamily) -> None:
        """Learn what it must know of the data. Raises ValueError for data that it cannot measure."""

    def study(self, training: Tensor, label: Tensor | None = None) -> None:
        """See (a part of) the training set, before `compute`; label (N,): where the metric is `labelled`."""

    def update(self, samples: Tensor, real: bool, label: Tensor | None = None) -> None:
        """Reals or fakes; label (N,): what the fakes were asked to be, where the generator is conditional; of reals
        what they are, where the metric is `labelled`.
        """
        (self.real if real else self.fake).append(samples)

    def compute(self) -> dict[str, Tensor]:
        """The scalars by name; where the metric repeats itself, all that it found (R,).

        Raises TooFewError for fewer than `least` fakes, or reals where it compares.
        """
        real, fake = heap(self.real), heap(self.fake)
        if min(len(fake), len(real) if self.compares else len(fake)) < self.least:
            raise TooFewError(
                f"{type(self).__name__} needs {self.least} samples or more, and there are {len(real)} reals and "
                f"{len(fake)} fakes"
            )
        return self.compare(real, fake)

    @abstractmethod
    def compare(self, real: Tensor, fake: Tensor) -> dict[str, Tensor]:
        """Samples (N, ...) and (M, ...), `least` of each or more."""

    def of_reals(self, real: Tensor, find: Callable[[Tensor], Found]) -> Found:
        """`find(real)`, found once for all fakes that one and the same tensor is compared with, until `let_go`."""
        if self._known is None or self._known[0] is not real:
            self._known = real, find(real)
        found: Found = self._known[1]
        return found

    def let_go(self) -> None:
        """Of what is known of the reals."""
        self._known = None

    def trusted(self, width: int) -> int:
        """The fewest reals whose figures may choose a state; width: F of features (N, F)."""
        return TRUSTED if self.compares else self.least

    def reason(self, scalar: str) -> str | None:
        """Why a scalar is not finite, where it knows."""
        return self.reasons.get(scalar)

    def lower(self, count: int) -> str | None:
        """The setting with which it could do with `count` reals and fakes, if one would do."""
        return None


Column = Literal["source", "translated", "target", "returned", "kept"]
"""Of a translation a2b: a, G(a), the b that belongs to a, F(G(a)), F(a); float32 (N, C, H, W) in [-1, 1]."""


class Comparison(ABC):
    """Compares each translation of its own with what it should be, and averages over the images.

    A subclass writes `score`. Figures are called <direction>_<scalar>, unless `named` says otherwise.
    """

    asks: tuple[Column, ...]
    """What it looks at."""
    gives: tuple[str, ...]
    """The names of the scalars that `score` gives."""

    def named(self, scalar: str, direction: Direction) -> str:
        """What a scalar is called in the figures of a direction."""
        return f"{direction}_{scalar}"

    @abstractmethod
    def score(self, shown: Mapping[Column, Tensor]) -> dict[str, Tensor]:
        """The scalars of each image (N,), of a batch of those it asks for."""


Answer = Callable[[Batch], Mapping[str, Tensor]]
"""Samples in [-1, 1] as a batch -> what a system says of each of them, by name: (B,) float32 each, or what comes back
of them, (B, *shape).
"""


class Probe(ABC):
    """Asks the system itself about the data: how odd it finds each image, how well it knows it.

    `asks` names what it wants to know, and evaluation hands over how this system answers (evaluation/answers.py). So a
    probe knows no system, and a system no probe. Figures are called <scalar>/<what was answered>/<samples>, with what
    costs no system (baselines) in the place of the answer.
    """

    gives: tuple[str, ...] = ()
    """The names of its figures without the number of samples, once data and answers are met."""
    best: Literal["min", "max"] = "min"
    """Which of its figures is best, the least or the greatest, unless `best_of` says otherwise."""
    remark: str | None = None
    """After `prepare`, what must be known to read the figures right, in a sentence about this data."""
    doubts: Mapping[str, str] = {}
    """After `prepare`, of figures in `gives` that rest on too few samples, why they choose no state."""
    looks_at: int = 0
    """After `prepare`, at how many samples it looks; at most, where answers differ in that."""
    keeps: Mapping[str, Mapping[str, Any]] = {}
    """After `probe`, what a run keeps of the answers for later commands: tensors and plain data."""

    @property
    @abstractmethod
    def asks(self) -> Mapping[str, Mapping[str, Any]]:
        """What it asks of a system, with settings: one of these answers will do."""

    @property
    def hint(self) -> str:
        """What to do where a system answers nothing of it."""
        return "choose another model, or leave it out"

    def best_of(self, figure: str) -> Literal["min", "max"]:
        """Whether the least or the greatest of a figure that it gives is best."""
        return self.best

    @abstractmethod
    def meet(self, data: DataFamily, answers: Mapping[str, Sequence[str]]) -> None:
        """Learn what it must know of the data, and what the answers are called, by what was asked. Raises ValueError
        for data that it cannot ask about.
        """

    @abstractmethod
    def prepare(self, data: DataFamily, device: torch.device) -> None:
        """Read, and find what needs no system: once for a data set. Raises TooFewError where there is too little."""

    @abstractmethod
    def probe(self, answers: Mapping[str, Answer], device: torch.device) -> dict[str, float]:
        """The figures by their full names; answers: by what was asked."""


def heap(parts: list[Tensor] | Tensor) -> Tensor:
    """One tensor of all parts: of none, if there are none."""
    if isinstance(parts, Tensor):
        return parts
    if len(parts) == 1:
        return parts[0]
    return torch.cat(parts) if parts else torch.empty(0)


def labels_known(label: Tensor | None, key: str) -> Tensor:
    """The labels that a `labelled` metric was given. Raises ValueError naming its key where there are none."""
    if label is None:
        raise ValueError(f"{key} needs labels, and there are samples without")
    return label.cpu()


def exact(samples: Tensor) -> Tensor:
    """(N, ...) as float64 (N, F), where the device has it: near zero, differences of float32 products are noise."""
    return samples.flatten(1).to(torch.float32 if samples.device.type == "mps" else torch.float64)


def distances(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean, (N, F) and (M, F) to (N, M)."""
    return torch.cdist(a, b, compute_mode="use_mm_for_euclid_dist")


def blocks(samples: Tensor) -> tuple[Tensor, ...]:
    """In parts, any two of which have at most ELEMENTS distances: memory depends on no number of samples."""
    found: tuple[Tensor, ...] = samples.split(math.isqrt(ELEMENTS))
    return found


def nearest(
    a: Tensor, b: Tensor, itself: bool = False, view: Callable[[Tensor], Tensor] = lambda samples: samples
) -> tuple[Tensor, Tensor]:
    """Of each of `a` (N, F) the distance to the nearest of `b` (M, F), and which that is; (N,), (N,).

    With `itself`, a is b and no sample is its own neighbour. Equal samples are at distance 0, to the bit. view: what
    makes rows of numbers of samples that are kept in another form, a block at a time.
    """
    return _nearest_to(a, b, torch.arange(len(a), device=a.device) if itself else None, view)


def nearest_others(b: Tensor, at: Tensor, view: Callable[[Tensor], Tensor] = lambda samples: samples) -> Tensor:
    """Of the samples of b (M, F) at positions (N,), the distance of each to the nearest other of b, (N,).

    Two samples that are equal are at distance 0. Infinite where b has one sample alone.
    """
    if len(b) < 2:
        return torch.full((len(at),), torch.inf, device=b.device)
    return _nearest_to(b[at], b, at, view)[0]


def _nearest_to(a: Tensor, b: Tensor, own: Tensor | None, view: Callable[[Tensor], Tensor]) -> tuple[Tensor, Tensor]:
    """own: positions (N,) in b of the samples that a are, which do not count."""
    found = []
    owns = [None] * len(blocks(a)) if own is None else blocks(own)
    for kept, same in zip(blocks(a), owns, strict=True):
        part = view(kept)
        index = _nearest(part, map(view, blocks(b)), same)
        found.append(((part - view(b[index])).norm(dim=1), index))  # to the bit, where products are not
    return torch.cat([distance for distance, _ in found]), torch.cat([index for _, index in found])


def _nearest(part: Tensor, others: Iterable[Tensor], own: Tensor | None) -> Tensor:
    """Which of all others (M, F) is nearest to each of a part (n, F); own: which of them the part is, (n,)."""
    best = torch.full((len(part),), torch.inf, dtype=part.dtype, device=part.device)
    index, start = torch.zeros(len(part), dtype=torch.long, device=part.device), 0
    for other in others:
        distance = distances(part, other)
        if own is not None:
            (here,) = torch.where((own >= start) & (own < start + len(other)))
            distance[here, own[here] - start] = torch.inf
        least, at = distance.min(dim=1)
        index, best = torch.where(least < best, start + at, index), torch.minimum(least, best)
        start += len(other)
    return index

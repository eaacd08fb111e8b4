"""The types that cross a folder: what data deals, what a discriminator answers, what one update may look at, and the
numbers and paths that a configuration may give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple, Protocol, Required, Self, TypedDict

from pydantic import Field

if TYPE_CHECKING:  # requests and the check of a configuration need these types before torch is imported
    import torch
    from torch import Tensor, nn

# ---- values of a configuration --------------------------------------------------------------------------------------

PositiveInt = Annotated[int, Field(ge=1)]
"""1, 2, 3, …"""
NaturalInt = Annotated[int, Field(ge=0)]
"""0, 1, 2, …"""
AtLeastTwo = Annotated[int, Field(ge=2)]
"""2, 3, 4, …"""
AtLeastThree = Annotated[int, Field(ge=3)]
"""3, 4, 5, …"""
Seed = Annotated[int, Field(ge=0, lt=2**32)]
"""What numpy's random numbers may start from."""
Positive = Annotated[float, Field(gt=0)]
"""A float above 0."""
NonNegative = Annotated[float, Field(ge=0)]
"""A float from 0 on: a weight, a standard deviation."""
Share = Annotated[float, Field(gt=0, lt=1)]
"""Some, neither nothing nor all: (0, 1)."""
ClosedShare = Annotated[float, Field(ge=0, le=1)]
"""Nothing and all included: [0, 1]."""
Fraction = Annotated[float, Field(ge=0, lt=1)]
"""Nothing included, all not: [0, 1)."""
PositiveShare = Annotated[float, Field(gt=0, le=1)]
"""All included, nothing not: (0, 1]."""

MOST_BANDS = 16
"""Bands of an image, at most."""
Bands = Annotated[int, Field(ge=1, le=MOST_BANDS)]
"""Channels of images: 1 to 16."""

PathString = Annotated[str, Field(min_length=1, json_schema_extra={"format": "path"})]
"""A file or folder. What a person types there is taken as it is (cli/arguments.py)."""

Label = bool | int | float | str
"""A class as the command line gives it: 7, cat; on (true) or 1.50 (1.5) may be names too."""

# ---- what crosses a folder ------------------------------------------------------------------------------------------

Shape = tuple[int, ...]
"""(C, H, W) for images, (F,) for points."""

Kind = Literal["points", "images"]
"""What samples are, and so how they are drawn, written, measured and computed."""

Make = Callable[..., "nn.Module"]
"""Builds a network for data of a shape, its only positional argument. A network YAML gives one; tricks wrap it."""

MakeLikelihood = Callable[..., Any]
"""Builds a likelihood for data of a shape, its only positional argument (likelihoods/base.py)."""

Player = str
"""What a system calls one of those that move in turns: "generator", "discriminator"."""

Split = Literal["train", "test"]

Direction = Literal["a2b", "b2a"]
"""From domain A to domain B, or back."""
OTHER_WAY: dict[Direction, Direction] = {"a2b": "b2a", "b2a": "a2b"}


class Contents(TypedDict):
    """What a set of files holds: how many they are, and a hash of their names and bytes."""

    files: int
    content: str


class Fingerprint(TypedDict, total=False):
    """What data a run plays with, as plain values: by this it is known again (runs/identity.py).

    family: its class, `folder.Folder`. name: what a reader calls it. root: where it lies, which does not count where
    `files` and `content` say what lies there. labels: how many classes. split: what is held out to measure by, "a
    share", "folders" of their own or "nothing". test: what lies in such folders. apart: whether folders of
    `root` were taken for splits. labelled: a hash of the class of every file, where its name does not say it.
    """

    family: Required[str]
    name: Required[str]
    root: str
    files: int
    content: str
    labels: int | None
    split: str
    test: Contents
    apart: bool
    labelled: str


class Batch(NamedTuple):
    """Real data as dealt: images (B, C, H, W) float32 in [-1, 1] or points (B, F), label (B,) int64, of numbers (B, K)
    float32, or None.

    source: images (B, C', H', W') of the other domain, where the game is to translate one; None elsewhere.
    """

    real: Tensor
    label: Tensor | None = None
    source: Tensor | None = None

    def to(self, device: torch.device) -> Batch:
        """The same on a device."""
        label, source = (None if one is None else one.to(device) for one in (self.label, self.source))
        return Batch(self.real.to(device), label, source)


class Score(NamedTuple):
    """A discriminator's answer, in float32 whatever the precision it was computed in.

    logits: (N, ...), N the batch size (or a fraction of it, when packed); features: (N, F), the penultimate layer.
    """

    logits: Tensor
    features: Tensor

    def detach(self) -> Score:
        """Without its graph."""
        return Score(self.logits.detach(), self.features.detach())


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
    is_critic: bool
    """Whether the discriminator estimates a distance, and has to be kept Lipschitz for it."""

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
    _real_score: Score | None = None
    _fake_score: Score | None = None

    # Not cached_property, which takes a lock that torch.compile does not know.
    @property
    def real_score(self) -> Score:
        """The discriminator's answer to the reals."""
        if self._real_score is None:
            self._real_score = self._score(self.real)
        return self._real_score

    @property
    def fake_score(self) -> Score:
        """The discriminator's answer to the fakes, in a pass of their own: BatchNorm statistics must not mix."""
        if self._fake_score is None:
            self._fake_score = self._score(self.fake)
        return self._fake_score

    def spent(self) -> Round:
        """The same after its update: scores and fakes without graphs."""
        real, fake = (None if score is None else score.detach() for score in (self._real_score, self._fake_score))
        return replace(self, fake=self.fake.detach(), _real_score=real, _fake_score=fake)

    def _score(self, image: Tensor) -> Score:
        score: Any = self.discriminator(image, self.label)
        return Score(score.logits.float(), score.features.float())


@dataclass(frozen=True)
class Conditions:
    """Labels that are numbers. names: what they are called (K); mean, spread: what each lost and was divided by; rows:
    those of some images of the training set (R, K), as networks are told them. Samples get such rows.
    """

    names: tuple[str, ...]
    mean: tuple[float, ...]
    spread: tuple[float, ...]
    rows: tuple[tuple[float, ...], ...]

    def told(self, place: int, value: float) -> float:
        """The number at that place as networks are told it. An attribute that is not there may be -1 as well as 0."""
        mean, spread = self.mean[place], self.spread[place]
        return 0.0 if (mean, spread, value) == (0, 1, -1) else (value - mean) / spread

    def plain(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        rows = [list(row) for row in self.rows]
        return {"names": list(self.names), "mean": list(self.mean), "spread": list(self.spread), "rows": rows}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From what a checkpoint kept. Raises KeyError or TypeError for what it cannot have kept."""
        names, mean, spread, rows = (tuple(plain[key]) for key in ("names", "mean", "spread", "rows"))
        numbers = [*mean, *spread, *(one for row in rows for one in row)]
        if not names or not rows or {len(mean), len(spread), *map(len, rows)} != {len(names)}:
            raise TypeError("conditions are no rows of as many numbers as they have names")
        if not all(isinstance(one, float) for one in numbers) or not all(isinstance(name, str) for name in names):
            raise TypeError("conditions are no numbers")
        return cls(names, mean, spread, tuple(map(tuple, rows)))


@dataclass(frozen=True)
class Origin:
    """What a system was built from: its configuration as plain data, and what its data told before it was read.

    data: which data that was; None in a checkpoint of an earlier version.
    """

    config: Mapping[str, Any] = field(default_factory=dict)
    shape: Shape = ()
    num_classes: int | None = None
    source_shape: Shape | None = None
    scales: Mapping[str, list[float]] | None = None
    """What became black and white of the pixels of its data's files, where they are no bytes; None in checkpoints of
    earlier versions.
    """
    fourth_is_band: bool = False
    """Whether the fourth of its data's four channels was no transparency."""
    depth: str | None = None
    """The type of the pixels of its data's files, as numpy calls it, where they are no bytes."""
    class_names: tuple[str, ...] | None = None
    data: Fingerprint | None = None
    conditions: Conditions | None = None
    """Of labels that are numbers; None where they are classes, or there are none."""

    @property
    def kind(self) -> Kind:
        """What the system plays with."""
        return "points" if len(self.shape) == 1 else "images"

    @property
    def conditional(self) -> bool:
        """Whether a network is asked for samples of a class."""
        return bool(self.config.get("network", {}).get("conditional", False))

    @property
    def classes(self) -> int | None:
        """How many classes may be asked for; None where none can be."""
        return self.num_classes if self.conditional else None

    @property
    def label_width(self) -> int:
        """How many numbers a network that is told the label gets for it; 0 where none is told it."""
        if not self.conditional:
            return 0
        return len(self.conditions.names) if self.conditions is not None else self.num_classes or 0

    @property
    def called(self) -> tuple[str, ...]:
        """What the classes are called, in the order of their labels: by their numbers where they have no names."""
        return self.class_names or tuple(map(str, range(self.num_classes or 0)))

    def plain(self) -> dict[str, Any]:
        """As a checkpoint keeps it."""
        told: dict[str, Any] = {"config": dict(self.config), "shape": list(self.shape), "num_classes": self.num_classes}
        if self.source_shape is not None:
            told["source_shape"] = list(self.source_shape)
        if self.scales is not None:
            told["scales"] = dict(self.scales)
        if self.fourth_is_band:
            told["fourth_is_band"] = True
        if self.depth is not None:
            told["depth"] = self.depth
        if self.class_names is not None:
            told["class_names"] = list(self.class_names)
        if self.data is not None:
            told["data"] = dict(self.data)
        if self.conditions is not None:
            told["conditions"] = self.conditions.plain()
        return told

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """From what a checkpoint kept. Raises KeyError or TypeError for what it cannot have kept.

        Earlier versions kept no class_names.
        """
        source, names = plain.get("source_shape"), plain.get("class_names")
        if names is not None and not (
            all(isinstance(one, str) for one in names) and len(names) == plain["num_classes"]
        ):
            raise TypeError("class_names are not the names of its classes")
        return cls(
            dict(plain["config"]),
            tuple(plain["shape"]),
            plain["num_classes"],
            None if source is None else tuple(source),
            plain.get("scales"),
            bool(plain.get("fourth_is_band", False)),
            plain.get("depth"),
            None if names is None else tuple(names),
            plain.get("data"),
            None if plain.get("conditions") is None else Conditions.of(plain["conditions"]),
        )


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

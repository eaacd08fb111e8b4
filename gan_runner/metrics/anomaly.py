"""How well a system that learned some classes tells images of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_runner.config.errors import listed
from gan_runner.config.labels import in_a_sentence
from gan_runner.data.base import DataFamily
from gan_runner.data.decks import Deck, Share, TooFewError, labels_of
from gan_runner.figures import BASELINES, build, words_of
from gan_runner.metrics.base import TRUSTED, Answer, Probe
from gan_runner.metrics.odd_baselines import baselines
from gan_runner.metrics.oddness import auroc, scored
from gan_runner.types import NaturalInt, PositiveInt, Seed

READ_AT_ONCE = 1000
MOST_KEPT = 10_000
"""Scores of normal images that a run keeps for thresholds, at most."""
SEARCHED, SCORED = "search", "scores"


@dataclass(frozen=True)
class Bench:
    """The whole test split, read: which of it is odd, and what the baselines say of it."""

    deck: Deck
    labels: Tensor  # (N,)
    odd: Tensor  # (N,) bool
    order: Tensor  # (N,) positions: of the first so many, each class has its share
    training: Deck
    baselines: dict[str, Tensor]  # (N,) each


class Anomaly(Probe):
    """AUROC of every score that the system gives, over the whole test split: images of the classes that data.only or
    data.leave_out keeps from training are odd, the positive ones, all others are normal.

    auroc: all odd images together; where several classes are odd also auroc_<class>, of each of them against the normal
    images, auroc_mean and auroc_worst over these. Figures are auroc/<score>/<test images>; in the place of <score>
    stand the baselines too, at the same images (metrics/odd_baselines.py). One class normal and one class odd are
    different tasks, whose figures do not compare.
    search_steps: of a GAN, search each image's latent for so many steps (evaluation/latent_search.py), 0: not; on
    `search_images` of the test split, drawn by `seed`, of each class its share and one image at least.
    training_images: that the baselines know, at most.
    baselines: false leaves them out, where another run has told them.
    """

    best = "max"

    def __init__(
        self,
        search_steps: NaturalInt = 0,
        search_images: PositiveInt = 500,
        training_images: PositiveInt = 60_000,
        baselines: bool = True,
        seed: Seed = 0,
    ) -> None:
        self.search_steps, self.search_images = search_steps, search_images
        self.training_images, self.baselines, self.seed = training_images, baselines, seed
        self._scalars: tuple[str, ...] = ("auroc",)
        self._names: Sequence[str] = ()
        self._answers: Mapping[str, Sequence[str]] = {}
        self._bench: Bench | None = None

    @property
    def asks(self) -> dict[str, dict[str, Any]]:
        searched = {SEARCHED: {"steps": self.search_steps, "seed": self.seed}} if self.search_steps else {}
        return {SCORED: {}} | searched

    @property
    def hint(self) -> str:
        return (
            "set metrics.anomaly.search_steps=500 for a GAN, whose latents are searched then, or choose an "
            "autoencoder; with network.conditional=false"
        )

    # ---- what it meets ------------------------------------------------------------------------------------------

    def meet(self, data: DataFamily, answers: Mapping[str, Sequence[str]]) -> None:
        """Raises ValueError where no class is left out, no image kept from training, or fewer are to be searched than
        there are classes.
        """
        kept = data.kept_labels()
        count = data.num_classes or 0
        if kept is None or len(kept) == count:
            raise ValueError(
                "metrics.anomaly calls odd what is left out of training, and nothing is: set data.only=[<class>] or "
                "data.leave_out=[<class>]"
            )
        if not data.has_test_split:
            raise ValueError(f"metrics.anomaly needs images kept from training: set {data.holdout_key} above 0")
        if SEARCHED in answers and self.search_images < count:
            raise ValueError(
                f"metrics.anomaly.search_images={self.search_images} holds no image of each of {count} "
                f"classes: set it to {count} or more"
            )
        self._answers = {asked: tuple(names) for asked, names in answers.items()}
        names = [name for each in self._answers.values() for name in each]
        if taken := sorted({*names} & {*BASELINES}):
            raise ValueError(f"metrics.anomaly: the score {taken[0]} has the name of a baseline: call it otherwise")
        self._names = [*(data.class_names or map(str, range(count)))]
        odd = [label for label in range(count) if label not in kept]
        by_class = [f"auroc_{one}" for one in words_of(self._names, odd)]
        self._scalars = ("auroc", "auroc_mean", "auroc_worst", *by_class) if len(odd) > 1 else ("auroc",)
        self.gives = tuple(figure for name in names for figure in self._given(name))

    def _given(self, name: str) -> list[str]:
        """The figures of a score, without the number of images."""
        return [build(scalar, name) for scalar in self._scalars]

    # ---- what it reads once -------------------------------------------------------------------------------------

    def prepare(self, data: DataFamily, device: torch.device) -> None:
        deck, training, kept = data.whole("test"), data.deck("train"), data.kept_labels()
        labels = labels_of_all(deck)
        odd = ~torch.isin(labels, torch.tensor(kept))
        self._check_both(odd)
        order = by_share(labels, torch.randperm(len(deck), generator=torch.Generator().manual_seed(self.seed)))
        told = self._baselines(deck, training, device) if self.baselines else {}
        self._bench = bench = Bench(deck, labels, odd, order, training, told)
        self.remark = self._protocol(labels, odd)
        self.looks_at = max((len(self._asked_about(asked, bench)) for asked in self._answers), default=0)
        self.doubts = {figure: why for asked in self._answers for figure, why in self._doubts(asked, bench)}

    def _baselines(self, deck: Deck, training: Deck, device: torch.device) -> dict[str, Tensor]:
        known = torch.randperm(len(training), generator=torch.Generator().manual_seed(self.seed))
        return baselines(deck, Share(training, known[: self.training_images]), device)

    def _check_both(self, odd: Tensor) -> None:
        if odd.all() or not odd.any():
            only = "odd" if odd.all() else "normal"
            raise TooFewError(
                f"metrics.anomaly: all {len(odd)} test images are {only}, so that there is no AUROC: the test split "
                "needs images of classes that are left out, and of others"
            )

    def _protocol(self, labels: Tensor, odd: Tensor) -> str:
        """Which task this is, which images are the positive ones, and how many there are of each class."""
        normal, positive = self._counted(labels[~odd]), self._counted(labels[odd])
        what = " and ".join(_numbered(len(one), word) for one, word in ((normal, "normal"), (positive, "odd")))
        task = {(True, False): "one class normal", (False, True): "one class odd"}.get(
            (len(normal) == 1, len(positive) == 1), what
        )
        return (
            f"metrics.anomaly ({task}): normal are {listed(normal)} of the test images, odd, which are the positive "
            f"ones, {listed(positive)}"
        )

    def _counted(self, labels: Tensor) -> list[str]:
        found, counts = labels.unique(return_counts=True)
        return [f"{in_a_sentence(self._names[y])} ({n})" for y, n in zip(found.tolist(), counts.tolist(), strict=True)]

    def _doubts(self, asked: str, bench: Bench) -> Iterator[tuple[str, str]]:
        """The figures of an answer that rest on too few images of one kind, and the reason."""
        odd = bench.odd[self._asked_about(asked, bench)]
        least = int(min(odd.sum(), (~odd).sum()))
        if least >= TRUSTED:
            return
        which, names = "odd" if odd.sum() == least else "normal", self._answers[asked]
        enough = fewest(bench.odd[bench.order], TRUSTED) if asked == SEARCHED else None
        why = (
            f"{least} {which} test images are few for metrics.anomaly of {listed(names)} (what fewer than {TRUSTED} "
            "say is mostly chance)" + (f": set metrics.anomaly.search_images={enough}" if enough else "")
        )
        for name in names:
            yield from ((figure, why) for figure in self._given(name))

    def _asked_about(self, asked: str, bench: Bench) -> Tensor:
        """The positions (n,) of the test images that a system is asked about."""
        return bench.order[: self.search_images] if asked == SEARCHED else torch.arange(len(bench.deck))

    # ---- what it asks -------------------------------------------------------------------------------------------

    def probe(self, answers: Mapping[str, Answer], device: torch.device) -> dict[str, float]:
        bench = self._bench
        assert bench is not None, "prepare comes first"
        found: dict[str, float] = {}
        beside: dict[str, float] = {}
        self.keeps = {}
        for asked, answer in answers.items():
            at = self._asked_about(asked, bench)
            scores = scored(answer, bench.deck, at, device)
            for name, values in scores.items():
                found |= self._figures(name, values, at, bench)
            for name, values in bench.baselines.items():
                beside |= self._figures(name, values[at], at, bench)
            self.keeps |= self._normals(asked, answer, scores, at, bench, device)
        return found | beside

    def _figures(self, name: str, scores: Tensor, at: Tensor, bench: Bench) -> dict[str, float]:
        """The AUROCs of one score (n,) of the test images at (n,)."""
        labels, odd = bench.labels[at], bench.odd[at]
        found = {"auroc": auroc(scores, odd)}
        if len(self._scalars) > 1:
            classes = labels[odd].unique().tolist()
            each = {y: auroc(scores[part], odd[part]) for y, part in _against_normal(classes, labels, odd)}
            words = words_of(self._names, [*each])
            found |= {"auroc_mean": sum(each.values()) / len(each), "auroc_worst": min(each.values())}
            found |= {f"auroc_{word}": value for word, value in zip(words, each.values(), strict=True)}
        return {build(scalar, name, len(at)): value for scalar, value in found.items()}

    def _normals(
        self, asked: str, answer: Answer, scores: Mapping[str, Tensor], at: Tensor, bench: Bench, device: torch.device
    ) -> dict[str, dict[str, Any]]:
        """The scores of held-out normals, the first of `order`, sorted. Of a search also its seed, which its scores
        depend on; else, since it costs little, those of as many training images.
        """
        first = bench.order.argsort()[at].argsort()
        normal = first[~bench.odd[at][first]][:MOST_KEPT]
        held_out = {name: values[normal].sort().values for name, values in scores.items()}
        kept: dict[str, dict[str, Any]] = {name: {"held_out": values} for name, values in held_out.items()}
        if asked == SEARCHED:
            return {name: {**parts, "seed": self.seed} for name, parts in kept.items()}
        count = min(len(bench.training), *(len(values) for values in held_out.values()))
        positions = torch.randperm(len(bench.training), generator=torch.Generator().manual_seed(self.seed))[:count]
        training = scored(answer, bench.training, positions, device)
        return {name: parts | {"training": training[name].sort().values} for name, parts in kept.items()}


def by_share(labels: Tensor, order: Tensor) -> Tensor:
    """An order (N,) of which the first so many have of each class its share, and one at least, if there is room.

    labels (N,); within a class the given order (N,) stays.
    """
    place = torch.empty(len(labels), dtype=torch.float64)
    for label in labels.unique():
        members = order[labels[order] == label]
        place[members] = (torch.arange(len(members), dtype=place.dtype) + 0.5) / len(members)
        place[members[0]] = 0
    return place.argsort(stable=True)


def fewest(odd: Tensor, each: int) -> int | None:
    """How many of an order, odd or not (N,), hold so many of either kind; None: not even all do."""
    both = torch.minimum(odd.cumsum(0), (~odd).cumsum(0)) >= each
    return int(both.int().argmax()) + 1 if both.any() else None


def _against_normal(classes: Sequence[int], labels: Tensor, odd: Tensor) -> Iterator[tuple[int, Tensor]]:
    """Each odd class, and which images are of it or normal (n,)."""
    for label in classes:
        yield label, ~odd | (labels == label)


def _numbered(count: int, word: str) -> str:
    return f"{count} class{'es' if count > 1 else ''} {word}"


def labels_of_all(deck: Deck) -> Tensor:
    """(N,), at hand or batch by batch."""
    found = labels_of(deck)
    if found is not None:
        return found
    parts = [deck[part].label for part in torch.arange(len(deck)).split(READ_AT_ONCE)]
    return torch.cat([part for part in parts if part is not None])

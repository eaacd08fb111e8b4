"""Runs metrics on translations: those of crowds of images in each direction, those of single images one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_runner import rng
from gan_runner.data.base import DataFamily
from gan_runner.evaluation.baselines import as_it_is, denoising, itself, match_colours
from gan_runner.evaluation.comparisons import Scores, Worst
from gan_runner.evaluation.domains import Domain, Sources, check_pairs, measured_split, pairs, side
from gan_runner.evaluation.equal import Figure
from gan_runner.evaluation.few import Note
from gan_runner.evaluation.judge import Judge, NotFiniteError
from gan_runner.evaluation.reals import shuffled
from gan_runner.evaluation.report import Report
from gan_runner.features.base import MakeExtractor
from gan_runner.figures import build, is_control
from gan_runner.images.ranges import to_bytes, to_unit_range
from gan_runner.metrics.base import Column, Comparison, Measure
from gan_runner.types import OTHER_WAY, Direction

Translate = Callable[[Tensor], Tensor]
"""Images (N, C', H, W) in [-1, 1] to (N, C, H, W)."""
AT_ONCE = 2**19
"""Pixels translated at a time: training has the memory."""


@dataclass(frozen=True)
class Way:
    """One direction, ready to be judged: what is translated, and where."""

    sources: Sources
    positions: tuple[Tensor, ...]  # of the sources, batch by batch
    target: Domain

    @property
    def count(self) -> int:
        return sum(map(len, self.positions))


@dataclass(frozen=True)
class Ready:
    """What a judgement needs and the next one finds again: for one data set, number of images and device."""

    data: DataFamily
    num_samples: int
    device: torch.device
    ways: dict[Direction, Way]
    constants: dict[str, Figure]  # the baselines
    measures: bool  # whether there is enough for anything
    absent: frozenset[str]  # scalars that there is not enough for
    untrusted: frozenset[str]  # scalars that choose no state
    notes: list[Note]


class TranslationJudge:
    """Asks metrics about translations of the test split: of the training split where nothing is kept from training.

    Each source is translated once, `num_samples` of each direction or as many as there are. Metrics of crowds compare
    the translations with the images of the domain they should be of, and reals of it in their place (…/real);
    they are called <direction>_<scalar>/<extractor>/<images>: a2b_frechet/random_conv64/120. Comparisons look at each
    translation, rounded to bytes, beside what it should be: a2b_psnr/pixels/120; what stands in its place for control
    are the source as it is (…/identity) and the source with each channel's mean and deviation those of the other domain
    in the training split (…/colour); where noise is to be removed, also filters (…/median, …/soft_threshold).
    The run's random numbers stay where they are.
    """

    def __init__(
        self,
        metrics: Mapping[str, Measure | Comparison],
        features: MakeExtractor | None,
        directions: Sequence[Direction],
        seed: int = 0,
    ) -> None:
        self.directions, self.seed = tuple(directions), seed
        self.comparisons = {name: metric for name, metric in metrics.items() if isinstance(metric, Comparison)}
        crowds = {name: metric for name, metric in metrics.items() if isinstance(metric, Measure)}
        self.judges = {way: Judge(deepcopy(crowds), features, seed=seed) for way in self.directions}
        self._ready: Ready | None = None

    @property
    def asks(self) -> set[Column]:
        return {column for metric in self.comparisons.values() for column in metric.asks}

    @property
    def gives(self) -> list[str]:
        """The names of the scalars, known once the data is met."""
        crowds = [f"{way}_{scalar}" for way, judge in self.judges.items() for scalar in judge.gives]
        return crowds + [
            metric.named(scalar, way)
            for metric in self.comparisons.values()
            for way in self.directions
            for scalar in metric.gives
        ]

    shows = "translations"
    """What it looks at."""

    def foreseen(self) -> list[str]:
        """As a report will name them; `*` for what only the data tell."""
        return [build(scalar, "*", "*") for scalar in self.gives]

    def leave_out(self, data: DataFamily) -> dict[str, str]:
        """Drop metrics that cannot be had of this data or of one direction, and say why: name -> reason."""
        left = {name: why for judge in self.judges.values() for name, why in judge.leave_out(data).items()}
        if len(self.directions) == 1:
            for name in [name for name, metric in self.comparisons.items() if "returned" in metric.asks]:
                del self.comparisons[name]
                left[name] = "it needs a way back, and this run translates one way"
        return left

    def meet(self, data: DataFamily) -> None:
        """Refuse metrics that do not fit the data, before anything is read. Raises ValueError naming the key."""
        for way, judge in self.judges.items():
            judge.meet(Domain(data, way))
        if "target" in self.asks:
            check_pairs(data)
        if len(set(self.gives)) < len(self.gives):
            twice = next(name for name in self.gives if self.gives.count(name) > 1)
            raise ValueError(f"two metrics give {twice}: leave one of them out")

    @torch.no_grad()
    def prepare(self, data: DataFamily, num_samples: int = 2500, device: torch.device | str = "cpu") -> Ready:
        """Read and judge what needs no translation; what was prepared last is taken if it will do.

        Raises ValueError for metrics that do not fit the data, TooFewError where it has too few reals.
        """
        ready, device = self._ready, torch.device(device)
        if ready and ready.data is data and (ready.num_samples, ready.device) == (num_samples, device):
            return ready
        self.meet(data)
        ways: dict[Direction, Way] = {}
        constants: dict[str, Figure] = {}
        untrusted: set[str] = set()
        absent: set[str] = set()
        notes: list[Note] = []
        crowds = 0
        for direction in self.directions:
            ways[direction] = self._way(data, direction, num_samples)
            judge = self.judges[direction]
            if judge.metrics:
                bench = judge.prepare(ways[direction].target, ways[direction].count, device, asked=num_samples)
                crowds += len(bench.metrics)
                untrusted |= {f"{direction}_{scalar}" for scalar in bench.untrusted}
                absent |= {f"{direction}_{scalar}" for scalar in bench.absent}
                notes += [note._replace(fact=f"{direction}: {note.fact}") for note in bench.notes]
            constants |= self._baselines(data, direction, ways[direction], device)
        measures = bool(self.comparisons or crowds)
        self._ready = Ready(
            data, num_samples, device, ways, constants, measures, frozenset(absent), frozenset(untrusted), notes
        )
        return self._ready

    def _way(self, data: DataFamily, direction: Direction, num_samples: int) -> Way:
        known = "target" in self.asks
        deck = pairs(data) if known else data.deck(measured_split(data))
        sources, target = Sources(deck, direction, known), Domain(data, direction)
        order = shuffled(len(sources), self.seed)[:num_samples]
        _, height, width = target.shape
        return Way(sources, order.split(max(1, AT_ONCE // (height * width))), target)

    @torch.no_grad()
    def judge(
        self,
        translators: Mapping[Direction, Translate],
        data: DataFamily,
        num_samples: int = 2500,
        device: torch.device | str = "cpu",
    ) -> Report:
        """Translate, and ask every metric. Raises NotFiniteError for translations that are not finite."""
        ready = self.prepare(data, num_samples, device)
        figures: dict[str, Figure] = {}
        controls: dict[str, Figure] = {}
        worst = {direction: Worst() for direction in ready.ways}
        for direction, way in ready.ways.items():
            with rng.isolated(self.seed):
                found, translated = self._compare(translators, direction, way, worst[direction], ready.device)
            figures |= found
            judge = self.judges[direction]
            if judge.metrics:
                report = judge.judge(dealing(translated), way.target, way.count, device)
                named = {f"{direction}_{name}": figure for name, figure in report.figures.items()}
                figures |= {name: figure for name, figure in named.items() if not is_control(name)}
                controls |= {name: figure for name, figure in named.items() if is_control(name)}
        count = max(way.count for way in ready.ways.values())
        held_out = measured_split(data) == "test"
        seen = {direction: one.shown for direction, one in worst.items() if one.shown}
        return Report.of(figures | ready.constants | controls, count, count, held_out, ready.notes, worst=seen)

    def _compare(
        self,
        translators: Mapping[Direction, Translate],
        direction: Direction,
        way: Way,
        worst: Worst,
        device: torch.device,
    ) -> tuple[dict[str, Figure], Tensor]:
        """What comparisons find in one direction, and all its translations as bytes."""
        scores, kept = Scores(self.comparisons, direction), []
        for source, target in rows(way, device):
            translated = finite(translators[direction](source))
            shown: dict[Column, Tensor] = {"source": source, "translated": rounded(translated)}
            if target is not None:
                shown["target"] = target
            if "returned" in self.asks:
                back = translators[OTHER_WAY[direction]]
                shown["returned"] = finite(back(translated))
                if source.shape[1] == translated.shape[1]:
                    shown["kept"] = finite(back(source))
            scores.take(shown)
            worst.take(shown)
            kept.append(to_bytes(translated))
        return scores.figures(), torch.cat(kept)

    def _baselines(self, data: DataFamily, direction: Direction, way: Way, device: torch.device) -> dict[str, Figure]:
        """What comparisons with a target find where nothing was learned."""
        judged = {name: metric for name, metric in self.comparisons.items() if "target" in metric.asks}
        if not judged:
            return {}
        channels, training = way.target.shape[0], data.deck("train")
        given, wanted = ("source", "real") if direction == "a2b" else ("real", "source")
        colours = match_colours(side(training, given), side(training, wanted), channels, self.seed)
        if colours is None:
            return {}
        guesses: dict[str, Translate] = {"identity": itself, "colour": colours, **denoising(data)}
        scores = {name: Scores(judged, direction) for name in guesses}
        for source, target in rows(way, device):
            plain = as_it_is(source, channels)
            if plain is None or target is None:
                return {}
            for name, guess in guesses.items():
                scores[name].take({"source": source, "translated": rounded(guess(plain)), "target": target})
        return {
            build(figure, name): value for name, found in scores.items() for figure, value in found.figures().items()
        }


def rows(way: Way, device: torch.device) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Sources and targets, batch by batch, on the device."""
    for positions in way.positions:
        source, target = way.sources[positions]
        yield source.to(device), None if target is None else target.to(device)


def rounded(images: Tensor) -> Tensor:
    """As they are once they are written to a file."""
    return to_unit_range(to_bytes(images)).to(images.device)


def finite(images: Tensor) -> Tensor:
    if not images.isfinite().all():
        raise NotFiniteError("the translations are not finite: there is nothing to measure")
    return images


def dealing(translated: Tensor) -> Callable[[int], tuple[Tensor, None]]:
    """count -> the next so many of the translations, which are bytes, in [-1, 1]."""
    at = 0

    def deal(count: int) -> tuple[Tensor, None]:
        nonlocal at
        at += count
        return to_unit_range(translated[at - count : at]), None

    return deal

"""Which judge asks metrics about a system, and what it is shown of that system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.judge import Bench, Judge
from gan_runner.evaluation.report import Report
from gan_runner.evaluation.translations import Ready, TranslationJudge
from gan_runner.features.base import MakeExtractor
from gan_runner.metrics.base import Comparison, Measure
from gan_runner.systems.base import System, generate
from gan_runner.systems.capabilities import Samples, Translates
from gan_runner.types import Direction

AnyJudge = Judge | TranslationJudge


def directions_of(system: System) -> tuple[Direction, ...]:
    """Those that a system translates in; none of one that starts from latents, or brings back what it is given."""
    translating = Translates.of(system)
    return () if translating is None or system.origin.source_shape is None else translating.directions


def is_measured(system: System | None) -> bool:
    """Whether there is anything to measure: samples or translations."""
    return Samples.of(system) is not None or (system is not None and bool(directions_of(system)))


def judge_of(
    metrics: Mapping[str, Measure | Comparison],
    features: MakeExtractor | None,
    directions: Sequence[Direction],
    seed: int = 0,
) -> AnyJudge | None:
    """What asks these metrics about a system; directions: of one that translates. None where nothing is asked."""
    if directions:
        return TranslationJudge(metrics, features, directions, seed) if metrics else None
    measures = {name: metric for name, metric in metrics.items() if isinstance(metric, Measure)}
    return Judge(measures, features, seed=seed) if measures else None


def left_by(metrics: Mapping[str, Measure | Comparison], directions: Sequence[Direction]) -> dict[str, str]:
    """What `judge_of` asks nothing of, and why."""
    compared = [name for name, metric in metrics.items() if isinstance(metric, Comparison) and not directions]
    return dict.fromkeys(compared, "it compares translations, and this game starts from latents")


def prepared(judge: AnyJudge, data: Any, count: int, device: torch.device) -> Bench | Ready:
    """What a judge needs of the data. Raises TooFewError where that has too few reals for any metric."""
    ready = judge.prepare(data, count, device)
    if not ready.measures:
        raise TooFewError("; ".join(map(str, ready.notes)))
    return ready


def judged(judge: AnyJudge, system: System, data: Any, count: int) -> Report:
    """What a judge finds in the samples or translations of a system. Raises NotFiniteError, TooFewError."""
    prepared(judge, data, count, system.device)
    if isinstance(judge, TranslationJudge):
        return judge.judge(translating(system), data, count, system.device)
    return judge.judge(drawing_from(system, data), data, count, system.device)


def translating(system: System) -> dict[Direction, Callable[[Tensor], Tensor]]:
    """Of each direction, images (N, C', H, W) -> what the evaluation network makes of them."""
    able = Translates.of(system)
    assert able is not None
    return {direction: partial(generate, able.translator(direction)) for direction in able.directions}


def drawing_from(system: System, data: Any) -> Callable[[int], tuple[Tensor, Tensor | None]]:
    """count -> that many samples of the evaluation network, and their labels, which are as frequent as in the data."""
    able = Samples.of(system)
    assert able is not None
    network, _ = able.sampler()

    def draw(count: int) -> tuple[Tensor, Tensor | None]:
        label = None
        if able.origin.conditional:
            deck = data.deck("train")
            label = deck[torch.randint(len(deck), (count,))].label.to(able.device)
        return generate(network, able.latent.sample(count, able.device), label), label

    return draw

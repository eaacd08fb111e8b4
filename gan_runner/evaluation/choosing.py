"""Which judge asks metrics about a system, and what it is shown of that system."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any

import torch
from torch import Tensor

from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.answers import SCORES, SHOWN_OTHERS, Answering, answers_of, is_shown_others
from gan_runner.evaluation.jointly import Jointly, Ready
from gan_runner.evaluation.judge import Judge
from gan_runner.evaluation.probing import ProbeJudge
from gan_runner.evaluation.report import Report, joined
from gan_runner.evaluation.translations import TranslationJudge
from gan_runner.features.base import MakeExtractor
from gan_runner.metrics.base import Comparison, Measure, Probe
from gan_runner.systems.base import System, generate
from gan_runner.systems.capabilities import Samples, Scores, Translates
from gan_runner.types import Direction

AnyMetric = Measure | Comparison | Probe
Alone = Judge | TranslationJudge | ProbeJudge
AnyJudge = Alone | Jointly


def directions_of(system: System) -> tuple[Direction, ...]:
    """Those that a system translates in; none of one that starts from latents, or brings back what it is given."""
    translating = Translates.of(system)
    return () if translating is None or system.origin.source_shape is None else translating.directions


def is_labelled(system: System) -> bool:
    """Whether its samples have classes that something holds them to."""
    able = Samples.of(system)
    return able is not None and able.labelled


def is_measured(system: System | None) -> bool:
    """Whether there is anything to measure: samples, translations, or what it says of images."""
    if system is None:
        return False
    return any(able.of(system) is not None for able in (Samples, Scores)) or bool(directions_of(system))


def judge_of(
    metrics: Mapping[str, AnyMetric],
    features: MakeExtractor | None,
    directions: Sequence[Direction],
    seed: int = 0,
    system: System | None = None,
) -> AnyJudge | None:
    """What asks these metrics about a system; directions: of one that translates. None where nothing is asked.

    Without the system, probes are not asked, since it is what answers, and samples have no labels.
    """
    looking = {name: metric for name, metric in metrics.items() if not isinstance(metric, Probe)}
    measures = {name: metric for name, metric in looking.items() if isinstance(metric, Measure)}
    judges: list[Alone] = []
    if directions and looking:
        judges.append(TranslationJudge(looking, features, directions, seed))
    elif not directions and measures and (system is None or Samples.of(system)):
        labelled = system is not None and is_labelled(system)
        judges.append(Judge(measures, features, seed=seed, labelled=labelled))
    if answers := _answers(metrics, system):
        probes = {name: probe for name, probe in _probes(metrics).items() if name in answers}
        judges.append(ProbeJudge(probes, answers, seed))
    return Jointly(judges) if len(judges) > 1 else next(iter(judges), None)


def left_by(
    metrics: Mapping[str, AnyMetric], directions: Sequence[Direction], system: System | None = None
) -> dict[str, str]:
    """What `judge_of` asks nothing of, and why."""
    compared = [name for name, metric in metrics.items() if isinstance(metric, Comparison) and not directions]
    left = dict.fromkeys(compared, "it compares translations, and this game starts from latents")
    if system is not None and not directions and Samples.of(system) is None:
        measures = [name for name, metric in metrics.items() if isinstance(metric, Measure)]
        left |= dict.fromkeys(measures, "it looks at samples, and this system makes none")
    answers = _answers(metrics, system)
    for name, probe in _probes(metrics).items():
        if name not in answers:
            others = system is not None and SCORES in probe.asks and is_shown_others(system)
            hint = SHOWN_OTHERS if others else probe.hint
            left[name] = f"it asks a system for {' or '.join(probe.asks)}, and this one gives none: {hint}"
    return left


def _probes(metrics: Mapping[str, AnyMetric]) -> dict[str, Probe]:
    return {name: metric for name, metric in metrics.items() if isinstance(metric, Probe)}


def _answers(metrics: Mapping[str, AnyMetric], system: System | None) -> dict[str, dict[str, Answering]]:
    """What the system answers to each probe that it can answer."""
    found = {name: answers_of(system, probe.asks) for name, probe in _probes(metrics).items()}
    return {name: answers for name, answers in found.items() if answers}


def prepared(judge: AnyJudge, data: Any, count: int, device: torch.device) -> Ready:
    """What a judge needs of the data. Raises TooFewError where that has too few reals for any metric."""
    ready = judge.prepare(data, count, device)
    if not ready.measures:
        raise TooFewError("; ".join(map(str, ready.notes)))
    return ready


def judged(judge: AnyJudge, system: System, data: Any, count: int) -> Report:
    """What a judge finds in the samples, translations or answers of a system. Raises NotFiniteError, TooFewError."""
    ready = prepared(judge, data, count, system.device)
    if isinstance(judge, Jointly):
        return reduce(joined, (judged(one, system, data, count) for one in ready.able))  # type: ignore[attr-defined]
    if isinstance(judge, ProbeJudge):
        return judge.judge(data, count, system.device)
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

"""Figures at equal numbers: a metric whose figures depend on how many samples there are sees as many fakes as reals.

Of more fakes than reals, each subset of as many as there are reals is judged, and the mean over the subsets is the
figure. So a figure and its control, which is judged in the same way, compare, and their names tell at which number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import NamedTuple

import torch
from torch import Tensor

from gan_runner.metrics.base import Measure

SUBSETS = 100
"""The most that are judged: more of very small ones cost time and change little."""


class Figure(NamedTuple):
    """A scalar that a metric found. spread: of a mean over several subsets or repeats, the standard deviation over
    them; reason: of one that is not finite, why; beside: what must be known to
    read it, where no control stands there.
    """

    value: float
    spread: float | None = None
    reason: str | None = None
    beside: str | None = None


@dataclass(frozen=True)
class Shown:
    """What a metric is shown: reals and fakes in the form it asks for, the fakes' labels, training images to study;
    where it is `labelled`, the labels of reals and training images too.
    """

    real: Tensor
    fake: Tensor
    label: Tensor | None = None
    training: Tensor | None = None
    real_label: Tensor | None = None
    training_label: Tensor | None = None


def ask(metric: Measure, shown: Shown, count: int) -> dict[str, Figure]:
    """The metric's scalars by name, at `count` reals and as many fakes if their number matters to it.

    Afterwards `metric.assigned` is of the first so many of the fakes.
    """
    if metric.numbers != "equal":
        real = shown.real[:count] if metric.numbers == "its own" else shown.real
        part = slice(count) if metric.numbers == "training" else slice(None)
        return joined(_found(metric, shown, real, part), metric.reason, metric.beside)
    found: list[dict[str, float]] = []
    assigned: list[Tensor] = []
    beside: dict[str, str] = {}  # of the first subset that tells it
    real = shown.real[:count]  # one tensor for all subsets, by which a metric knows it again
    for part in subsets(len(shown.fake), count):
        found += _found(metric, shown, real, part)
        beside = {**metric.beside, **beside}
        if metric.assigned is not None:
            assigned.append(metric.assigned)
    metric.let_go()
    metric.assigned = torch.cat(assigned) if assigned else None
    return joined(found, metric.reason, beside)


def told(metric: Measure, fakes: int, count: int) -> int:
    """The number of samples that stands in the names of the metric's scalars."""
    return fakes if metric.numbers == "any" else count


def _found(metric: Measure, shown: Shown, real: Tensor, part: slice) -> list[dict[str, float]]:
    """The scalars; of a metric that repeats, one after the other."""
    metric.reset()
    metric.update(real, real=True, label=None if shown.real_label is None else shown.real_label[: len(real)])
    metric.update(shown.fake[part], real=False, label=None if shown.label is None else shown.label[part])
    if shown.training is not None:
        metric.study(shown.training, *([] if shown.training_label is None else [shown.training_label]))
    found = {name: value.flatten().tolist() for name, value in metric.compute().items()}
    metric.reset()  # lets go of the fakes
    return [dict(zip(found, repeat, strict=True)) for repeat in zip(*found.values(), strict=True)]


def subsets(whole: int, size: int) -> Iterator[slice]:
    """Disjoint runs of `size` of `whole` samples, which are in no order."""
    return (slice(at * size, (at + 1) * size) for at in range(min(whole // size, SUBSETS)))


def joined(
    found: Sequence[Mapping[str, float]], reason: Callable[[str], str | None], beside: Mapping[str, str]
) -> dict[str, Figure]:
    """Means over subsets or repeats; one that is not finite in any of them is not finite."""
    figures = {name: _joined([one[name] for one in found], reason(name)) for name in found[0]}
    return {name: figure._replace(beside=beside.get(name)) for name, figure in figures.items()}


def _joined(values: Sequence[float], reason: str | None) -> Figure:
    if len(values) == 1:
        mean, spread = values[0], None
    else:
        mean, spread = fmean(values), stdev(values) if all(map(math.isfinite, values)) else None
    return Figure(mean, spread, None if math.isfinite(mean) else reason or "the features are not finite")

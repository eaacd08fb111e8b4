"""Too few reals: which metrics are left out, whose figures choose no state, and what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from torch import Tensor

from gan_runner.data.base import DataFamily
from gan_runner.metrics.base import TRUSTED, Measure


class Note(NamedTuple):
    """What must be known of an evaluation; and in words the settings that change it, if there are any."""

    fact: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.fact}: {self.remedy}" if self.remedy else self.fact


@dataclass(frozen=True)
class Supply:
    """How many there are: fakes, of `asked` ones; reals that are held out to judge by, and reals to train on."""

    data: DataFamily
    asked: int
    fakes: int
    held_out: int
    training: int

    def of(self, metric: Measure) -> int:
        """How many samples a metric sees on either side. Fakes that are compared with nothing have held-out reals for
        control, others have training reals. One that learns from them sees all held-out ones there are.
        """
        if metric.numbers == "training":
            return min(self.fakes, self.training)
        return min(self.fakes, self.held_out, *([self.training] if metric.compares else []))

    def judging(self, metric: Measure) -> int:
        """How many reals its figures rest on, at most."""
        return min(self.of(metric), self.held_out)

    def more(self, needed: int) -> str:
        """What gives a metric so many."""
        settings = [f"set evaluation.num_samples={needed}"] if needed > self.asked else []
        unasked = self.fakes if self.fakes < self.asked else needed  # no more sources to translate
        if needed > min(self.held_out, self.training, unasked):
            settings.append(self._more_reals(needed))
        return " and ".join(settings)

    def _more_reals(self, needed: int) -> str:
        key, whole = self.data.holdout_key, self.held_out + self.training
        if key is None:
            counts = {"test": self.held_out, "training": self.training}
            short = [name for name, count in counts.items() if count < needed] or ["test"]
            return f"add samples to the {' and the '.join(short)} split"
        least, most = math.ceil(100 * needed / whole) / 100, math.floor(100 * (whole - needed) / whole) / 100
        if least > most or not self.data.has_test_split:
            return f"add data until {key} keeps {needed} samples from training ({whole} are all there are)"
        return f"set {key}={min(max(self.held_out / whole, least), most):.2g}"


def lacking(metrics: Mapping[str, Measure], supply: Supply) -> dict[str, Note]:
    """Of metrics that have too few to say anything: name -> why."""
    short: dict[tuple[int, int, str | None], list[str]] = {}
    for name, metric in metrics.items():
        if (count := supply.of(metric)) < metric.least:
            short.setdefault((metric.least, count, metric.lower(count)), []).append(name)
    found: dict[str, Note] = {}
    for (least, count, lower), names in short.items():
        are = "is" if len(names) == 1 else "are"
        fact = f"metrics.{', '.join(names)} {are} left out, with {count} reals and samples in the place of {least}"
        found |= dict.fromkeys(names, Note(fact, supply.more(least) + (f", or set {lower}" if lower else "")))
    return found


def of_one_class(metrics: Mapping[str, Measure], label: Tensor | None) -> dict[str, Note]:
    """Of metrics that teach classes, where the training reals, of labels (N,), have one alone: name -> why."""
    if label is None or len(label.unique()) > 1:
        return {}
    return {
        name: Note(
            f"metrics.{name} is left out: all {len(label)} training reals are of one class, and there is nothing to "
            "tell apart",
            "train on two classes or more",
        )
        for name, metric in metrics.items()
        if metric.labelled
    }


def untrusted(metrics: Mapping[str, Measure], supply: Supply, width: int) -> dict[str, Note]:
    """Of scalars that rest on too few reals to choose a state by: why. width: F of features (N, F)."""
    found: dict[str, Note] = {}
    short = {name: metric for name, metric in metrics.items() if supply.judging(metric) < metric.trusted(width)}
    if by_chance := {name: metric for name, metric in short.items() if supply.judging(metric) < TRUSTED}:
        count = min(map(supply.judging, by_chance.values()))
        why = f"what fewer than {TRUSTED} say is mostly chance"
        fact = f"{count} reals are few for metrics.{', '.join(by_chance)} ({why})"
        for metric in by_chance.values():
            found |= dict.fromkeys(metric.gives, Note(fact, supply.more(TRUSTED)))
    for name, metric in short.items():
        if name not in by_chance:
            count, needed = supply.judging(metric), metric.trusted(width)
            fact = f"{count} reals are few for metrics.{name} in {width} dimensions (below {needed} it is mostly bias)"
            unbiased = ", or set evaluation.best=kid" if "kid" in metrics else ""
            found |= dict.fromkeys(metric.gives, Note(fact, supply.more(needed) + unbiased))
    return found

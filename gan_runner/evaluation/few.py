"""Too few reals: which metrics are left out, whose figures choose no state, and what would help."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

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
        control, others have training reals.
        """
        return min(self.fakes, self.held_out, *([self.training] if metric.compares else []))

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
            return "add samples to the test split"
        least, most = math.ceil(100 * needed / whole) / 100, math.floor(100 * (whole - needed) / whole) / 100
        if least > most or not self.data.has_test_split:
            return f"add data, of which {key} keeps {needed} from training (there are {whole} samples in all)"
        return f"set {key}={min(max(self.held_out / whole, least), most):g}"


def lacking(metrics: Mapping[str, Measure], supply: Supply) -> dict[str, Note]:
    """Of metrics that have too few to say anything: name -> why."""
    found = {}
    for name, metric in metrics.items():
        if (count := supply.of(metric)) < metric.least:
            lower = metric.lower(count)
            fact = f"metrics.{name} is left out: it takes {metric.least} reals and as many samples, and has {count}"
            found[name] = Note(fact, supply.more(metric.least) + (f", or set {lower}" if lower else ""))
    return found


def untrusted(metrics: Mapping[str, Measure], supply: Supply, width: int) -> dict[str, Note]:
    """Of scalars that rest on too few reals to choose a state by: why. width: F of features (N, F)."""
    found: dict[str, Note] = {}
    short = [metric for metric in metrics.values() if supply.of(metric) < metric.trusted(width)]
    if by_chance := [scalar for metric in short if supply.of(metric) < TRUSTED for scalar in metric.gives]:
        count = min(map(supply.of, short))
        fact = f"{', '.join(by_chance)} rest on {count} reals, and what fewer than {TRUSTED} say is mostly chance"
        found |= dict.fromkeys(by_chance, Note(fact, supply.more(TRUSTED)))
    for metric in short:
        if (count := supply.of(metric)) >= TRUSTED:
            needed = metric.trusted(width)
            few = f"{count} reals in {width} dimensions"
            fact = f"{', '.join(metric.gives)} rests on {few}, and is mostly bias with fewer than {needed}"
            unbiased = ", or set evaluation.best=kid" if "kid" in metrics else ""
            found |= dict.fromkeys(metric.gives, Note(fact, supply.more(needed) + unbiased))
    return found

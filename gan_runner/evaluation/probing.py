"""Runs probes: what a system answers about the data, and what needs no system beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch

from gan_runner import rng
from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.answers import Answering
from gan_runner.evaluation.equal import Figure
from gan_runner.evaluation.few import Note
from gan_runner.evaluation.judge import NotFiniteError
from gan_runner.evaluation.report import Report
from gan_runner.figures import build
from gan_runner.metrics.base import Probe
from gan_runner.metrics.oddness import NotFiniteScoresError


@dataclass(frozen=True)
class Ready:
    """Probes that have read what they need, for one data set and device."""

    data: DataFamily
    device: torch.device
    metrics: dict[str, Probe]  # those that there is enough for
    untrusted: frozenset[str]  # figures that choose no state
    notes: list[Note] = field(default_factory=list)

    absent: frozenset[str] = frozenset()  # figures of the others

    @property
    def measures(self) -> bool:
        return bool(self.metrics)


class ProbeJudge:
    """Asks probes, with the answers of one system: of each, by what it asks. Random numbers stay where they are."""

    shows = "test images"
    """What it looks at."""

    def __init__(
        self, probes: Mapping[str, Probe], answers: Mapping[str, Mapping[str, Answering]], seed: int = 0
    ) -> None:
        self.probes, self.answers, self.seed = dict(probes), answers, seed
        self._ready: Ready | None = None

    @property
    def gives(self) -> list[str]:
        """The names of the figures without their number of samples, known once the data is met."""
        return [scalar for probe in self.probes.values() for scalar in probe.gives]

    def foreseen(self) -> list[str]:
        """As a report will name them; `*` for what only the data tell."""
        return [build(scalar, "*") for scalar in self.gives]

    def leave_out(self, data: DataFamily) -> dict[str, str]:
        """Nothing: what does not fit is refused."""
        return {}

    def meet(self, data: DataFamily) -> None:
        """Refuse what does not fit the data, before anything is read. Raises ValueError naming the key."""
        for name, probe in self.probes.items():
            probe.meet(data, {asked: answering.names for asked, answering in self.answers[name].items()})

    def prepare(self, data: DataFamily, num_samples: int = 2500, device: torch.device | str = "cpu") -> Ready:
        """Read once; what was read last is taken if it will do. Raises ValueError for what does not fit the data."""
        device = torch.device(device)
        if self._ready and self._ready.data is data and self._ready.device == device:
            return self._ready
        self.meet(data)
        ready = Ready(data, device, {}, frozenset())
        untrusted: set[str] = set()
        absent: set[str] = set()
        for name, probe in self.probes.items():
            try:
                with rng.isolated(self.seed):
                    probe.prepare(data, device)
            except TooFewError as error:
                ready.notes.append(Note(str(error)))
                absent |= {*probe.gives}
                continue
            ready.metrics[name] = probe
            told = [*([probe.remark] if probe.remark else []), *dict.fromkeys(probe.doubts.values())]
            ready.notes.extend(map(Note, told))
            untrusted |= {*probe.doubts}
        self._ready = Ready(data, device, ready.metrics, frozenset(untrusted), ready.notes, frozenset(absent))
        return self._ready

    def judge(self, data: DataFamily, num_samples: int = 2500, device: torch.device | str = "cpu") -> Report:
        """Ask every probe. Raises NotFiniteError, naming the score, where an answer is no number."""
        ready = self.prepare(data, num_samples, device)
        found: dict[str, Figure] = {}
        keeps: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        for name, probe in ready.metrics.items():
            answers = {asked: answering.answer for asked, answering in self.answers[name].items()}
            try:
                with rng.isolated(self.seed):
                    found |= {full: Figure(value) for full, value in probe.probe(answers, ready.device).items()}
            except NotFiniteScoresError as error:
                raise NotFiniteError(f"metrics.{name}: {error}") from error
            if probe.keeps:
                keeps[type(probe).__name__] = probe.keeps
        count = max((probe.looks_at for probe in ready.metrics.values()), default=0)
        return Report.of(found, count, count, data.has_test_split, ready.notes, keeps=keeps)

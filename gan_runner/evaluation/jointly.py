"""Several judges of one system, as one: of its samples or translations, and of what it answers itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from gan_runner.data.base import DataFamily
from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.few import Note


class Ready(Protocol):
    """What a judge has prepared."""

    @property
    def measures(self) -> bool: ...
    @property
    def absent(self) -> frozenset[str]: ...
    @property
    def untrusted(self) -> frozenset[str]: ...
    @property
    def notes(self) -> list[Note]: ...


class One(Protocol):
    """What judges have in common."""

    @property
    def shows(self) -> str: ...
    @property
    def gives(self) -> list[str]: ...
    def foreseen(self) -> list[str]: ...
    def leave_out(self, data: DataFamily) -> dict[str, str]: ...
    def meet(self, data: DataFamily) -> None: ...
    def prepare(self, data: DataFamily, num_samples: int = ..., device: torch.device | str = ...) -> Ready: ...


@dataclass(frozen=True)
class AllReady:
    """What each judge has prepared; `able`: those for which there is enough."""

    able: list[Any]
    metrics: dict[str, Any]
    absent: frozenset[str]
    untrusted: frozenset[str]
    notes: list[Note]

    @property
    def measures(self) -> bool:
        return bool(self.able)


class Jointly:
    """Judges in turn: what one has too few samples for, the others measure all the same."""

    def __init__(self, judges: Sequence[One]) -> None:
        self.judges = list(judges)

    @property
    def shows(self) -> str:
        return self.judges[0].shows

    @property
    def gives(self) -> list[str]:
        return [scalar for judge in self.judges for scalar in judge.gives]

    def foreseen(self) -> list[str]:
        return [name for judge in self.judges for name in judge.foreseen()]

    def leave_out(self, data: DataFamily) -> dict[str, str]:
        return {name: why for judge in self.judges for name, why in judge.leave_out(data).items()}

    def meet(self, data: DataFamily) -> None:
        for judge in self.judges:
            judge.meet(data)

    def prepare(self, data: DataFamily, num_samples: int = 2500, device: torch.device | str = "cpu") -> AllReady:
        able: list[One] = []
        metrics: dict[str, Any] = {}
        absent: frozenset[str] = frozenset()
        untrusted: frozenset[str] = frozenset()
        notes: list[Note] = []
        for judge in self.judges:
            try:
                ready = judge.prepare(data, num_samples, device)
            except TooFewError as error:
                notes.append(Note(str(error)))
                absent |= {*judge.gives}
                continue
            if ready.measures:
                able.append(judge)
            metrics |= getattr(ready, "metrics", {})
            absent |= ready.absent
            untrusted |= ready.untrusted
            notes += ready.notes
        return AllReady(able, metrics, absent, untrusted, notes)

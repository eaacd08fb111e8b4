"""Several judges as one."""

from types import SimpleNamespace
from typing import Any

import torch

from gan_runner.data.decks import TooFewError
from gan_runner.evaluation.few import Note
from gan_runner.evaluation.jointly import Jointly


class Fake:
    """A judge that gives one scalar."""

    def __init__(self, name: str, lacking: bool = False, measures: bool = True) -> None:
        self.name, self.lacking, self.measures, self.met = name, lacking, measures, 0

    @property
    def shows(self) -> str:
        return f"{self.name}s"

    @property
    def gives(self) -> list[str]:
        return [self.name]

    def foreseen(self) -> list[str]:
        return [f"{self.name}/*/*"]

    def leave_out(self, data: Any) -> dict[str, str]:
        return {self.name: "why"}

    def meet(self, data: Any) -> None:
        self.met += 1

    def prepare(self, data: Any, num_samples: int = 1, device: Any = "cpu") -> Any:
        if self.lacking:
            raise TooFewError(f"no {self.name}")
        return SimpleNamespace(
            measures=self.measures,
            absent=frozenset(),
            untrusted=frozenset({self.name}),
            notes=[Note(self.name)],
            metrics={self.name: 1},
        )


def test_all_are_asked_what_each_would_be() -> None:
    judges = [Fake("a"), Fake("b")]
    both = Jointly(judges)
    assert (both.shows, both.gives, both.foreseen()) == ("as", ["a", "b"], ["a/*/*", "b/*/*"])
    assert both.leave_out(None) == {"a": "why", "b": "why"}
    both.meet(None)
    assert [judge.met for judge in judges] == [1, 1]


def test_what_one_has_too_few_for_the_others_measure() -> None:
    judges = [Fake("a", lacking=True), Fake("b"), Fake("c", measures=False)]
    ready = Jointly(judges).prepare(None, 3, torch.device("cpu"))
    assert ready.able == [judges[1]]
    assert ready.measures
    assert ready.absent == {"a"}
    assert ready.metrics.keys() == ready.untrusted == {"b", "c"}
    assert [note.fact for note in ready.notes] == ["no a", "b", "c"]
    assert not Jointly([Fake("a", lacking=True)]).prepare(None).measures

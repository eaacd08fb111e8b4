"""Probes are asked with the answers of one system."""

from typing import Any, ClassVar

import pytest
import torch

from gan_runner.data.decks import TooFewError
from gan_runner.data.digits import Digits
from gan_runner.evaluation.answers import Answering
from gan_runner.evaluation.judge import NotFiniteError
from gan_runner.evaluation.probing import ProbeJudge
from gan_runner.metrics.anomaly import Anomaly
from gan_runner.metrics.base import Probe


class Counted(Probe):
    """Counts how often it is prepared."""

    asks: ClassVar[Any] = {"scores": {}}
    remark, looks_at = "a remark", 4

    def __init__(self) -> None:
        self.read = 0

    def meet(self, data: Any, answers: Any) -> None:
        self.gives = tuple(f"mean/{name}" for names in answers.values() for name in names)

    def prepare(self, data: Any, device: Any) -> None:
        self.read += 1

    def probe(self, answers: Any, device: Any) -> dict[str, float]:
        return {"mean/x/4": float(torch.rand(1))}


def judge_of(probe: Probe, answer: Any = None) -> ProbeJudge:
    return ProbeJudge({"mine": probe}, {"mine": {"scores": Answering(("x",), answer)}})


def test_what_needs_no_system_is_found_once_for_a_data_set() -> None:
    data, probe = Digits(image_size=8), Counted()
    judge = judge_of(probe)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first, second = judge.judge(data), judge.judge(data)
    assert torch.equal(torch.get_rng_state(), before)
    assert first.scalars == second.scalars  # its random numbers begin anew
    assert probe.read == 1
    judge.judge(Digits(image_size=8))
    assert probe.read == 2
    assert (first.fakes, first.reals, first.held_out) == (4, 4, True)
    assert [note.fact for note in first.notes] == ["a remark"]


def test_names_are_known_once_the_data_is_met() -> None:
    judge = judge_of(Counted())
    judge.meet(Digits(image_size=8))
    assert judge.gives == ["mean/x"]
    assert judge.foreseen() == ["mean/x/*"]
    assert judge.leave_out(Digits()) == {}


def test_what_is_doubted_chooses_nothing_and_its_reason_is_told_once() -> None:
    probe = Counted()
    probe.doubts = {"mean/x": "few", "mean/y": "few"}
    ready = judge_of(probe).prepare(Digits(image_size=8))
    assert ready.untrusted == {"mean/x", "mean/y"}
    assert [note.fact for note in ready.notes] == ["a remark", "few"]


def test_the_report_tells_the_most_images_that_any_probe_looks_at() -> None:
    less, more = Counted(), Counted()
    less.looks_at, more.looks_at = 3, 9
    answering = {"scores": Answering(("x",), dict)}
    judge = ProbeJudge({"less": less, "more": more}, {"less": answering, "more": answering})
    assert judge.judge(Digits(image_size=8)).fakes == 9


def test_a_probe_with_too_little_is_noted_and_left_out() -> None:
    class Lacking(Counted):
        def prepare(self, data: Any, device: Any) -> None:
            raise TooFewError("there is none")

    ready = judge_of(Lacking()).prepare(Digits(image_size=8))
    assert not ready.measures
    assert [note.fact for note in ready.notes] == ["there is none"]


def test_an_answer_that_is_no_number_is_told_by_name() -> None:
    judge = judge_of(Anomaly(), lambda batch: {"x": batch.real.flatten(1).mean(1) * torch.nan})
    with pytest.raises(NotFiniteError, match=r"metrics\.mine: the score x is not finite for 180 of 180 images"):
        judge.judge(Digits(image_size=8, only=[3]))


def test_what_a_run_keeps_is_in_the_report() -> None:
    judge = judge_of(Anomaly(), lambda batch: {"x": batch.real.flatten(1).mean(1)})
    assert judge.judge(Digits(image_size=8, only=[3])).keeps["Anomaly"]["x"].keys() == {"held_out", "training"}

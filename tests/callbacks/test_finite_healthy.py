"""A run in which nothing is wrong does not notice: not a bit, not a wait."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback
from torch import Tensor

from fixtures.planted import AT, TINY, Snapshots, finite_of, fit, plant_term
from gan_runner.assemble import assemble


@pytest.mark.parametrize("model", ["vanilla", "dcgan"])
def test_a_healthy_run_is_untouched_to_the_bit(composed: Any, tmp_path: Path, model: str) -> None:
    ends = []
    for mode in ("null", "stop", "skip", "rollback"):
        chosen = "callbacks.finite=null" if mode == "null" else f"callbacks.finite.on_bad={mode}"
        settings = (f"model={model}", *(TINY if model == "vanilla" else TINY[3:]), chosen, "trainer.max_steps=12")
        experiment = assemble(composed(*settings, "tricks=[ema,spectral_norm]", folder=tmp_path / mode))
        watch = Snapshots()
        experiment.trainer.callbacks.append(watch)
        fit(experiment)
        ends.append(watch.states[-1])
    for other in ends[1:]:
        assert other.keys() == ends[0].keys()
        assert all(torch.equal(other[key], ends[0][key]) for key in other)
    assert finite_of(experiment).notes == []


READS = ("item", "tolist", "__bool__", "__float__", "__int__", "__index__", "numpy", "cpu")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every read of a tensor by the host."""
    seen: list[str] = []
    for name in READS:
        original = getattr(Tensor, name)

        def counted(self: Tensor, *args: Any, _name: str = name, _original: Any = original, **kwargs: Any) -> Any:
            seen.append(_name)
            return _original(self, *args, **kwargs)

        monkeypatch.setattr(Tensor, name, counted)
    return seen


@pytest.mark.parametrize("mode", ["stop", "skip", "rollback"])
def test_the_host_reads_only_when_it_looks(composed: Any, reads: list[str], mode: str) -> None:
    """Also with a bad update between two looks."""
    settings = ("callbacks.checkpoint=null", "callbacks.equilibrium=null", "callbacks.summary=null")
    experiment = assemble(composed(*TINY, *settings, f"callbacks.finite.on_bad={mode}"))
    plant_term(experiment, "discriminator", math.nan, lambda call: mode == "skip" and call == AT + 6)

    class Count(Callback):
        """How many reads there had been when a batch was over."""

        def __init__(self) -> None:
            self.counts: list[int] = []

        def on_train_batch_end(self, *_: Any) -> None:
            self.counts.append(len(reads))

    count = Count()
    experiment.trainer.callbacks.append(count)
    fit(experiment)
    spent = [after - before for before, after in zip(count.counts, count.counts[1:], strict=False)]  # of batches 2 …
    assert {batch for batch, reads_of_it in enumerate(spent, start=2) if reads_of_it} == {10, 20}
    assert spent[8] == 1  # all is well: one

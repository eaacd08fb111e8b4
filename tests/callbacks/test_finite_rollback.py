"""Back to the last checkpoint, on with lower rates."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from pytorch_lightning import Callback

from fixtures.planted import AT, TINY, Snapshots, assert_finite, finite_of, fit, once, plant_term, plant_weight
from gan_runner.assemble import assemble
from gan_runner.callbacks.finite import NotFiniteError
from gan_runner.runs.checkpoints import last_of, load

ROLLBACK = "callbacks.finite.on_bad=rollback"


class Rates(Callback):
    def __init__(self) -> None:
        self.seen: list[float] = []

    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        self.seen.append(trainer.optimizers[0].param_groups[0]["lr"])


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_rollback_goes_back_lowers_the_rates_and_goes_on(composed: Any, tmp_path: Path, schedule: str) -> None:
    rates = []
    for overrides in ((), (ROLLBACK,)):
        experiment = assemble(composed(*TINY, f"schedule={schedule}", *overrides))
        if overrides:
            plant_term(experiment, "discriminator", math.nan, once)
        watch = Rates()
        experiment.trainer.callbacks.append(watch)
        fit(experiment)
        rates.append(watch.seen)
    healthy, rolled = rates
    assert rolled[:10] == healthy[:10]
    assert rolled[10:] == pytest.approx([rate / 2 for rate in healthy[10:]])  # the schedules keep their place
    assert experiment.trainer.global_step == 20
    assert experiment.system.images_seen == 20 * 4
    (note,) = finite_of(experiment).notes
    assert note.startswith(f"not finite in batch {AT}: discriminator/planted = nan")
    assert note.endswith("went back to the state after batch 5, learning rates × 0.5 (rollback 1 of 3)")
    saved = load(last_of(tmp_path))
    assert saved["global_step"] == 20
    assert_finite([saved["state_dict"], saved["optimizer_states"]])


def test_the_state_after_a_rollback_is_that_of_the_checkpoint(composed: Any, tmp_path: Path) -> None:
    """A save at every look, so that the one after the rollback holds what the one before it did."""
    experiment = assemble(composed(*TINY, "tricks=[ema]", ROLLBACK, "trainer.max_steps=10"))
    plant_weight(experiment, "generator", math.nan, AT)
    watch = Snapshots()
    experiment.trainer.callbacks.append(watch)
    fit(experiment)
    before, after = watch.states[4], watch.states[9]
    assert all(torch.equal(before[key], after[key]) for key in before if key != "images_seen")


def test_lower_rates_and_the_count_survive_a_resume(composed: Any, tmp_path: Path) -> None:
    settings = (*TINY, ROLLBACK, "schedule=linear", "callbacks.finite.lr_factor=0.25")
    healthy = Rates()
    experiment = assemble(composed(*TINY, "schedule=linear", "trainer.max_steps=40", folder=tmp_path / "healthy"))
    experiment.trainer.callbacks.append(healthy)
    fit(experiment)
    experiment = assemble(composed(*settings, "trainer.max_steps=40", folder=tmp_path / "first"))
    plant_term(experiment, "generator", math.nan, once)
    experiment.trainer.fit_loop.epoch_loop.max_steps = 20
    fit(experiment)
    resumed, watch = assemble(composed(*settings, "trainer.max_steps=40", folder=tmp_path / "first")), Rates()
    resumed.trainer.callbacks.append(watch)
    fit(resumed, last_of(tmp_path / "first"))
    assert watch.seen == pytest.approx([rate / 4 for rate in healthy.seen[20:]])
    assert finite_of(resumed).rollbacks == 1
    assert len(finite_of(resumed).notes) == 1


def test_after_the_most_rollbacks_it_stops(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, ROLLBACK, "callbacks.finite.most_rollbacks=2", "trainer.max_steps=100"))
    plant_term(experiment, "discriminator", math.nan, lambda call: call >= AT)
    with pytest.raises(NotFiniteError, match=r"stopped after 2 rollback\(s\)"):
        fit(experiment)
    assert experiment.trainer.global_step == 30
    assert len(finite_of(experiment).notes) == 3
    assert load(last_of(tmp_path))["global_step"] == 20  # the good state of batch 5, to which it went back
    assert_finite(load(last_of(tmp_path))["state_dict"])


@pytest.mark.parametrize("without", ["callbacks.checkpoint=null", "callbacks.checkpoint.every=50"])
def test_without_a_checkpoint_there_is_nothing_to_go_back_to(composed: Any, tmp_path: Path, without: str) -> None:
    experiment = assemble(composed(*TINY, ROLLBACK, without))
    plant_term(experiment, "discriminator", math.nan, once)
    with pytest.raises(NotFiniteError, match="no checkpoint to go back to"):
        fit(experiment)
    assert not (tmp_path / "checkpoints" / "last.ckpt").exists()

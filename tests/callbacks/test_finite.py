"""Planted numbers that are not finite: noticed in time, named, never saved; the run stops."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from fixtures.planted import (
    AT,
    TINY,
    Planted,
    fit,
    once,
    plant_gradient,
    plant_term,
    plant_weight,
    stopped,
)
from gan_runner.assemble import assemble
from gan_runner.monitoring import finite
from gan_runner.runs.checkpoints import last_of, load

VALUES = [math.nan, math.inf, -math.inf]
PLANTED = [("discriminator", math.nan), ("generator", math.inf), ("generator", -math.inf)]


@pytest.mark.parametrize(("player", "value"), PLANTED)
def test_a_bad_term_is_named(composed: Any, tmp_path: Path, player: str, value: float) -> None:
    experiment = assemble(composed(*TINY))
    plant_term(experiment, player, value, once)
    text = stopped(experiment, tmp_path)
    assert f"not finite in batch {AT}: {player}/planted = " in text
    assert "adversarial" not in text
    assert "weights" not in text
    assert "looked after batches 0 and 10" in text


@pytest.mark.parametrize(("player", "value"), PLANTED)
def test_a_bad_gradient_is_named_by_its_layer(composed: Any, tmp_path: Path, player: str, value: float) -> None:
    experiment = assemble(composed(*TINY))
    name = plant_gradient(experiment, player, value, once)
    assert f"not finite in batch {AT}: gradients of {name} (looked" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("kept", ["clipped", "large"])
def test_a_gradient_whose_norm_alone_is_kept_is_named_too(
    composed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    monkeypatch.setattr(finite, "KEPT_BYTES", 2**40 if kept == "clipped" else 0)
    clip = ["system.gradient_clip.discriminator=1"] if kept == "clipped" else []
    experiment = assemble(composed(*TINY, *clip))
    name = plant_gradient(experiment, "discriminator", math.inf, once)
    assert f"not finite in batch {AT}: gradients of {name} (looked" in stopped(experiment, tmp_path)


@pytest.mark.parametrize(("player", "index"), [("discriminator", 0), ("discriminator", 2), ("generator", 1)])
def test_a_bad_weight_is_named_by_its_layer(composed: Any, tmp_path: Path, player: str, index: int) -> None:
    experiment = assemble(composed(*TINY))
    name = plant_weight(experiment, player, math.nan, AT, index)
    assert f"not finite in batch {AT}: weights of {name}; discriminator/gan/adversarial = nan" in stopped(
        experiment, tmp_path
    )


def test_the_weight_of_a_player_that_has_not_moved_since(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "system.discriminator_steps=4"))
    name = plant_weight(experiment, "generator", math.nan, 9)
    assert f"not finite in batch 9: weights of {name};" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("value", VALUES)
def test_what_no_update_has_met_is_seen_in_the_state(composed: Any, tmp_path: Path, value: float) -> None:
    """A running average is read by nobody in training."""
    experiment = assemble(composed(*TINY, "tricks=[ema]"))
    weight = next(p for p in experiment.system.game.tricks["ema"].average.parameters() if p.ndim == 2)
    experiment.trainer.callbacks.insert(0, Planted(weight, value, AT))
    text = stopped(experiment, tmp_path)
    assert "not finite after the last update: games.gan.tricks.ema.average." in text


def test_bad_moments_are_seen(composed: Any, tmp_path: Path) -> None:
    """A gradient of 1e25: its square overflows, while the weight stands still and stays finite."""
    experiment = assemble(composed(*TINY))
    name = plant_gradient(experiment, "discriminator", 1e25, once)
    assert f"not finite after the last update: exp_avg_sq of {name} (" in stopped(experiment, tmp_path)


@pytest.mark.parametrize("ends", ["trainer.max_steps=8", "trainer.max_epochs=1"])
def test_the_end_of_a_run_is_a_look(composed: Any, tmp_path: Path, ends: str) -> None:
    experiment = assemble(composed(*TINY, "data.num_samples=32", ends))  # eight batches an epoch
    plant_term(experiment, "generator", math.nan, once)
    stopped(experiment, tmp_path, clock=8)


def test_slices_of_a_batch_are_all_seen(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "system.accumulate=2"))
    plant_term(experiment, "generator", math.nan, lambda call: call == 2 * AT - 1)  # the first half of batch AT
    assert f"not finite in batch {AT}: generator/planted" in stopped(experiment, tmp_path)


def test_without_the_callback_a_bad_state_is_still_not_saved(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, "callbacks.finite=null"))
    plant_gradient(experiment, "generator", math.nan, once)
    fit(experiment)
    assert load(last_of(tmp_path))["global_step"] == 5


def test_the_command_fails_with_one_sentence(run_command: Any, tmp_path: Path) -> None:
    """A rate that no game survives."""
    small = [setting for setting in TINY if "num_samples" not in setting]
    steep = ["optimizer=sgd", "optimizer.lr=1e30", "loss=wasserstein"]
    rest = ["data=ring", "data.batch_size=4", "trainer.accelerator=cpu", "callbacks.progress=null"]
    ended = run_command("gan-train", *small, *steep, *rest, f"hydra.run.dir={tmp_path}")
    assert ended.code == 1
    (told,) = ended.err.splitlines()
    assert told.startswith("gan-train: not finite in batch ")
    record = json.loads((tmp_path / "run.json").read_text())
    assert record["status"] == "failed"
    assert record["why"].startswith("NotFiniteError: not finite in batch ")
    assert record["notes"][0].startswith("not finite in batch ")

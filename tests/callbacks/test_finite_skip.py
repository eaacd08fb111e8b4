"""Updates whose gradients are not finite, left out without a trace."""

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from fixtures.planted import AT, TINY, Snapshots, assert_finite, finite_of, fit, plant_gradient, plant_weight, stopped
from gan_runner.assemble import assemble
from gan_runner.runs.checkpoints import last_of, load

SKIP = "callbacks.finite.on_bad=skip"


def batch(experiment: Any) -> int:
    return int(experiment.trainer.global_step) + 1


@pytest.mark.parametrize(
    ("model", "optimizer"), [("vanilla", "adam"), ("vanilla", "rmsprop"), ("vanilla", "sgd"), ("dcgan", "adam")]
)
def test_a_skipped_update_leaves_no_trace(composed: Any, tmp_path: Path, model: str, optimizer: str) -> None:
    tiny = TINY if model == "vanilla" else TINY[3:]
    experiment = assemble(composed(f"model={model}", f"optimizer={optimizer}", *tiny, SKIP, "trainer.max_steps=10"))
    watch = Snapshots()
    experiment.trainer.callbacks.append(watch)
    weight = next(experiment.system.game.discriminator.parameters())
    calls = [0]

    def spoil(gradient: Tensor) -> Tensor:
        calls[0] += 1
        return gradient * math.nan if calls[0] == AT else gradient

    weight.register_hook(spoil)
    fit(experiment)
    before, after = watch.states[AT - 2], watch.states[AT - 1]
    # The generator's update still sends its batches through the discriminator, whose running statistics move.
    own = [key for key in before if "generator" not in key and not key.startswith("1/") and "running" not in key]
    own = [key for key in own if "images_seen" not in key and "num_batches" not in key]
    assert own
    assert all(torch.equal(before[key], after[key]) for key in own)
    assert any(not torch.equal(after[key], watch.states[AT][key]) for key in own)
    (note,) = finite_of(experiment).notes
    assert f"not finite in batch {AT}: gradients of games.gan.discriminator." in note
    assert note.endswith("; 1 update(s) skipped, 1 in all")
    saved = load(last_of(tmp_path))
    assert saved["global_step"] == 10
    assert_finite([saved["state_dict"], saved["optimizer_states"]])


def test_bad_data_does_not_stay_in_running_statistics(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed("model=dcgan", *TINY[3:], SKIP))
    deal = experiment.system.hands

    def spoiled(part: Any) -> Any:
        wrong = batch(experiment) == AT
        return {name: hand._replace(real=hand.real * math.nan) if wrong else hand for name, hand in deal(part).items()}

    experiment.system.hands = spoiled
    fit(experiment)
    assert finite_of(experiment).skipped == 1
    assert_finite(dict(experiment.system.named_buffers()))


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_the_very_first_update_can_be_skipped(composed: Any, optimizer: str) -> None:
    experiment = assemble(composed(*TINY, f"optimizer={optimizer}", SKIP))
    plant_gradient(experiment, "discriminator", math.nan, lambda call: call == 1)
    fit(experiment)
    assert finite_of(experiment).skipped == 1
    assert_finite(experiment.trainer.optimizers[0].state_dict())


def test_skipping_cannot_mend_a_bad_weight(composed: Any, tmp_path: Path) -> None:
    experiment = assemble(composed(*TINY, SKIP))
    name = plant_weight(experiment, "discriminator", math.nan, AT)
    text = stopped(experiment, tmp_path)
    assert f"weights of {name};" in text
    assert "skipping cannot mend that" in text

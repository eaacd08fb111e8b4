"""What a command line needs to go on from a run."""

import pytest
from omegaconf import OmegaConf

from gan_runner.runs.going_on import allowed, twice, vouched_for_folder, vouched_for_weights


@pytest.mark.parametrize(
    ("trainer", "expected"),
    [
        ({"max_steps": 200, "max_epochs": None}, ["trainer.max_steps=400"]),
        ({"max_steps": -1, "max_epochs": 3}, ["trainer.max_epochs=6"]),
        ({"max_steps": -1}, []),
        (None, []),
    ],
)
def test_a_run_is_played_as_long_again_where_it_had_an_end(trainer: dict | None, expected: list[str]) -> None:
    assert twice({"trainer": trainer}) == expected


def test_a_part_that_is_as_long_as_the_run_has_to_be_allowed_to_change() -> None:
    """Other parts may refer to what only Hydra resolves."""
    place = {"paths": {"run": "${hydra:runtime.output_dir}"}, "trainer": {"max_steps": 200}}
    fixed = OmegaConf.create({**place, "schedule": {"generator": {"steps": 200}}})
    follows = OmegaConf.create({**place, "schedule": {"generator": {"steps": "${trainer.max_steps}"}}})
    assert allowed(fixed, ["trainer.max_steps=400"]) == []
    assert allowed(follows, ["trainer.max_steps=400"]) == ["allow_changes=true"]
    assert allowed(follows, []) == []


def test_classes_of_ones_own_are_vouched_for() -> None:
    ours, own = {"_target_": "gan_runner.losses.hinge.Hinge"}, {"_target_": "my.loss.Loss"}
    lightning = {"_target_": "pytorch_lightning.callbacks.Timer"}
    assert vouched_for_weights({"loss": ours}) == vouched_for_folder({"loss": ours}) == []
    assert vouched_for_weights({"loss": own}) == vouched_for_folder({"loss": own}) == ["trust=true"]
    assert vouched_for_folder({"callbacks": {"timer": lightning}}) == []

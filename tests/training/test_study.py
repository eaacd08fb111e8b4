"""The study of a search: what is refused, and that searches which share one draw different points."""

from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.training.study import made, opened, trial_of

pytest.importorskip("optuna", minversion="5")
KEYS = {
    "direction": "min", "prune": False, "storage": None, "study_name": None,
    "sampler": {"name": "RandomSampler", "seed": 3}, "pruner": {"name": "MedianPruner"},
}  # fmt: skip


def drawn(study: Any, count: int) -> list[float]:
    """The points of the next trials, as a search draws them."""
    points = []
    for _ in range(count):
        trial = study.ask()
        study.sampler = made("sampler", KEYS["sampler"], of=trial.number)  # type: ignore[arg-type]
        points.append(trial.suggest_float("x", 0, 1))
    return points


def test_searches_that_share_a_storage_draw_other_points_and_together_those_of_one(tmp_path: Path) -> None:
    shared = {"storage": f"sqlite:///{tmp_path}/study.db", "study_name": "both"}
    one, two = (opened({**KEYS, **shared}, "loss", "min", tmp_path / name) for name in "ab")
    first, second = drawn(one, 2), drawn(two, 3)
    assert len({*first, *second}) == 5
    assert drawn(opened(dict(KEYS), "loss", "min", tmp_path), 5) == [*first, *second]
    other = opened({**KEYS, "sampler": {"name": "RandomSampler", "seed": 4}}, "loss", "min", tmp_path)
    other.sampler = made("sampler", {"name": "RandomSampler", "seed": 4})
    assert other.ask().suggest_float("x", 0, 1) not in first


def test_a_study_is_called_by_its_folder_and_found_by_its_jobs(tmp_path: Path) -> None:
    keys: dict[str, Any] = {**KEYS, "storage": f"sqlite:///{tmp_path}/7/study.db"}
    study = opened(keys, "loss", "min", tmp_path / "7")
    assert study.study_name == keys["study_name"] == "7"
    trials = [study.ask() for _ in range(2)]
    trials[0].suggest_float("x", 0, 1)
    found = trial_of(keys["storage"], "7", 0, made("pruner", {"name": "ThresholdPruner", "upper": 2.0}))
    assert found.params == trials[0].params
    found.report(1.0, 10)
    assert not found.should_prune()
    found.report(3.0, 20)
    assert found.should_prune()
    assert study.trials[0].intermediate_values == {10: 1.0, 20: 3.0}


@pytest.mark.parametrize(
    ("changed", "mode", "said"),
    [
        ({"direction": "up"}, "min", "hydra.sweeper.direction=up is none of min, max, minimize, maximize"),
        ({"direction": "minimize"}, "max", "objective_mode=max and hydra.sweeper.direction=minimize contradict"),
        ({"prune": True}, "min", "hydra.sweeper.prune=true needs a storage"),
        ({"storage": "nowhere://x"}, "min", "hydra.sweeper.storage=nowhere://x cannot be used: "),
        ({"sampler": {"name": "TPESample"}}, "min", r"hydra.sweeper.sampler.name=TPESample .* mean TPESampler\?\)"),
        ({"sampler": {"name": "TPESampler", "colour": 1}}, "min", "hydra.sweeper.sampler: .*'colour'"),
        (
            {"pruner": {"name": "Q"}},
            "min",
            "hydra.sweeper.pruner.name=Q is no class .*; known: .*MedianPruner",
        ),
    ],
)
def test_what_is_refused(
    changed: dict[str, Any], mode: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda _: None)
    with pytest.raises(ConfigError, match=said):
        opened({**KEYS, **changed}, "loss", mode, tmp_path)


def test_a_study_has_one_objective(tmp_path: Path) -> None:
    shared = {"storage": f"sqlite:///{tmp_path}/study.db", "study_name": "both"}
    opened({**KEYS, **shared}, "loss", "min", tmp_path)
    for objective, direction in (("modes", "min"), ("loss", "max")):
        with pytest.raises(ConfigError, match=r"hydra\.sweeper\.study_name=both is there a search to minimize loss"):
            opened({**KEYS, **shared, "direction": direction}, objective, direction, tmp_path)
    assert opened({**KEYS, **shared, "direction": "minimize"}, "loss", "min", tmp_path).study_name == "both"

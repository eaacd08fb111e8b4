"""Which run is continued, and when it is refused."""

import json
import os
import platform
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from gan_runner.config.errors import ConfigError
from gan_runner.runs.resuming import changes, newest_finished, newest_unfinished, refuse_changes

CONFIG = {
    "seed": 1,
    "trainer": {"max_steps": 10, "precision": "auto", "log_every_n_steps": 5},
    "loss": {"_target_": "gan_runner.losses.hinge.Hinge"},
    "optimizer": {"generator": {"lr": 1e-3}},
    "schedule": {"generator": {"_target_": "torch.optim.lr_scheduler.LinearLR", "total_iters": 10}},
    "data": {"root": "here", "batch_size": 4},
    "paths": {"run": "a"},
}


def changed(**sections: Any) -> dict[str, Any]:
    return {**CONFIG, **{name: {**CONFIG.get(name, {}), **part} for name, part in sections.items()}}


def test_what_does_not_decide_the_outcome_may_change():
    other = changed(trainer={"max_steps": 99, "log_every_n_steps": 1}, data={"root": "there"}, paths={"run": "b"})
    assert changes(CONFIG, other) == {}
    refuse_changes(CONFIG, other, Path("run"))


@pytest.mark.parametrize(
    ("section", "part", "said"),
    [
        ("data", {"batch_size": 8}, "data.batch_size was 4, is 8"),
        ("loss", {"_target_": "gan_runner.losses.minimax.Minimax"}, "loss was hinge.Hinge, is minimax.Minimax"),
        ("trainer", {"precision": "32-true"}, "trainer.precision was auto, is 32-true"),
        (
            "tricks",
            {"ema": {"_target_": "gan_runner.tricks.ema.EMA"}},
            "tricks was none, is ema, tricks.ema was absent",
        ),
    ],
)
def test_what_decides_it_is_refused_by_name(section, part, said):
    with pytest.raises(ConfigError, match="allow_changes=true") as caught:
        refuse_changes(CONFIG, changed(**{section: part}), Path("run"))
    assert said in str(caught.value)


def make_run(runs: Path, name: str, status: str, config: dict = CONFIG, saved: bool = True, **facts: Any) -> Path:
    folder = runs / "dcgan-digits" / name
    (folder / "checkpoints").mkdir(parents=True)
    OmegaConf.save(OmegaConf.create(config), folder / "config.yaml")
    (folder / "run.json").write_text(json.dumps({"status": status, **facts}))
    if saved:
        (folder / "checkpoints" / "last.ckpt").touch()
    return folder


def test_the_newest_unfinished_run_of_the_same_configuration(tmp_path):
    assert newest_unfinished(tmp_path, CONFIG) is None
    make_run(tmp_path, "1", "interrupted")
    wanted = make_run(tmp_path, "2", "failed")
    make_run(tmp_path, "3", "finished")
    make_run(tmp_path, "4", "interrupted", changed(data={"batch_size": 8}))
    make_run(tmp_path, "5", "interrupted", saved=False)
    make_run(tmp_path, "6", "running", host=platform.node(), process=os.getpid())
    assert newest_unfinished(tmp_path, CONFIG) == wanted
    killed = make_run(tmp_path, "7", "running", host=platform.node(), process=2**22 + 1)
    assert newest_unfinished(tmp_path, CONFIG) == killed


@pytest.mark.parametrize("key", ["max_steps", "max_epochs", "devices", "num_nodes"])
def test_a_finished_run_stands_for_one_of_the_same_settings_and_size(tmp_path, key):
    make_run(tmp_path / "runs", "1", "interrupted")
    assert newest_finished(tmp_path, CONFIG) is None
    wanted = make_run(tmp_path / "runs", "2", "finished")
    assert newest_finished(tmp_path, CONFIG) == wanted
    assert newest_finished(tmp_path, changed(trainer={key: 99})) is None
    assert newest_finished(tmp_path, changed(data={"batch_size": 8})) is None


def test_changes_are_taken_when_allowed_but_not_those_that_would_have_no_effect():
    refuse_changes(CONFIG, changed(data={"batch_size": 8}), Path("run"), allowed=True)
    slower = changed(optimizer={"generator": {"lr": 1e-4}})
    longer = changed(schedule={"generator": {"_target_": "torch.optim.lr_scheduler.LinearLR", "total_iters": 99}})
    for allowed in (True, False):
        with pytest.raises(ConfigError, match=r"optimizer.generator.lr was 0.001, is 0.0001.* part of the saved state"):
            refuse_changes(CONFIG, slower, Path("run"), allowed)
        with pytest.raises(ConfigError, match=r"total_iters was 10, is 99.* part of the saved state"):
            refuse_changes(CONFIG, longer, Path("run"), allowed)

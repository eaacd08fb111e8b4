"""Which run is continued, whose figures are taken, and when a run is refused."""

import json
import os
import platform
from pathlib import Path
from typing import Any, NoReturn

import pytest
from omegaconf import OmegaConf

from gan_runner.config.errors import ConfigError
from gan_runner.runs.identity import Changes
from gan_runner.runs.resuming import newest_finished, newest_unfinished, refuse
from gan_runner.types import Fingerprint

CONFIG = {
    "seed": 1,
    "trainer": {"max_steps": 10, "precision": "auto", "log_every_n_steps": 5},
    "loss": {"_target_": "gan_runner.losses.hinge.Hinge"},
    "data": {"root": "here", "batch_size": 4},
    "callbacks": {"evaluation": {"metrics": {"modes": {"_target_": "a.modes.Modes"}}, "num_samples": 50}},
    "paths": {"run": "a"},
}
RED: Fingerprint = {"family": "folder.Folder", "name": "red", "root": "/here", "files": 64, "content": "3f2a90c1d5"}
BLUE: Fingerprint = {**RED, "name": "blue", "content": "77"}


def changed(**sections: Any) -> dict[str, Any]:
    return {**CONFIG, **{name: {**CONFIG.get(name, {}), **part} for name, part in sections.items()}}


def make_run(runs: Path, name: str, status: str, config: dict = CONFIG, saved: bool = True, **facts: Any) -> Path:
    folder = runs / "dcgan-digits" / name
    (folder / "checkpoints").mkdir(parents=True)
    OmegaConf.save(OmegaConf.create(config), folder / "config.yaml")
    (folder / "run.json").write_text(json.dumps({"status": status, "data": RED, **facts}))
    if saved:
        (folder / "checkpoints" / "last.ckpt").touch()
    return folder


def red() -> Fingerprint:
    return RED


def blue() -> Fingerprint:
    return BLUE


def unread() -> NoReturn:
    raise AssertionError("the data is looked at, and no run of these settings is there")


def test_the_newest_unfinished_run_of_the_same_identity(tmp_path: Path) -> None:
    assert newest_unfinished(tmp_path, CONFIG, unread) == (None, f"no unfinished run lies below {tmp_path}")
    make_run(tmp_path, "1", "interrupted")
    wanted = make_run(tmp_path, "2", "failed", changed(trainer={"max_steps": 99, "log_every_n_steps": 1}))
    make_run(tmp_path, "3", "finished")
    make_run(tmp_path, "4", "interrupted", changed(data={"batch_size": 8}))
    make_run(tmp_path, "5", "interrupted", saved=False)
    make_run(tmp_path, "6", "running", host=platform.node(), process=os.getpid())
    assert newest_unfinished(tmp_path, CONFIG, red).run == wanted
    killed = make_run(tmp_path, "7", "running", host=platform.node(), process=2**22 + 1)
    assert newest_unfinished(tmp_path, CONFIG, red) == (
        killed,
        "the newest unfinished run of these settings and this data",
    )


def test_when_none_fits_the_nearest_says_in_what_it_differs(tmp_path: Path) -> None:
    make_run(tmp_path, "1", "interrupted", changed(data={"batch_size": 8}))
    make_run(tmp_path, "2", "interrupted", {**changed(data={"batch_size": 8}), "seed": 5})
    run, why = newest_unfinished(tmp_path, CONFIG, unread)
    assert run is None
    assert why.endswith(f"{tmp_path / 'dcgan-digits' / '1'}, is another: data.batch_size was 8, is 4")


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"data": BLUE}, "data: the 64 files have other names or contents"),
        ({"stretches": [{"batch": 7}]}, "since batch 7 it plays otherwise"),
        ({"batches": 11}, "it has played 11 batches, more than trainer.max_steps=10"),
        ({"status": "running", "host": platform.node(), "process": os.getpid()}, f"process {os.getpid()} is playing"),
    ],
    ids=["data", "stretches", "length", "playing"],
)
def test_a_run_of_the_same_settings_may_be_another_all_the_same(tmp_path: Path, facts: Any, why: str) -> None:
    make_run(tmp_path, "1", **{"status": "interrupted", **facts})
    found = newest_unfinished(tmp_path, CONFIG, red)
    assert found.run is None
    assert why in found.why


def test_a_run_of_an_earlier_version_is_held_to_the_place_of_its_data(tmp_path: Path) -> None:
    wanted = make_run(tmp_path, "1", "interrupted", data=None)
    assert newest_unfinished(tmp_path, CONFIG, red).run == wanted
    assert "data.root was" in newest_unfinished(tmp_path, changed(data={"root": "there"}), red).why


def test_records_and_configurations_that_cannot_be_read_are_passed_over(tmp_path: Path, caplog: Any) -> None:
    wanted = make_run(tmp_path, "1", "interrupted")
    (make_run(tmp_path, "2", "interrupted") / "config.yaml").write_text("}{")
    (make_run(tmp_path, "3", "interrupted") / "run.json").write_text("{")
    assert newest_unfinished(tmp_path, CONFIG, red).run == wanted
    assert caplog.text.count("passed over") == 2


@pytest.mark.parametrize("key", ["max_steps", "max_epochs", "devices", "num_nodes"])
def test_a_finished_run_stands_for_one_of_the_same_identity_and_length(tmp_path: Path, key: str) -> None:
    make_run(tmp_path / "runs", "1", "interrupted")
    make_run(tmp_path / "runs", "2", "finished", stretches=[{"batch": 3}])
    assert newest_finished(tmp_path, CONFIG, unread) is None
    wanted = make_run(tmp_path / "runs", "3", "finished")
    found = newest_finished(tmp_path, CONFIG, red)
    assert found is not None
    assert (found.run.path, found.measured) == (wanted, True)
    assert newest_finished(tmp_path, CONFIG, blue) is None
    assert newest_finished(tmp_path, changed(trainer={key: 99}), unread) is None
    assert newest_finished(tmp_path, changed(data={"batch_size": 8}), unread) is None


def test_a_run_that_was_measured_in_the_same_way_goes_before_newer_ones(tmp_path: Path) -> None:
    more = {"evaluation": {"metrics": {"modes": {"_target_": "a.modes.Modes"}}, "num_samples": 99}}
    wanted = make_run(tmp_path / "runs", "1", "finished", changed(callbacks=more), same_as="elsewhere")
    newer = make_run(tmp_path / "runs", "2", "finished")
    os.utime(wanted / "run.json", (0, 0))
    found = newest_finished(tmp_path, changed(callbacks=more), red)
    assert found is not None
    assert (found.run.path, found.measured, found.played.path) == (wanted, True, Path("elsewhere"))
    other = newest_finished(tmp_path, changed(callbacks={"evaluation": None}), red)
    assert other is not None
    assert (other.run.path, other.measured, other.played.path) == (newer, False, newer)
    test: Any = {"test": {"files": 1, "content": "x"}}
    tested = newest_finished(tmp_path, CONFIG, lambda: {**RED, **test})
    assert tested is not None
    assert not tested.measured


def test_a_run_is_refused_by_what_changed() -> None:
    refuse(Changes(), Path("run"))
    settings = Changes({"data.batch_size": (4, 8)})
    with pytest.raises(ConfigError) as caught:
        refuse(settings, Path("run"))
    assert str(caught.value) == (
        "resume=run with other settings (data.batch_size was 4, is 8) would be another run: leave them as they were, "
        "or set allow_changes=true"
    )
    with pytest.raises(ConfigError, match=r"other data \(data: 64 files were, 70 are\) .* give it the data it began"):
        refuse(Changes(data="data: 64 files were, 70 are"), Path("run"))

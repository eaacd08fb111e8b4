"""What makes two runs one, and two measurements."""

from typing import Any

import pytest

from gan_runner.runs.identity import (
    Changes,
    Identity,
    changed_data,
    changed_settings,
    changed_test,
    consequence,
    length,
    measurement,
    name_of,
)
from gan_runner.types import Fingerprint

CONFIG: dict[str, Any] = {
    "seed": 1,
    "trainer": {"max_steps": 10, "precision": "auto", "log_every_n_steps": 5},
    "loss": {"_target_": "gan_runner.losses.hinge.Hinge"},
    "optimizer": {"lr": 1e-3, "generator": {"lr": 1e-3}},
    "data": {"root": "/here", "batch_size": 4, "seed": 1},
    "callbacks": {
        "evaluation": {
            "metrics": {"kid": {"_target_": "gan_runner.metrics.kid.Kid", "subsets": 5}},
            "features": {"_target_": "gan_runner.features.random_conv.RandomConv", "seed": 0},
            "num_samples": 50, "every": 10, "best": None, "folder": "a/samples", "seed": 0,
        }
    },
}  # fmt: skip
RED: Fingerprint = {"family": "folder.Folder", "name": "red", "root": "/here", "files": 64, "content": "3f2a90c1d5",
                    "labels": None, "split": "a share"}  # fmt: skip


def changed(**sections: Any) -> dict[str, Any]:
    return {**CONFIG, **{name: {**CONFIG.get(name, {}), **part} for name, part in sections.items()}}


def measured(**part: Any) -> dict[str, Any]:
    return changed(callbacks={"evaluation": {**CONFIG["callbacks"]["evaluation"], **part}})


def told(config: dict[str, Any], data: Any = None, before: Any = None) -> str:
    was, now = Identity.of(CONFIG, before), Identity.of(config, data)
    return str(Changes(changed_settings(was.settings, now.settings), changed_data(was, now)))


def test_length_logging_and_measuring_do_not_make_another_run() -> None:
    other = changed(trainer={"max_steps": 99, "log_every_n_steps": 1})
    assert told(other) == ""
    assert told(measured(num_samples=9)) == ""
    assert not Changes()


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (changed(data={"batch_size": 8}), "data.batch_size was 4, is 8"),
        (changed(data={"seed": 7}), "data.seed was absent, is 7"),  # the same as the run's goes without saying
        (changed(loss={"_target_": "gan_runner.losses.minimax.Minimax"}), "loss was hinge.Hinge, is minimax.Minimax"),
        (changed(trainer={"precision": "32-true"}), "trainer.precision was auto, is 32-true"),
        (changed(optimizer={"lr": 1.0, "generator": {"lr": 1.0}}), "optimizer.lr was 0.001, is 1.0"),
        (changed(optimizer={"generator": {"lr": 1.0}}), "optimizer.generator.lr was 0.001, is 1.0"),
    ],
)
def test_what_decides_the_outcome_does_and_each_cause_is_told_once(config: dict[str, Any], expected: str) -> None:
    assert told(config) == expected


def test_the_same_files_elsewhere_are_the_same_data() -> None:
    moved = changed(data={"root": "/there"})
    assert told(moved, RED | {"name": "crimson", "root": "/there"}, RED) == ""
    assert told(moved) == "data.root was /here, is /there"  # nothing else is known of a run of an earlier version
    assert told(CONFIG, RED | {"apart": False}) == ""
    assert told(CONFIG, RED | {"apart": True}) == "folders of data.root were one set, are splits"


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"files": 70, "content": "x"}, "data: 64 files were, 70 are"),
        ({"content": "x"}, "data: the 64 files have other names or contents"),
        ({"labels": 3}, "data: no classes were, 3 are"),
        ({"labelled": "x"}, "data: the files have other classes"),
        ({"split": "folders"}, "data: what is held out to measure by was a share, is folders"),
        ({"family": "a.B"}, "data: folder.Folder was, a.B is"),
    ],
)
def test_other_data_says_in_what(other: dict[str, Any], expected: str) -> None:
    assert told(CONFIG, RED | other, RED) == expected


def test_data_without_files_is_its_place_or_its_name() -> None:
    third: Fingerprint = {"family": "mine.Mine", "name": "here", "root": "/here"}
    assert told(CONFIG, third, third) == ""
    there = changed(data={"root": "/there"})
    assert "data.root was /here, is /there" in told(there, third | {"name": "there", "root": "/there"}, third)
    public: Fingerprint = {"family": "mnist.MNIST", "name": "mnist"}
    assert told(there, public, public) == ""
    archive: Fingerprint = {"family": "unpaired.Unpaired", "name": "horses.zip"}
    assert told(CONFIG, archive | {"name": "apples.zip"}, archive) == "data: horses.zip was, apples.zip is"
    files = archive | {"files": 11, "content": "x", "split": "folders"}
    assert told(CONFIG, files, archive) == "data: the files of horses.zip were, 11 files are"


def test_what_lies_in_folders_of_the_test_is_measured_by_and_not_played_with() -> None:
    more = RED | {"test": {"files": 3, "content": "y"}}
    assert told(CONFIG, more, RED) == ""
    assert changed_test(RED, more)
    assert not changed_test(None, more)


def test_a_measurement_is_its_metrics_features_and_samples() -> None:
    assert measurement(CONFIG) == measurement(measured(every=99, best="kid", folder="b"))
    assert measurement(CONFIG) != measurement(measured(num_samples=99))
    assert measurement(CONFIG) != measurement(measured(seed=9))
    assert measurement(CONFIG) != measurement(measured(features=None))
    assert measurement(CONFIG) != measurement(measured(metrics={"prdc": {"_target_": "a.prdc.Prdc"}}))
    assert measurement(measured(metrics={})) == measurement(changed(callbacks={"evaluation": None})) == {}


def test_length_is_what_the_trainer_and_what_stops_it_say() -> None:
    assert length(CONFIG) == length(changed(data={"batch_size": 8}))
    assert length(CONFIG) != length(changed(trainer={"max_steps": 11}))
    assert length(CONFIG) != length(changed(callbacks={"equilibrium": {"stop_within": 0.05}}))


def test_data_is_named_where_runs_are_compared() -> None:
    assert name_of(RED) == "red (64 files, 3f2a90c1)"
    assert name_of({"family": "digits.Digits", "name": "digits"}) == "digits"
    assert "held-out split moves" in consequence(RED, RED | {"files": 70})
    assert "both" in consequence({"family": "a.A", "name": "a"}, {"family": "a.B", "name": "b"})


def test_the_engine_counts_and_is_eager_where_a_run_of_an_earlier_version_names_none() -> None:
    assert told(changed(trainer={"engine": "eager"})) == ""
    assert told(changed(trainer={"engine": "compile"})) == "trainer.engine was eager, is compile"

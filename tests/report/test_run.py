"""What the page of a run tells, of runs of every kind and of every end."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.told_runs import COLLAPSE, POINTS, picture, told_run
from gan_runner.report.run import contents
from gan_runner.runs.folder import RunFolder


def names(shown: list[dict[str, Any]]) -> list[str]:
    return [one["name"] for one in shown]


def test_points(tmp_path: Path) -> None:
    run = told_run(tmp_path, series=("", "modes"), points=True)
    told = contents(run, "en")
    assert (told["status"], told["why"], told["played"], told["seconds"]) == ("finished", "", 100, 12.0)
    assert told["points"] == {"are": True, "on_surface": True}
    assert [frame.batches for frame in told["over_time"][0]["frames"]] == [0, 50, 100]
    assert told["real"] is not None
    assert names(told["modes"]) == ["modes"]
    assert [row.short for row in told["tiles"]] == ["modes ↑", "KL ↓"]
    assert [(one["game"], one["state"]) for one in told["states"]] == [("gan", "collapsed")]
    assert told["changes"][0]["quantity"] == "variety"
    assert told["compared"].recipe == "model=vanilla data=ring"


def test_conditional_images(tmp_path: Path) -> None:
    run = told_run(
        tmp_path, ("experiment=digits", "trainer.max_steps=100"), ("", "modes", "by_mode", "nearest"),
        class_names=["0", "1"], data={"family": "digits.Digits", "name": "digits"},
    )  # fmt: skip
    told = contents(run, "es")
    assert told["points"] == {"are": False, "on_surface": False}
    assert names(told["modes"]) == ["modes", "by_mode"]
    assert names(told["nearest"]) == ["nearest"]
    assert told["data"] == "digits"
    assert [(one.key, one.here) for one in told["compared"].differences] == [("trainer.max_steps", "100")]


def test_an_autoencoder(tmp_path: Path) -> None:
    run = told_run(tmp_path, ("model=vae", "data=digits"), ("", "reconstruction", "codes", "kl", "plane"))
    told = contents(run, "en")
    assert names(told["over_time"]) == ["", "reconstruction"]
    assert names(told["codes"]) == ["plane", "codes", "kl"]
    assert not told["points"]["on_surface"]


def test_a_translation(tmp_path: Path) -> None:
    run = told_run(tmp_path, ("model=cyclegan", "data=unpaired"), ("a2b", "b2a", "worst_a2b"))
    run.reals.unlink()
    told = contents(run, "en")
    assert names(told["over_time"]) == ["a2b", "b2a"]
    assert names(told["others"]) == ["worst_a2b"]
    assert told["real"] is None
    assert not any(one["beside_reals"] for one in told["over_time"])


def test_a_growing_game_and_what_was_evaluated_later(tmp_path: Path) -> None:
    run = told_run(tmp_path)
    picture(run.samples / "stages.png", "red")
    picture(run.path / "metrics_modes.png", "red")
    run.evaluation.write_text(json.dumps({"figures": {"modes_covered/points/900": 6.0}}))
    told = contents(run, "en")
    assert [name for name, _ in told["singles"]] == ["stages", "metrics_modes"]
    assert [(row.short, row.value) for row in told["evaluated"]] == [("modes ↑", "6")]


def test_a_lesson(tmp_path: Path) -> None:
    shown = {"shown": True, "shows": [{"figure": "modes_covered", "at_most": 3.0, "value": 1.0, "holds": True}]}
    run = told_run(tmp_path, ("experiment=lesson/collapse",), lesson=shown)
    told = contents(run, "en")["lesson"]
    assert told["shown"]
    assert told["shows"][0] == {"least": None, "most": 3.0, **shown["shows"][0]}
    assert told["look"]
    assert told["next"].startswith("gan-train")
    assert contents(told_run(tmp_path / "other"), "en")["lesson"] is None


@pytest.mark.parametrize(
    ("facts", "status", "why"),
    [
        ({"status": "interrupted"}, "interrupted", ""),
        ({"status": "failed", "why": "ValueError: not finite"}, "failed", "ValueError: not finite"),
        ({"status": "pruned", "why": "worse than others"}, "pruned", "worse than others"),
    ],
)
def test_every_end(tmp_path: Path, facts: dict[str, str], status: str, why: str) -> None:
    told = contents(told_run(tmp_path, **facts), "en")
    assert (told["status"], told["why"]) == (status, why)


def test_a_run_that_left_almost_nothing(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(json.dumps({"status": "failed", "why": "no memory"}))
    told = contents(RunFolder(tmp_path), "en")
    assert told["charts"] is told["real"] is None
    assert told["tiles"] == told["over_time"] == told["figures"] == []
    assert told["played"] == 0


def test_parts_of_a_run_are_added_up(tmp_path: Path) -> None:
    assert contents(told_run(tmp_path, earlier=[{"seconds": 3.0}]), "en")["seconds"] == 15.0


def test_news_counts_before_the_record(tmp_path: Path) -> None:
    told = contents(told_run(tmp_path, status="running", states=[]), "en", {"status": "finished", "states": [COLLAPSE]})
    assert (told["status"], told["states"][0]["state"]) == ("finished", "collapsed")


def test_a_run_that_took_its_figures_from_another_shows_its_pictures(tmp_path: Path) -> None:
    played = told_run(tmp_path / "played")
    run = told_run(tmp_path / "taken", series=(), logged=False, same_as=str(played.path), figures=POINTS)
    told = contents(run, "en")
    assert len(told["over_time"][0]["frames"]) == 3
    assert told["charts"] is not None


@pytest.mark.parametrize(("record", "error"), [(None, FileNotFoundError), ("{}", FileNotFoundError),
                                               ('{"a": 1}', ValueError), ("[1]", ValueError)])  # fmt: skip
def test_what_is_no_run_is_told(tmp_path: Path, record: str | None, error: type[Exception]) -> None:
    if record is not None:
        (tmp_path / "run.json").write_text(record)
    with pytest.raises(error, match=r"run\.json"):
        contents(RunFolder(tmp_path), "en")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("samples/real.png", b""),
        ("samples/real.png", b"\x89PNG\r\n\x1a\n" + bytes(30)),
        (".hydra/config.yaml", b"trainer: ["),
        ("config.yaml", b"\xff\xfe trainer: ["),
        ("config.yaml", b"- 1\n"),
        ("metrics.csv", b"step,a\n0,1\n\0\0\0\0\n"),
    ],
)
def test_a_file_that_is_cut_or_broken_takes_no_other_with_it(tmp_path: Path, name: str, content: bytes) -> None:
    run = told_run(tmp_path)
    before = contents(run, "en")
    (run.path / name).parent.mkdir(exist_ok=True)
    (run.path / name).write_bytes(content)
    told = contents(run, "en")
    assert told["tiles"] == before["tiles"]
    assert [one["name"] for one in told["over_time"]] == [one["name"] for one in before["over_time"]]

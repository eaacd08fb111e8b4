"""Which run is meant."""

import json
import os
from pathlib import Path

import pytest
import yaml

from gan_runner.config.options import CONFIGS
from gan_runner.runs.finding import OUTPUTS, below, found, found_sweep, is_sweep, meant, name_of, nearest, newest_first
from gan_runner.runs.folder import RunFolder


def make(outputs: Path, name: str, started: str = "", saved: bool = True, **facts: object) -> Path:
    """A run folder below <outputs>/: runs/vanilla-ring/hinge-…"""
    folder = outputs / name
    folder.mkdir(parents=True)
    (folder / "run.json").write_text(json.dumps({"status": "finished", "started": started, **facts}))
    if saved:
        (folder / "checkpoints").mkdir()
        (folder / "checkpoints" / "last.ckpt").touch()
    return folder


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    """Three runs, and a sweep of two; the times are of other zones."""
    place = tmp_path / "outputs"
    make(place, "runs/vanilla-ring/minimax-lr1e-3-2026-11-28_10-00-00", "2026-11-28T10:00:00+00:00")
    make(place, "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "2026-11-28T12:00:00+01:00")  # 11:00 UTC
    make(place, "runs/dcgan-digits/2026-11-28_09-00-00", "2026-11-28T09:00:00+00:00")
    make(place, "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/0-seed1", "2026-11-28T08:00:00+00:00")
    make(place, "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/1-seed10", "2026-11-28T08:00:01+00:00")
    return place


@pytest.mark.parametrize(
    ("asked", "run", "why"),
    [
        ("last", "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "the newest of 5 below {outputs}"),
        ("hinge", "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "the only one with that in its name"),
        ("Minimax", "runs/vanilla-ring/minimax-lr1e-3-2026-11-28_10-00-00", "the newest of 3 with that in its name"),
        ("vanilla-ring", "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "the newest of 4 with that in its name"),
        ("digits", "runs/dcgan-digits/2026-11-28_09-00-00", "the only one with that in its name"),
        ("seed1", "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/0-seed1", "the only one with that in its name"),
        ("eed1", "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/1-seed10",
         "the newest of 2 with that in its name"),
        ("{outputs}/runs/vanilla-ring", "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "the newest of 2 there"),
        ("{outputs}/runs/dcgan-digits", "runs/dcgan-digits/2026-11-28_09-00-00", "the only one there"),
        ("{outputs}/sweeps", "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/1-seed10", "the newest of 2 there"),
        ("{outputs}/sweeps/vanilla-ring/minimax-2026-11-28_08-00-00",
         "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/1-seed10", "the newest of 2 there"),
        ("{outputs}/sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/0",
         "sweeps/vanilla-ring/minimax-2026-11-28_08-00-00/0-seed1", "by its number"),
        ("{outputs}", "runs/vanilla-ring/hinge-2026-11-28_12-00-00", "the newest of 5 there"),
        ("{outputs}/runs/vanilla-ring/hin", "runs/vanilla-ring/hinge-2026-11-28_12-00-00",
         "the only one with that in its name"),
        ("{outputs}/runs/dcgan-digits/2026-11-28_09-00-00", "runs/dcgan-digits/2026-11-28_09-00-00", ""),
    ],
)  # fmt: skip
def test_the_run_that_is_meant(outputs: Path, asked: str, run: str, why: str) -> None:
    assert found(asked.format(outputs=outputs), outputs) == (outputs / run, why.format(outputs=outputs))


def test_what_is_there_goes_before_what_is_called_so(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(outputs.parent)
    (outputs.parent / "hinge").mkdir()
    assert found("hinge", outputs) == (Path("hinge"), "")  # others say that it is no run folder
    weights = outputs.parent / "kept"
    (weights / "checkpoints").mkdir(parents=True)
    assert found("kept", outputs) == (Path("kept"), "")


def test_a_name_that_no_run_has_is_answered_with_the_nearest(outputs: Path) -> None:
    with pytest.raises(FileNotFoundError) as told:
        found("minmax", outputs)
    assert str(told.value) == (
        f"minmax is no run folder, and no run below {outputs} has that in its name; the nearest: "
        "vanilla-ring/minimax-lr1e-3-2026-11-28_10-00-00, vanilla-ring/minimax-2026-11-28_08-00-00/1-seed10, "
        "vanilla-ring/minimax-2026-11-28_08-00-00/0-seed1 and 2 more"
    )


@pytest.mark.parametrize("asked", ["last", "hinge", "outputs/runs/vanilla-ring"])
def test_where_no_run_lies_that_is_said(tmp_path: Path, asked: str) -> None:
    with pytest.raises(
        FileNotFoundError, match=f"{asked} is no run folder, and no run lies below .*: gan-train begins"
    ):
        found(asked, tmp_path / "outputs")


@pytest.mark.parametrize("asked", ["last", "minimax", "vanilla-ring", "{outputs}/sweeps/vanilla-ring/{sweep}"])
def test_the_sweep_that_is_meant(outputs: Path, asked: str) -> None:
    sweep = outputs / "sweeps" / "vanilla-ring" / "minimax-2026-11-28_08-00-00"
    assert found_sweep(asked.format(outputs=outputs, sweep=sweep.name), outputs).run == sweep
    assert is_sweep(sweep)
    assert not is_sweep(outputs / "runs")


def test_what_is_no_sweep_is_told(outputs: Path, tmp_path: Path) -> None:
    for asked, place, told in (
        ("hinge", outputs, "the nearest: vanilla-ring/minimax"),
        (str(outputs / "runs"), outputs, "no folder of a job lies in it"),
        ("last", tmp_path / "none", "gan-train -m plays one"),
    ):
        with pytest.raises(FileNotFoundError, match=told):
            found_sweep(asked, place)


def test_a_run_that_saved_nothing_can_be_told_of(outputs: Path) -> None:
    make(outputs, "runs/vanilla-ring/empty-2026-11-29_12-00-00", "2026-11-29T12:00:00+00:00", saved=False)
    assert found("last", outputs, "a record").run.name == "empty-2026-11-29_12-00-00"
    assert found("last", outputs).run.name == "hinge-2026-11-28_12-00-00"


def test_a_newer_run_that_saved_nothing_is_passed_over_and_told(outputs: Path) -> None:
    newer = make(outputs, "runs/vanilla-ring/new", "2026-11-28T13:00:00+00:00", saved=False)
    assert found("last", outputs).why == f"the newest of 6 below {outputs}; 1 newer one(s) saved nothing"
    assert found("new", outputs).run == newer  # there is no other of that name
    taken = make(outputs, "runs/vanilla-ring/taken", "2026-11-28T14:00:00+00:00", saved=False, same_as=str(newer))
    assert found("last", outputs).run == taken  # its figures are of another run's weights
    assert found("last", outputs, needs="own weights").run == outputs / "runs/vanilla-ring/hinge-2026-11-28_12-00-00"


def test_records_without_a_time_go_by_when_they_were_written(tmp_path: Path) -> None:
    old, new = (make(tmp_path, f"runs/a-b/{name}") for name in ("z", "a"))
    os.utime(old / "run.json", (1, 1))
    (make(tmp_path, "runs/a-b/broken") / "run.json").write_text("{")
    assert newest_first(below(tmp_path)) == [new, old]


def test_names_are_told_below_their_kind(tmp_path: Path) -> None:
    assert name_of(tmp_path / "sweeps/a-b/c/0", tmp_path) == "a-b/c/0"
    assert name_of(Path("/elsewhere/run"), tmp_path) == "/elsewhere/run"
    assert meant("B/C", tmp_path, [tmp_path / "sweeps/a-b/c/0"]) == [tmp_path / "sweeps/a-b/c/0"]


def test_names_that_are_like_another() -> None:
    assert nearest("hinje", ["vanilla-ring/minimax-1", "dcgan-digits/hinge-1"])[0] == "dcgan-digits/hinge-1"


def test_runs_are_looked_for_where_they_are_written() -> None:
    assert yaml.safe_load((CONFIGS / "paths" / "default.yaml").read_text())["outputs"] == OUTPUTS


def test_a_record_is_read_once_for_its_place(tmp_path: Path) -> None:
    make(tmp_path, "runs/a-b/c")
    assert [run.path for run in below(tmp_path)] == [RunFolder(tmp_path / "runs/a-b/c").path]

"""Jobs that were played before: figures of the same measurement are taken, others measured again, never mixed."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.small_folders import FOLDER, paint
from fixtures.small_runs import Outcome

Sweep = Callable[..., list[dict[str, Any]]]
POINTS = ("data=ring", "data.num_samples=200", "data.batch_size=8", *FOLDER[4:-1], "evaluation.num_samples=50")


@pytest.fixture
def sweep(run_command: Callable[..., Outcome], tmp_path: Path) -> Sweep:
    """sweep(…) -> the records of the jobs, in order; plays gan-train -m … skip_finished=true."""
    begun: set[Path] = set()

    def play(*arguments: str) -> list[dict[str, Any]]:
        ended = run_command("gan-train", "-m", *arguments, "skip_finished=true")
        assert ended.code == 0, ended.err
        found = set(tmp_path.glob("outputs/sweeps/*/*"))
        (new,) = found - begun
        begun.update(found)
        jobs = sorted(new.glob("*/run.json"))
        records = [json.loads(job.read_text(), parse_constant=pytest.fail) for job in jobs]
        return [facts | {"folder": job.parent, "said": ended.out} for facts, job in zip(records, jobs, strict=True)]

    return play


def told(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in facts["figures"].items() if name != "images_per_second"}


def test_each_folder_has_figures_of_its_own_and_the_same_folder_those_it_had(sweep: Sweep, tmp_path: Path) -> None:
    red, blue = paint(tmp_path / "red", 16, (200, 20, 20)), paint(tmp_path / "blue", 16, (20, 20, 200))
    both = (*FOLDER, f"data.root={red},{blue}")
    one, other = sweep(*both)
    assert "same_as" not in other
    assert one["figures"] != other["figures"]
    assert (one["data"]["name"], other["data"]["name"]) == ("red", "blue")
    again = sweep(*both)
    assert [job["figures"] for job in again] == [one["figures"], other["figures"]]
    assert [job["same_as"] for job in again] == [str(one["folder"]), str(other["folder"])]
    moved = red.rename(tmp_path / "elsewhere")
    (elsewhere,) = sweep(*FOLDER, f"data.root={moved}")
    assert elsewhere["figures"] == one["figures"]
    paint(moved, 1, (0, 200, 0), first=16)
    (changed,) = sweep(*FOLDER, f"data.root={moved}")
    assert "same_as" not in changed


def test_another_measurement_is_made_of_the_checkpoint_and_found_again(sweep: Sweep, tmp_path: Path) -> None:
    (one,) = sweep(*POINTS)
    fewer, more = sweep(*POINTS, "evaluation.num_samples=50,80")
    assert told(fewer) == told(one)
    assert more["same_as"] == str(one["folder"])
    assert "is measured again" in more["said"]
    assert not (more["folder"] / "checkpoints").exists()
    assert "evaluation/modes_covered/points/80" in more["figures"]
    assert "evaluation/modes_covered/points/50" not in more["figures"]
    (again,) = sweep(*POINTS, "evaluation.num_samples=80")
    assert "is measured again" not in again["said"]
    assert (again["figures"], again["same_as"]) == (more["figures"], str(one["folder"]))
    (unmeasured,) = sweep(*POINTS, "metrics=none")
    assert unmeasured["same_as"] == str(one["folder"])
    assert unmeasured["figures"]
    assert not [name for name in unmeasured["figures"] if name.startswith("evaluation/")]


def test_a_sweep_that_is_given_its_folder_again_leaves_what_has_finished_there_alone(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    place = tmp_path / "outputs" / "sweeps" / "points" / "1"
    words = ("-m", *POINTS, "seed=0,1", "skip_finished=true", f"hydra.sweep.dir={place}")

    def play(*more: str) -> list[dict[str, Any]]:
        ended = run_command("gan-train", *words, *more)
        assert ended.code == 0, ended.err
        return [json.loads((place / job / "run.json").read_text()) for job in ("0-seed0", "1-seed1")]

    before = play()
    weights = (place / "0-seed0" / "checkpoints" / "last.ckpt").read_bytes()
    (place / "1-seed1" / "run.json").write_text(
        json.dumps(before[1] | {"status": "interrupted", "figures": {"old": 1.0}})
    )
    finished, interrupted = play()
    assert finished == before[0]
    assert (interrupted["status"], "old" in interrupted["figures"]) == ("finished", False)
    assert "earlier" in interrupted
    assert (place / "0-seed0" / "checkpoints" / "last.ckpt").read_bytes() == weights
    measured, _ = play("evaluation.num_samples=80")
    assert "evaluation/modes_covered/points/80" in measured["figures"]
    assert (measured["batches"], "same_as" in measured) == (before[0]["batches"], False)
    assert (place / "0-seed0" / "checkpoints" / "last.ckpt").read_bytes() == weights


def test_measured_again_is_what_a_run_would_have_found_itself(
    sweep: Sweep, run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    sweep(*POINTS)
    (again,) = sweep(*POINTS, "evaluation.num_samples=80")
    assert run_command("gan-train", *POINTS, "evaluation.num_samples=80", "paths.outputs=apart").code == 0
    (own,) = tmp_path.glob("apart/runs/*/*/run.json")
    assert told(again) == told(json.loads(own.read_text()))


def test_without_its_weights_a_run_is_played_again(sweep: Sweep) -> None:
    (one,) = sweep(*POINTS)
    (one["folder"] / "checkpoints" / "last.ckpt").unlink()
    for left in (one["folder"] / "checkpoints").glob("*.ckpt"):
        os.unlink(left)
    (again,) = sweep(*POINTS, "evaluation.num_samples=80")
    assert "same_as" not in again
    assert (again["folder"] / "checkpoints" / "last.ckpt").is_file()

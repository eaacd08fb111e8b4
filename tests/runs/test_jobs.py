"""What run folders tell of the jobs of a sweep."""

import json
import math
import os
import platform
from pathlib import Path
from typing import Any

import pytest

from gan_runner.runs.jobs import chosen_by, read

HERE = {"host": platform.node(), "process": os.getpid()}
NOBODY = {"host": platform.node(), "process": 2**22 + 1}  # above the largest number of a process
ELSEWHERE = {"host": "elsewhere", "process": 2**22 + 1}


def record(sweep: Path, number: int, **facts: Any) -> None:
    (sweep / str(number)).mkdir(parents=True)
    (sweep / str(number) / "run.json").write_text(json.dumps({"command": ["gan-train"], **facts}))


@pytest.mark.parametrize(
    ("facts", "status", "why"),
    [
        ({"status": "finished"}, "finished", ""),
        ({"status": "failed", "why": "ValueError: no"}, "failed", "ValueError: no"),
        ({"status": "failed", "why": "SystemExit: 1"}, "interrupted", ""),
        ({"status": "failed", "why": "KeyboardInterrupt: "}, "interrupted", ""),
        ({"status": "pruned", "why": "given up"}, "pruned", "given up"),
        ({"status": "running", **HERE}, "running", ""),
        ({"status": "running", **ELSEWHERE}, "running", ""),
        ({"status": "running", **NOBODY}, "interrupted", "its process ended without a word: it was killed, or the "
                                                         "machine had no memory left"),
    ],
)  # fmt: skip
def test_how_a_job_ended(tmp_path: Path, facts: dict[str, Any], status: str, why: str) -> None:
    record(tmp_path, 0, **facts)
    (job,) = read(tmp_path)
    assert (job.status, job.why) == (status, why)


def test_figures_that_are_no_numbers(tmp_path: Path) -> None:
    """A record in strict JSON has null or a word for them, an older one NaN."""
    record(tmp_path, 0, status="finished", figures={"a": None, "b": "NaN", "c": math.nan, "d": 1, "e": "Infinity"})
    (job,) = read(tmp_path)
    assert [math.isnan(job.figures[name]) for name in "abc"] == [True] * 3
    assert (job.figures["d"], job.figures["e"]) == (1.0, math.inf)


def test_jobs_come_in_the_order_of_their_numbers_and_know_their_seeds(tmp_path: Path) -> None:
    for number in (10, 2, 0):
        record(tmp_path, number, status="finished", seed=number)
    record(tmp_path, 1, status="finished", command=["gan-train", "seed=7", "loss=hinge", "~x"], seed=1)
    jobs = read(tmp_path)
    assert [(job.folder.name, job.seed) for job in jobs] == [("0", "0"), ("1", "7"), ("2", "2"), ("10", "10")]
    assert jobs[1].overrides == {"seed": "7", "loss": "hinge"}


def test_a_job_that_went_on_is_still_what_it_was_asked_for_at_first(tmp_path: Path) -> None:
    """Or it would be a setting of its own in the table, by the folder that it went on with."""
    first, then = ["gan-train", "loss=hinge", "seed=3", "lr=1"], ["gan-train", "resume=sweep/0", "lr=2"]
    record(tmp_path, 0, status="finished", command=then, earlier=[{"command": first}])
    (job,) = read(tmp_path)
    assert (job.overrides, job.seed) == ({"loss": "hinge", "seed": "3", "lr": "2"}, "3")


def test_what_chooses_the_best_state(tmp_path: Path) -> None:
    record(tmp_path, 0, status="failed")
    record(tmp_path, 1, status="finished")
    assert chosen_by(read(tmp_path)) is None
    (tmp_path / "1" / ".hydra").mkdir()
    (tmp_path / "1" / ".hydra" / "config.yaml").write_text("name: frechet\nevaluation: {best: '${name}'}\n")
    assert chosen_by(read(tmp_path)) == "frechet"
    (tmp_path / "1" / "config.yaml").write_text("evaluation: {best: modes_kl}\n")
    assert chosen_by(read(tmp_path)) == "modes_kl"


@pytest.mark.parametrize("content", ["", '{"status": "fin', "[]", '{"status": "finished"}'])
def test_a_job_without_a_record_that_can_be_read_is_left_out(
    tmp_path: Path, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        record(tmp_path, number, status="finished")
    (tmp_path / "1" / "run.json").write_text(content)
    assert [job.folder.name for job in read(tmp_path)] == ["0", "2"]
    assert "a job is left out" in caplog.text


def test_what_decides_is_read_where_the_first_configuration_is_cut(tmp_path: Path) -> None:
    for number, text in enumerate(["evaluation: {", "evaluation: {best: kid}"]):
        record(tmp_path, number, status="finished")
        (tmp_path / str(number) / "config.yaml").write_text(text)
    assert chosen_by(read(tmp_path)) == "kid"

"""What the page of a sweep tells: rows of settings, dots of seeds, strips of pictures, and what failed."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.told_runs import told_run, told_sweep
from gan_runner.report.sweep import contents

COVERED = "evaluation/modes_covered/points/500"


@pytest.fixture
def sweep(tmp_path: Path) -> Path:
    return told_sweep(tmp_path / "vanilla-ring" / "now")


def cells(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    at = [column["name"] for column in told["columns"]].index(name)
    return [row["cells"][at] for row in told["rows"]]


def test_settings_stand_side_by_side_with_their_spread(sweep: Path) -> None:
    told = contents(sweep, "en")
    assert [(row["settings"], row["finished"], row["jobs"]) for row in told["rows"]] == [
        ("loss=hinge", 3, 3),
        ("loss=minimax", 2, 3),
    ]
    assert cells(told, COVERED)[0] == {"text": "1 ± 0.58 (8)", "value": 1.0}
    assert cells(told, "evaluation/modes_kl/points/500")[0] == {"text": "not finite in 3 of 3", "value": None}
    assert told["title"] == "vanilla-ring/now"
    assert told["command"] == "gan-train -m model=vanilla data=ring loss=hinge,minimax seed=0,1,2"


def test_every_seed_is_a_dot(sweep: Path) -> None:
    (covered,) = [one for one in contents(sweep, "es")["dots"] if one["name"] == COVERED]
    hinge, minimax = covered["fields"]
    assert [dot["seed"] for dot in hinge["dots"]] == ["0", "1", "2"]
    assert hinge["dots"][0]["at"] < hinge["mean"] == hinge["dots"][1]["at"] < hinge["dots"][2]["at"]
    assert len(minimax["dots"]) == 2
    assert covered["real"] == max(dot["at"] for dot in minimax["dots"]) + covered["real"] - minimax["dots"][-1]["at"]
    assert covered["ends"] == ["0", "8"]
    assert covered["short"] == "modos ↑"


def test_failed_jobs_have_their_reasons(sweep: Path) -> None:
    told = contents(sweep, "en")
    (failed,) = told["unfinished"]
    assert failed["why"] == "ValueError: <b>no</b> number"
    assert failed["typed"] == "loss=minimax seed=2"
    assert len(told["jobs"]) == 6


def test_differences_need_seeds(sweep: Path) -> None:
    told = contents(sweep, "en")["compared"]
    assert (told["first"], told["rows"]) == ("loss=hinge", [])
    job = sweep / "5-minimax-seed2" / "run.json"
    facts = json.loads(job.read_text())
    job.write_text(json.dumps({**facts, "status": "finished", "figures": {COVERED: 5.0}}))
    (row,) = contents(sweep, "en")["compared"]["rows"]
    assert row["settings"] == "loss=minimax"
    assert row["cells"][0].startswith("+3 [+3, +3]")


def test_samples_stand_in_strips(sweep: Path) -> None:
    told = contents(sweep, "en")
    assert told["moments"] == [0, 50, 100]
    assert [len(strip["cells"]) for strip in told["strips"]] == [3, 3]
    assert all(picture is not None for strip in told["strips"] for _, picture in strip["cells"])


def test_the_objective_chooses_the_best(sweep: Path) -> None:
    assert contents(sweep, "en")["best"] is None
    assert contents(sweep, "en", "modes_covered", "max")["best"] == {"name": "modes ↑", "settings": "loss=minimax"}
    assert contents(sweep, "en", "modes_covered")["best"]["settings"] == "loss=hinge"


def test_a_sweep_whose_jobs_all_failed(tmp_path: Path) -> None:
    for number in range(2):
        told_run(tmp_path / f"{number}-seed{number}", series=(), status="failed", why="no memory", figures={})
    told = contents(tmp_path, "en")
    assert (len(told["unfinished"]), told["dots"], told["strips"], told["command"]) == (2, [], [], "")


def test_without_jobs_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="no job of"):
        contents(tmp_path, "en")

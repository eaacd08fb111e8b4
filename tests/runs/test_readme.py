"""README.md of a run folder: the files that are there, each in words, and the figures beside those of real data."""

import json
import re
from pathlib import Path

import pytest

from gan_runner.runs.folder import RunFolder
from gan_runner.runs.readme import FILES, leave, main_figures, page, present

FIGURES = {
    "evaluation/modes_overlap/points/500": 0.9, "evaluation/modes_covered/points/500": 7.0,
    "evaluation/modes_covered/points/500/real": 8.0, "evaluation/modes_kl/points/500": float("nan"),
    "generator/gan/adversarial": 0.7,
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    folder = tmp_path / "vanilla-ring" / "now"
    (folder / "samples").mkdir(parents=True)
    for name in ("samples/00000000.png", "samples/00000500.png", "samples/real.png", "curves.png", "metrics.csv"):
        (folder / name).touch()
    facts = {"command": ["gan-train", "data=ring", "tricks=[r1]"], "batches": 500, "figures": {}}
    (folder / "run.json").write_text(json.dumps(facts))
    return RunFolder(folder)


def test_only_files_that_are_there_are_told(run: RunFolder) -> None:
    told = dict(present(run))
    assert list(told) == ["curves.png", "samples/<…>.png", "samples/real.png", "metrics.csv", "run.json"]
    assert told["samples/<…>.png"].endswith("(2 files)")


def test_the_page(run: RunFolder) -> None:
    facts = json.loads(run.record.read_text()) | {"figures": {**FIGURES, "evaluation/modes_kl/points/500": None}}
    run.record.write_text(json.dumps({**facts, "not_finite": {"figures": {"evaluation/modes_kl/points/500": "NaN"}}}))
    leave(run)
    told = run.readme.read_text()
    assert told.startswith("# vanilla-ring/now\n\nPlayed by `gan-train data=ring 'tricks=[r1]'`.\n")
    assert "How it ended after 500 batches, and why, is in `run.json`." in told
    assert "| `curves.png` | losses, " in told
    first = (
        "| modes ↑ | 7 | 8 | modes with at least one sample near their centre | `evaluation/modes_covered/points/500` |"
    )
    assert told.index(first) < told.index("| overlap ↑ | 0.9 |  |")
    assert "| KL ↓ | not finite |" in told
    assert "adversarial" not in told
    assert "↑ more is better" in told


def test_a_run_that_went_on_tells_each_command_once_and_names_itself(run: RunFolder) -> None:
    facts = json.loads(run.record.read_text())
    resumed = {**facts, "command": ["gan-train", 'resume="/a/b/vanilla-ring/now"', "trainer.max_steps=9"]}
    run.record.write_text(json.dumps({**resumed, "earlier": [facts, facts, resumed]}))
    again = "then by `gan-train resume=vanilla-ring/now trainer.max_steps=9`"
    assert f"Played by `gan-train data=ring 'tricks=[r1]'`, {again}.\n" in page(run)


def test_a_run_that_has_only_begun_has_a_page(tmp_path: Path) -> None:
    assert page(RunFolder(tmp_path)).startswith("# ")


def test_what_cannot_be_written_ends_no_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    leave(RunFolder(tmp_path / "gone"))
    assert "README.md is not written" in caplog.text


def test_the_main_figures_stand_beside_those_of_real_data() -> None:
    assert main_figures(FIGURES) == [
        ("modes ↑", "7 (real 8)", "evaluation/modes_covered/points/500"),
        ("KL ↓", "not finite", "evaluation/modes_kl/points/500"),
    ]


def test_the_docs_tell_of_the_same_files() -> None:
    docs = (Path(__file__).parents[2] / "docs" / "running.md").read_text(encoding="utf-8")
    stems = {pattern: re.split(r"[*[]|(?<=.)\.", pattern.rpartition("/")[2])[0].rstrip("_") for pattern in FILES}
    assert {"curves", "nearest", "", "events", ".hydra"} <= {*stems.values()}
    assert not [pattern for pattern, stem in stems.items() if stem not in docs]

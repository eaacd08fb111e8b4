"""What can be done with a run: commands that fit its kind, and papers."""

import shlex
from pathlib import Path

import pytest

from fixtures.told_runs import told_run
from gan_runner.report import further
from gan_runner.report.pictures import series_of
from gan_runner.runs.folder import RunFolder


def commands(run: RunFolder) -> dict[str, str]:
    return further.commands(run, run.facts(), run.config(), series_of(run.samples))


@pytest.mark.parametrize(
    ("series", "able"),
    [
        (("",), {"sample", "resume", "evaluate", "report"}),
        (("", "reconstruction"), {"sample", "translate", "resume", "evaluate", "report"}),
        (("a2b", "b2a"), {"translate", "resume", "evaluate", "report"}),
    ],
)
def test_they_fit_what_the_run_draws(tmp_path: Path, series: tuple[str, ...], able: set[str]) -> None:
    assert commands(told_run(tmp_path, series=series)).keys() == able


def test_a_run_that_saved_nothing_can_only_be_told_of(tmp_path: Path) -> None:
    run = told_run(tmp_path)
    run.last.unlink()
    assert commands(run).keys() == {"report"}


def test_they_are_read_by_a_shell_in_the_folder_of_the_run(tmp_path: Path) -> None:
    run = told_run(tmp_path / "a b" / "it's", directory=str(tmp_path))
    assert shlex.split(commands(run)["resume"]) == ["gan-train", "resume=a b/it's", "trainer.max_steps=10000"]
    assert further.within(run.path, {"directory": "/elsewhere"}) == str(run.path)


def test_a_schedule_as_long_as_the_run_is_allowed_to_change(tmp_path: Path) -> None:
    run = told_run(tmp_path, ("model=vanilla", "data=ring", "schedule=linear"))
    assert commands(run)["resume"].endswith("trainer.max_steps=10000 allow_changes=true")


def test_own_classes_need_a_word(tmp_path: Path) -> None:
    run = told_run(tmp_path)
    config = {**run.config(), "loss": {"_target_": "mine.Loss"}}
    told = further.commands(run, run.facts(), config, series_of(run.samples))
    assert told["sample"].endswith("trust=true")
    assert "trust" not in commands(run)["sample"]


def test_papers_and_the_program(tmp_path: Path) -> None:
    run = told_run(tmp_path, ("model=dcgan", "data=digits", "tricks=[r1]"), git_revision="abc")
    papers = dict(further.papers(run.facts(), run.config()))
    assert papers["model: dcgan"] == "Radford et al. 2015, arXiv:1511.06434"
    assert papers["tricks: r1"] == "Mescheder et al. 2018"
    told = further.citation(run.facts())
    assert told.startswith("@software{gan_runner,")
    assert "year = {2026}" in told
    assert "revision abc" in told

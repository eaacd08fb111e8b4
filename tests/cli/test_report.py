"""gan-report: the run or sweep that is meant, and one sentence for what cannot be done."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.small_runs import Outcome
from fixtures.told_runs import told_run, told_sweep
from gan_runner.cli.report import Request
from gan_runner.config.errors import ConfigError


@pytest.fixture
def gan_report(run_command: Callable[..., Outcome], tmp_path: Path) -> Callable[..., Outcome]:
    """gan_report('run=last', …), in a folder with runs and a sweep."""
    runs = tmp_path / "outputs" / "runs"
    told_run(runs / "vanilla-ring" / "first-2026-03-01_12-00-00", started="2026-03-01T12:00:00+00:00")
    told_run(runs / "vae-digits" / "second-2026-03-02_12-00-00", ("model=vae", "data=digits"), ("reconstruction",),
             started="2026-03-02T12:00:00+00:00")  # fmt: skip
    told_sweep(tmp_path / "outputs" / "sweeps" / "vanilla-ring" / "losses-2026-02-01_12-00-00")
    return lambda *arguments: run_command("gan-report", *arguments)


@pytest.mark.parametrize(
    ("arguments", "title"),
    [
        (("run=vanilla-ring/first",), "vanilla-ring/first-2026-03-01_12-00-00"),
        (("run=last",), "vae-digits/second-2026-03-02_12-00-00"),
        (("outputs/runs/vae-digits",), "vae-digits/second-2026-03-02_12-00-00"),
        (("sweep=last", "lang=es"), "vanilla-ring/losses-2026-02-01_12-00-00"),
        (("sweep=losses",), "vanilla-ring/losses-2026-02-01_12-00-00"),
        (("outputs/sweeps/vanilla-ring/losses-2026-02-01_12-00-00",), "vanilla-ring/losses-2026-02-01_12-00-00"),
    ],
)
def test_the_one_that_is_meant_is_told_of(
    gan_report: Callable[..., Outcome], tmp_path: Path, arguments: tuple[str, ...], title: str
) -> None:
    outcome = gan_report(*arguments, "output=page.html")
    assert (outcome.code, outcome.err) == (0, "")
    assert "page.html (" in outcome.out
    text = (tmp_path / "page.html").read_text()
    assert f"<h1>{title}</h1>" in text
    assert f'<html lang="{"es" if "lang=es" in arguments else "en"}">' in text


def test_without_an_output_it_takes_its_place_in_the_folder(gan_report: Callable[..., Outcome], tmp_path: Path) -> None:
    for _ in range(2):
        assert gan_report("run=vae").code == 0
    (page,) = tmp_path.rglob("report.html")
    assert page.parent.name == "second-2026-03-02_12-00-00"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "give one of run=<run>, sweep=<sweep> and <folder>"),
        (("run=last", "sweep=last"), "give one of run=<run>, sweep=<sweep> and <folder>"),
        (("run=nothing",), "no run below outputs has that in its name; the nearest"),
        (("sweep=nothing",), "none below outputs has that in its name; the nearest: vanilla-ring/losses"),
        (("sweep=outputs/runs/vae-digits",), "is no sweep"),
        (("run=last", "outputs=elsewhere"), "no run lies below elsewhere"),
        (("sweep=last", "outputs=elsewhere"), "no sweep lies below elsewhere"),
        (("run=empty",), "has no run.json"),
        (("run=last", "output=gone/page.html"), "there is no folder gone"),
        (("run=last", "output=page.pdf"), "does not say what to write: give <file>.html"),
        (("run=last", "output=empty"), "is a folder: give a file, output=empty/report.html"),
        (("run=last", "output=there.html"), "exists already: choose another output, or set overwrite=true"),
        (("run=last", "lang=fr"), "lang=fr is not valid: it should be en or es"),
        (("run=last", "overwrite=maybe"), "overwrite=maybe is not valid"),
        (("run=last", "outptu=page.html"), "unknown key outptu (did you mean output?)"),
        (("--run",), "unknown flag --run"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    gan_report: Callable[..., Outcome], tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    (tmp_path / "there.html").write_text("mine")
    (tmp_path / "empty").mkdir()
    outcome = gan_report(*arguments)
    assert outcome.code == 1
    assert told in outcome.err
    assert outcome.err.startswith("gan-report: ")
    assert outcome.err.count("\n") == 1
    assert (tmp_path / "there.html").read_text() == "mine"


def test_a_page_may_be_replaced_where_that_is_asked_for(gan_report: Callable[..., Outcome], tmp_path: Path) -> None:
    (tmp_path / "there.html").write_text("old")
    assert gan_report("run=last", "output=there.html", "overwrite=true").code == 0
    assert "<h1>" in (tmp_path / "there.html").read_text()


def test_a_record_with_values_of_another_kind_is_told(gan_report: Callable[..., Outcome], tmp_path: Path) -> None:
    (record,) = tmp_path.rglob("first-*/run.json")
    record.write_text(json.dumps({**json.loads(record.read_text()), "states": "x"}))
    outcome = gan_report("run=first")
    assert outcome.code == 1
    assert "do not fit together" in outcome.err
    assert outcome.err.count("\n") == 1


def test_the_page_of_help_has_every_key(gan_report: Callable[..., Outcome]) -> None:
    told = gan_report("--help").out
    assert all(f"  {key}: " in told for key in ("run", "sweep", "output", "lang", "overwrite", "outputs"))


def test_requests() -> None:
    assert Request.of(["folder/a=b", "lang=es"]) == Request(folder="folder/a=b", lang="es")
    assert Request.of(["run=last", "output=null"]).output is None
    with pytest.raises(ConfigError, match="unknown key"):
        Request.of(["runs=last"])

"""Where a sweep lies, and the end of a job whose sweep is gone."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import OmegaConf

from fixtures.told_runs import told_sweep
from gan_runner.cli import sweeping
from gan_runner.cli.sweeping import Sweep, gather, tell
from gan_runner.runs import sheets
from gan_runner.runs.interruption import NOT_BEGUN


def hydra_of(folder: str, *overrides: str, given: bool = False, **choices: str) -> Any:
    """The part of Hydra's configuration that a sweep is asked by. given: the folder stands on the command line."""
    hydra = {
        "sweep": {"dir": folder}, "runtime": {"choices": {"model": "vanilla", "data": "ring", **choices}},
        "overrides": {"task": list(overrides), "hydra": ["hydra.sweep.dir=."] if given else []}, "sweeper": {},
    }  # fmt: skip
    return OmegaConf.create({"hydra": hydra, "objective": "loss", "objective_mode": "min"})


@pytest.mark.parametrize(
    ("overrides", "name"),
    [
        (["seed=0,1", "model=vanilla"], "vanilla-ring"),
        (["model=vanilla,dcgan"], "several-ring"),
        (["model=vanilla", "data=ring,grid", "seed=0"], "vanilla-several"),
        (["model=choice(vanilla,dcgan)", "data=glob(*)"], "several-several"),
        (["experiment=ring/gan,digits", "seed=0,1"], "several-several"),
        (["experiment=ring/gan", "seed=0,1"], "vanilla-ring"),
        (["seed=0,1", "+callbacks.mine.folder=${paths.run}"], "vanilla-ring"),  # what a job alone can tell
    ],
)
def test_all_jobs_of_a_sweep_lie_in_one_folder(tmp_path: Path, overrides: list[str], name: str) -> None:
    of_each_job = "${hydra.runtime.choices.model}-${hydra.runtime.choices.data}"
    config = hydra_of(f"{tmp_path}/it's/{of_each_job}/now", *overrides)
    gather(config)
    assert config.hydra.sweep.dir == f"{tmp_path}/it's/{name}/now"
    told, fixed = OverridesParser.create().parse_overrides([*config.hydra.overrides.hydra])
    assert (told.key_or_group, told.value()) == ("hydra.sweep.dir", config.hydra.sweep.dir)
    same = [one.partition("=")[0].lstrip("+") for one in overrides if "," not in one and "(" not in one]
    assert (fixed.key_or_group, fixed.value()) == (sweeping.FIXED, same)
    assert dict(config.hydra.runtime.choices) == {"model": "vanilla", "data": "ring"}  # as they were


def test_a_new_sweep_never_lies_in_the_folder_of_another(tmp_path: Path) -> None:
    configs = [hydra_of(f"{tmp_path}/sweeps/now", "seed=0,1") for _ in range(3)]
    for config in configs:
        gather(config)
    assert [Path(config.hydra.sweep.dir).name for config in configs] == ["now", "now-2", "now-3"]
    gather(again := hydra_of(f"{tmp_path}/sweeps/now", "seed=0,1", given=True))
    assert again.hydra.sweep.dir == f"{tmp_path}/sweeps/now"  # as it was asked for


def test_a_new_run_never_lies_in_the_folder_of_another(tmp_path: Path) -> None:
    def started(*words: str) -> str:
        config = OmegaConf.create({"hydra": {"run": {"dir": f"{tmp_path}/now"}, "overrides": {"hydra": [*words]}}})
        Sweep().on_run_start(config)
        return Path(config.hydra.run.dir).name

    assert [started(), started(), started("hydra.run.dir=now")] == ["now", "now-2", "now"]


@pytest.mark.parametrize(
    ("kind", "overrides", "fixed", "name", "words"),
    [
        ("run", ["model=vanilla", "loss=minimax", "optimizer.lr=1e-3"], [], None, "minimax-lr1e-3-"),
        ("run", ["model=vanilla"], [], None, ""),
        ("run", ["loss=minimax", "name=my try"], [], "my try", "my_try-"),
        ("run", ["loss=minimax", "seed=0,1", "tricks=[r1],[ema]"], [], None, "minimax-"),  # of a sweep
        ("job", ["loss=minimax", "seed=1", "+tricks@tricks.r1=r1"], ["loss", "tricks@tricks.r1"], None, "-seed1"),
        ("job", ["loss=minimax", "seed=1"], ["loss", "seed"], "my try", ""),
    ],
)
def test_what_folders_are_called_by(
    kind: str, overrides: list[str], fixed: list[str], name: str | None, words: str
) -> None:
    job = {"config": {"override_dirname": {"exclude_keys": fixed}}}
    hydra = {"overrides": {"task": overrides}, "job": job}
    config = OmegaConf.create({"hydra": hydra, "name": name, "folder": f"${{what_differs:{kind}}}"})
    assert config.folder == words


def test_a_sweep_without_a_job_says_why_there_is_no_summary(tmp_path: Path, capsys: Any) -> None:
    Sweep().on_multirun_start(hydra_of(str(tmp_path / "none")))
    tell()
    assert capsys.readouterr().out == f"\nNo summary: no job of this sweep has begun ({tmp_path / 'none'})\n"


def test_the_summary_is_told_once_where_the_sweep_lies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tell()  # of no sweep there is nothing to tell
    assert capsys.readouterr().out == ""
    for number in range(2):
        (tmp_path / str(number)).mkdir()
        facts = {"command": ["gan-train", f"seed={number}"], "status": "finished", "figures": {"loss": number}}
        (tmp_path / str(number) / "run.json").write_text(json.dumps(facts))
    Sweep().on_multirun_start(hydra_of(str(tmp_path), given=True))
    tell()
    told = capsys.readouterr().out
    assert "| (defaults) | 2 | 0.5 ± 0.5 |" in told
    assert f"Written to {tmp_path / 'summary.csv'} and {tmp_path / 'summary.md'}" in told
    tell()
    assert capsys.readouterr().out == ""


def test_the_page_of_a_sweep_is_left_where_it_is_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = told_sweep(tmp_path / "sweep")
    monkeypatch.setattr(sheets, "draw", lambda *_: [])
    for language, told in ((None, ""), ("es", f"Report: {sweep / 'report.html'}")):
        monkeypatch.setattr(Sweep, "folder", sweep)
        monkeypatch.setattr(Sweep, "language", language)
        tell()
        assert told in capsys.readouterr().out
        assert (sweep / "report.html").exists() is bool(told)
    assert '<html lang="es">' in (sweep / "report.html").read_text()


def test_a_page_that_cannot_be_written_ends_no_sweep(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = told_sweep(tmp_path / "sweep")
    (sweep / "report.html").mkdir()
    monkeypatch.setattr(sheets, "draw", lambda *_: [])
    monkeypatch.setattr(Sweep, "folder", sweep)
    monkeypatch.setattr(Sweep, "language", "en")
    tell()
    assert "report.html is not written" in caplog.text


def play(gone_after: float) -> int:
    """The exit code of a job that stops with 3 when it is told to, and whose sweep is there for some seconds."""
    code = (
        "import os, signal, sys, time; from gan_runner.cli import sweeping; sweeping.WATCH_SECONDS = 0.01\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        f"end = time.monotonic() + {gone_after}\n"
        "os.getppid = lambda: 7 if time.monotonic() < end else 1\n"
        "with sweeping.alongside(7): time.sleep(0.5)"
    )
    return subprocess.run([sys.executable, "-c", code], timeout=60).returncode


def test_a_job_ends_itself_when_its_sweep_is_gone() -> None:
    assert play(gone_after=60) == 0
    assert play(gone_after=0.1) == 75  # stopped, and no next job is waited for


def test_what_jobs_side_by_side_have_kept_is_said_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Sweep, "folder", tmp_path)
    states = {"0": "finished", "1": "interrupted", "2": "interrupted"}
    for name, state in states.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "run.json").write_text(json.dumps({"status": state}))
    assert sweeping._stopped() == NOT_BEGUN
    for name in ("0", "2"):
        (tmp_path / name / "checkpoints").mkdir()
        (tmp_path / name / "checkpoints" / "last.ckpt").touch()
    assert sweeping._stopped() == f"Stopped and saved job(s) 2. Go on with each: gan-train resume={tmp_path}/<job>"
    monkeypatch.setattr(Sweep, "folder", spaced := tmp_path.with_name("a sweep"))
    tmp_path.rename(spaced)
    assert sweeping._stopped().endswith(f"gan-train 'resume={spaced}/<job>'")


def test_jobs_side_by_side_are_told_to_stop() -> None:
    code = (
        "import multiprocessing, signal, time; from gan_runner.cli import sweeping\n"
        "job = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,)); job.start()\n"
        "sweeping._tell_jobs(); job.join(); print(job.exitcode)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60, capture_output=True).stdout == b"-15\n"

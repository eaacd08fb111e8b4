"""run=, resume= and init_from= on the command line."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.small_runs import SMALL, Outcome, run_folders
from gan_runner.cli.meant import with_runs
from gan_runner.config.errors import ConfigError

TINY = (*SMALL, "model=vanilla", "metrics=none", "callbacks.samples=null")
NAME = "outputs/runs/vanilla-ring/hinge-2026-11-28_12-00-00"


@pytest.fixture
def one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a run below outputs/, in the working directory."""
    monkeypatch.chdir(tmp_path)
    (Path(NAME) / "checkpoints").mkdir(parents=True)
    (Path(NAME) / "checkpoints" / "last.ckpt").touch()
    Path(NAME, "run.json").write_text(json.dumps({"status": "interrupted", "command": ["gan-train"]}))
    return Path(NAME)


@pytest.mark.parametrize("command", ["sample", "evaluate", "translate", "detect", "export"])
@pytest.mark.parametrize("asked", ["last", "hinge", "outputs/runs/vanilla-ring", "'hinge'"])
def test_run_is_found_by_every_command(one: Path, command: str, asked: str, capsys: Any) -> None:
    assert with_runs(command, [f"run={asked}", "seed=1"]) == [f'run="{NAME}"', "seed=1"]
    told = capsys.readouterr().out
    plain = asked.strip("'")
    assert told.startswith(f"run={plain}: {NAME}, the only one ")
    assert len(told.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "meant"),
    [
        (["resume=hinge"], [f'resume="{NAME}"']),
        (["init_from=last", "loss=hinge"], [f'init_from="{NAME}"', "loss=hinge"]),
        (["-m", "init_from=null,last"], ["-m", f'init_from=null,"{NAME}"']),
        (["resume=auto", "init_from=null"], ["resume=auto", "init_from=null"]),
        (["init_from=nowhere.ckpt"], ["init_from=nowhere.ckpt"]),  # there is a sentence for that
        ([f"resume={NAME}"], [f"resume={NAME}"]),
        (["resume=${name}"], ["resume=${name}"]),
        (["resume=last", "--cfg", "job"], ["resume=last", "--cfg", "job"]),
    ],
)
def test_what_gan_train_goes_on_with_and_begins_from(one: Path, arguments: list[str], meant: list[str]) -> None:
    assert with_runs("train", arguments) == meant


def test_other_outputs_are_looked_into(one: Path) -> None:
    Path("outputs").rename("elsewhere")
    assert with_runs("train", ["resume=last", "paths.outputs=elsewhere"])[0].startswith('resume="elsewhere/runs/')
    with pytest.raises(FileNotFoundError, match="last is no run folder, and no run lies below outputs"):
        with_runs("train", ["resume=last"])
    assert with_runs("sample", ["run=last", "outputs=elsewhere"])[0].startswith('run="elsewhere/runs/')


def test_weights_that_are_nowhere_are_told_with_their_key(one: Path) -> None:
    with pytest.raises(FileNotFoundError, match="init_from=nowhere does not exist: nowhere is no run folder, and"):
        with_runs("train", ["init_from=nowhere"])


def test_of_several_ranks_the_first_one_looks(one: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert with_runs("train", ["resume=last"]) == ["resume=last"]


def test_a_run_that_another_process_plays_is_not_gone_on_with(one: Path) -> None:
    facts = {"status": "running", "host": platform.node(), "process": os.getppid()}
    (one / "run.json").write_text(json.dumps(facts))
    for asked in ("last", NAME):
        with pytest.raises(ConfigError, match=f"which process {os.getppid()} is playing"):
            with_runs("train", [f"resume={asked}"])
    assert with_runs("train", ["init_from=last"]) == [f'init_from="{NAME}"']


def test_nothing_slow_is_imported_to_find_a_run(one: Path) -> None:
    code = (
        "import sys; from gan_runner.cli.meant import with_runs; print(with_runs('sample', ['run=last']), *sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f'run="{NAME}"' in told
    assert not {"torch", "numpy", "pydantic"} & set(told.split())


def test_a_run_by_its_name_from_training_to_samples(
    gan_train: Callable[..., Outcome], run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    assert gan_train(*TINY, "loss=hinge", "seed=3").code == 0
    assert gan_train(*TINY, "name=my try").code == 0
    hinge, mine = sorted(run_folders(tmp_path), key=lambda folder: "my_try" in folder.name)
    assert hinge.name.startswith("hinge-batch4-size8-samples40-steps3-seed3-20")
    assert mine.name.startswith("my_try-20")
    drawn = run_command("gan-sample", "run=hinge", "num_samples=4", "output=x.png")
    assert drawn.code == 0, drawn.err
    assert f"run=hinge: {hinge.relative_to(tmp_path)}, the only one with that in its name\n" in drawn.out
    longer = gan_train("resume=hinge", "trainer.max_steps=5")
    assert longer.code == 0, longer.err
    assert json.loads((hinge / "run.json").read_text())["batches"] == 5
    tuned = gan_train(*TINY, "init_from=last", "trainer.max_steps=1")
    assert tuned.code == 0, tuned.err
    assert f"init_from=last: {hinge.relative_to(tmp_path)}, the newest of 2 below outputs" in tuned.out
    refused = gan_train("resume=hinge", "name=other")
    assert "name=other names a new run, and resume=" in refused.err
    nowhere = gan_train("resume=hinje")
    assert nowhere.err.startswith(
        "gan-train: hinje is no run folder, and no run below outputs has that in its name; the"
    )
    assert "name=/// has no letter" in gan_train(*TINY, "name=///").err

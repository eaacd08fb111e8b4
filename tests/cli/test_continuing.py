"""gan-train resume=…: goes on in place, or says why not."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from omegaconf import OmegaConf

from fixtures.small_folders import FOLDER, paint
from fixtures.small_runs import SMALL, Outcome, run_folders
from gan_runner.cli.continuing import continuing


def test_a_damaged_checkpoint_is_told_on_resume(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    gan_train(*SMALL)
    (folder,) = run_folders(tmp_path)
    (folder / "checkpoints" / "last.ckpt").write_bytes(b"not a checkpoint")
    ended = gan_train(f"resume={folder}")
    assert ended.code == 1
    assert "damaged" in ended.err
    assert len(ended.err.strip().splitlines()) == 1


def test_resume_continues_in_place(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    gan_train(*SMALL, "model=vanilla", "loss=hinge")
    (folder,) = run_folders(tmp_path)
    done = gan_train(f"resume={folder.relative_to(tmp_path)}", "trainer.max_steps=7")
    assert done.code == 0, done.err
    record = json.loads((folder / "run.json").read_text())
    assert record["batches"] == 7
    assert record["earlier"][0]["batches"] == 3
    assert run_folders(tmp_path) == [folder]
    assert "hinge" in (folder / "config.yaml").read_text()


def test_resume_with_other_settings_is_refused_unless_allowed(
    gan_train: Callable[..., Outcome], tmp_path: Path
) -> None:
    gan_train(*SMALL)
    (folder,) = run_folders(tmp_path)
    longer = (f"resume={folder}", "trainer.max_steps=5")
    refused = gan_train(*longer, "system.generator_steps=2")
    assert refused.code == 1
    assert "system.generator_steps was 1, is 2" in refused.err
    assert "allow_changes=true" in refused.err
    assert gan_train(*longer, "system.generator_steps=2", "allow_changes=true").code == 0


def test_resume_auto_finds_the_unfinished_run_or_begins_one(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    begun = gan_train(*SMALL, "resume=auto")
    assert "a new one begins" in begun.out
    (folder,) = run_folders(tmp_path)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"status": "interrupted"}))
    assert "a new one begins" in gan_train(*SMALL, "seed=5", "resume=auto").out
    going_on = gan_train(*SMALL, "resume=auto")
    assert f"going on with {folder}" in going_on.out, going_on.err
    assert len(run_folders(tmp_path)) == 2
    assert "a new one begins" in gan_train(*SMALL, "resume=auto").out  # it has finished now


def test_a_run_folder_with_a_configuration_of_more_than_gan_train_writes_is_not_trusted(
    gan_train: Callable[..., Outcome], tmp_path: Path
) -> None:
    gan_train(*SMALL, "model=vanilla", "metrics=none")
    (folder,) = run_folders(tmp_path)
    (folder / ".hydra" / "hydra").mkdir()
    refused = gan_train(f"resume={folder}", "trainer.max_steps=4")
    assert refused.code == 1
    assert refused.err == (
        f"gan-train: {folder}/.hydra/hydra is not trusted: gan-train writes no folder there\n"
    )  # fmt: skip
    (folder / ".hydra" / "hydra").rmdir()
    assert gan_train(f"resume={folder}", "trainer.max_steps=4").code == 0


@pytest.mark.parametrize("run", ["auto", "outputs/runs/vanilla-ring/1"])
def test_a_run_that_goes_on_is_no_sweep(gan_train: Callable[..., Outcome], tmp_path: Path, run: str) -> None:
    refused = gan_train("-m", f"resume={run}", "optimizer.lr=1e-3,1e-4")
    assert refused.code == 1
    assert refused.err.startswith(f"gan-train: resume={run} continues one run, not a sweep: leave -m out")


def test_of_a_run_that_goes_on_no_data_is_built_before_its_classes_are_trusted(
    gan_train: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where its own settings make a sweep of it."""
    gan_train(*SMALL, "model=vanilla", "metrics=none")
    (folder,) = run_folders(tmp_path)
    monkeypatch.setattr("gan_runner.training.train._is_sweep", lambda: True)
    monkeypatch.setattr("gan_runner.training.train.known", lambda *_: pytest.fail("it was built"))
    ended = gan_train(f"resume={folder}", "trainer.max_steps=4", "skip_finished=true")
    assert ended.code == 0, ended.err


def test_a_resumed_run_logs_as_it_did_before(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    begun = gan_train(*SMALL, "model=vanilla", "metrics=none")
    (folder,) = run_folders(tmp_path)
    log = folder / "train.log"
    before = log.read_text().splitlines()
    again = gan_train(f"resume={folder}", "trainer.max_steps=4")
    assert again.code == 0, again.err
    lines = [line for line in begun.out.splitlines() if "parameters" in line]
    assert lines
    assert [line for line in again.out.splitlines() if "parameters" in line] == lines
    form = re.compile(r"\[[-0-9 :,]+\]\[gan_runner[.a-z]*\]\[INFO\] \w")
    assert len(log.read_text().splitlines()) > len(before)
    assert all(form.match(line) for line in log.read_text().splitlines() if line.startswith("["))


def interrupted(folder: Path, **facts: object) -> Path:
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"status": "interrupted"} | facts))
    return folder


def test_resume_auto_keeps_every_key_of_the_command(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    asked = ("model=vanilla", "metrics=none", "resume=auto")
    gan_train(*SMALL, *asked)
    (folder,) = run_folders(tmp_path)
    interrupted(folder)
    going_on = gan_train(
        *SMALL, *asked, "trainer.max_steps=6", "trainer.log_every_n_steps=2", "callbacks.checkpoint.keep_every=3",
        "logger.tensorboard=null",
    )  # fmt: skip
    assert f"resume=auto: going on with {folder}: the newest unfinished run of these" in going_on.out, going_on.err
    assert run_folders(tmp_path) == [folder]
    record = json.loads((folder / "run.json").read_text())
    assert (record["status"], record["batches"]) == ("finished", 6)
    config = OmegaConf.load(folder / "config.yaml")
    assert (config.trainer.max_steps, config.trainer.log_every_n_steps) == (6, 2)
    assert config.logger.tensorboard is None
    assert (folder / "checkpoints" / "00000006.ckpt").is_file()
    assert [line.partition(",")[0] for line in (folder / "metrics.csv").read_text().splitlines()[1:]] == [
        "1",
        "4",
        "6",
    ]
    assert OmegaConf.load(folder / ".hydra" / "config.yaml").trainer.max_steps == 6  # and so it goes on from here


def test_resume_auto_tells_in_what_the_nearest_run_differs(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    small = (*SMALL, "model=vanilla", "metrics=none")
    gan_train(*small)
    (folder,) = run_folders(tmp_path)
    interrupted(folder)
    begun = gan_train(*small, "loss=hinge", "trainer.max_steps=1", "resume=auto")
    assert begun.code == 0
    assert f"the nearest unfinished run, {folder}, is another: loss was " in begun.out
    assert len(begun.out.partition("resume=auto")[2].splitlines()[0]) > 0
    shorter = gan_train(*small, "trainer.max_steps=1", "resume=auto")
    assert "is another: it has played 3 batches, more than trainer.max_steps=1" in shorter.out
    assert len(run_folders(tmp_path)) == 3


def test_resume_auto_looks_at_the_data_and_at_configurations_of_ones_own(
    gan_train: Callable[..., Outcome], tmp_path: Path
) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "mine.yaml").write_text("# @package _global_\ntrainer: {max_steps: 5}\n")
    red, blue = paint(tmp_path / "red", 16, (200, 20, 20)), paint(tmp_path / "blue", 16, (20, 20, 200))
    command = ("--config-dir", str(tmp_path / "own"), *FOLDER[:-2], "metrics=none", "experiment=mine", "resume=auto")
    assert gan_train(*command, f"data.root={red}").code == 0
    (folder,) = run_folders(tmp_path)
    interrupted(folder)
    begun = gan_train(*command, f"data.root={blue}")
    assert f"data.root was {red}, is {blue}: the 16 files have other names or contents" in begun.out
    assert gan_train(*command).err.startswith("gan-train: data.root has no value: give one as data.root=")
    moved = red.rename(tmp_path / "moved")
    assert f"going on with {folder}" in gan_train(*command, f"data.root={moved}").out
    assert "is not there: set data.root" in gan_train(*command, f"data.root={red}").err


def test_resume_auto_composes_the_configuration_that_a_flag_names(
    tmp_path: Path, monkeypatch: Any, capsys: Any
) -> None:
    (tmp_path / "mine.yaml").write_text("defaults: [train]\n")
    monkeypatch.chdir(tmp_path)
    flags = ["--config-name", "mine", "--config-dir", str(tmp_path)]
    assert continuing("train", [*flags, "resume=auto", "seed=3"]) == [*flags, "seed=3"]
    assert "a new one begins" in capsys.readouterr().out


def test_resume_auto_needs_no_torch_to_find_nothing(tmp_path: Path) -> None:
    code = (
        "import sys; from gan_runner.cli.continuing import continuing\n"
        "print(continuing('train', ['seed=3', 'resume=auto']), 'torch' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert found.stdout.splitlines() == [
        f"resume=auto: a new one begins: no unfinished run lies below {tmp_path.resolve()}/outputs/runs",
        "['seed=3'] False",
    ]


@pytest.mark.parametrize("model", ["vae", "ganomaly"])
def test_resume_auto_knows_runs_that_play_for_no_loss_and_tells_likelihoods_apart(
    gan_train: Callable[..., Outcome], tmp_path: Path, model: str
) -> None:
    width = "network.hidden=[4]" if model == "vae" else "network.width=4"
    asked = (f"model={model}", "data=digits", "data.image_size=16", "data.batch_size=8", width, "metrics=none",
             "callbacks.samples=null", "callbacks.codes=null", "trainer.max_steps=2", "resume=auto")  # fmt: skip
    begun = gan_train(*asked)
    assert "a new one begins" in begun.out, begun.err
    (folder,) = run_folders(tmp_path)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"status": "interrupted"}))
    if model == "vae":
        assert "a new one begins" in gan_train(*asked, "likelihood=laplace").out
    assert f"going on with {folder}" in gan_train(*asked).out

"""A command that is told to stop saves what it can, says so in a line and ends, whatever it was at."""

import csv
import json
import os
import random
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf
from PIL import Image

from fixtures.moments import drawn, moments
from fixtures.small_runs import SMALL, run_folders
from fixtures.small_runs import Outcome as Commanded
from fixtures.stopping import Outcome, Zygote, halves, stop
from gan_runner.cli.entry import _guard
from gan_runner.runs.interruption import NOT_BEGUN, NOT_DONE, Interrupted, signals


def test_ctrl_c_saves_says_so_and_can_be_resumed(script: list[str], tmp_path: Path) -> None:
    command = [*script, *SMALL, "trainer.max_steps=1000000", "callbacks.checkpoint.every=1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob("outputs/runs/*/*/checkpoints/last.ckpt")) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    (folder,) = run_folders(tmp_path)
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    assert f"gan-train resume={folder}" in out + err


def test_sigterm_ends_a_sweep_with_its_job(script: list[str], tmp_path: Path) -> None:
    command = [*script, "-m", *SMALL, "trainer.max_steps=1000000", "callbacks.checkpoint.every=1", "seed=0,1"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        while not list(tmp_path.glob("outputs/sweeps/*/*/0-*/checkpoints/last.ckpt")) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert "Traceback" not in err
    (record,) = tmp_path.glob("outputs/sweeps/*/*/*/run.json")
    assert json.loads(record.read_text())["status"] == "interrupted"


# ---- told at a call, in this process --------------------------------------------------------------------------------

TOLD = {signal.SIGTERM: 75, signal.SIGINT: 130}
DIGITS = ["data=digits", *SMALL[3:], "features.steps=40", "paths.cache=cache", "evaluation.num_samples=64"]
MEASURED = [*SMALL[:4], "data.num_samples=1100", "trainer.max_steps=6", *SMALL[5:], "metrics=[frechet]",
            "features=random_conv",
            "evaluation.every=3", "evaluation.num_samples=100", "evaluation.best=frechet",
            "callbacks.samples.every=3", "trainer.log_every_n_steps=1"]  # fmt: skip


@pytest.fixture
def told_at(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """told_at('package.module.name', SIGTERM, call=2): this process is told when that is called the second time."""

    def tell(place: str, number: signal.Signals = signal.SIGTERM, call: int = 1) -> None:
        module, _, name = place.rpartition(".")
        original, calls = getattr(import_module(module), name), iter(range(1, 1_000_000))

        def called(*given: Any, **named: Any) -> Any:
            if next(calls) == call:
                os.kill(os.getpid(), number)
            return original(*given, **named)

        monkeypatch.setattr(place, called)

    return tell


def record(root: Path) -> dict[str, Any]:
    (folder,) = run_folders(root)
    found: dict[str, Any] = json.loads((folder / "run.json").read_text())
    return found


def assert_stopped(ended: Commanded, code: int, root: Path) -> str:
    """One line, no more; nothing by half. Returns the line."""
    assert ended.code == code, ended.err
    (line,) = (line for line in (ended.out + ended.err).splitlines() if line.startswith("Stopped"))
    assert "Traceback" not in ended.out + ended.err
    assert list(halves(root)) == []
    return line


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ("gan_runner.assemble.build_data", signal.SIGINT),
        ("gan_runner.features.classifier_training.hands", signal.SIGTERM),
        ("gan_runner.features.classifier_training.accuracy", signal.SIGINT),
        ("gan_runner.callbacks.samples.grid", signal.SIGTERM),
    ],
)
def test_before_the_first_batch_nothing_is_lost(
    run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any, place: str, number: signal.Signals
) -> None:
    told_at(place, number)
    ended = run_command("gan-train", *DIGITS)
    assert assert_stopped(ended, TOLD[number], tmp_path) == NOT_BEGUN
    assert record(tmp_path)["status"] == "interrupted"
    assert not list(tmp_path.glob("cache/**/*.pt"))


def test_a_classifier_that_was_trained_is_kept(
    run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any
) -> None:
    told_at("torch.save")
    assert_stopped(run_command("gan-train", *DIGITS), 75, tmp_path)
    assert len(list(tmp_path.glob("cache/classifiers/*.pt"))) == 1


def test_decoding_leaves_no_half_cache(
    run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any, images: Path
) -> None:
    told_at("gan_runner.data.files.cache.checksum")
    ended = run_command("gan-train", *SMALL[3:], f"data.root={images}", "data=folder", "data.image_size=8",
                        "data.cache=cache")  # fmt: skip
    assert_stopped(ended, 75, tmp_path)
    # What is known of the files stays: the hashes and the depths of their pixels, each in a file of its own.
    assert {path.suffix for path in tmp_path.glob("cache/*")} <= {".json", ""}
    assert not list(tmp_path.glob("cache/*/*.npy")) + list(tmp_path.glob("cache/.*"))


@pytest.mark.parametrize(
    ("place", "call", "saved"),
    [
        ("gan_runner.callbacks.samples.grid", 3, 3),  # of the reals, of the start, of batch 3
        ("gan_runner.callbacks.evaluation.judged", 1, 3),
        ("gan_runner.callbacks.evaluation.judged", 2, 6),
        pytest.param("gan_runner.runs.checkpoints.write", 1, 4, marks=pytest.mark.slow),  # a save in between is one
        pytest.param("gan_runner.callbacks.samples.gif", 1, 6, marks=pytest.mark.slow),
    ],
)
def test_a_run_that_is_cut_off_ends_as_one_that_is_not(
    run_command: Callable[..., Commanded], tmp_path: Path, monkeypatch: Any, told_at: Any, place: str, call: int,
    saved: int,
) -> None:  # fmt: skip
    """Its picture and its measure are made up for."""
    assert run_command("gan-train", *MEASURED).code == 0
    (whole,) = run_folders(tmp_path)
    with monkeypatch.context():
        told_at(place, call=call)
        line = assert_stopped(run_command("gan-train", *MEASURED), 75, tmp_path)
    _, folder = run_folders(tmp_path)
    assert line == f"Stopped after {saved} batches and saved. Go on: gan-train resume={folder}"
    assert json.loads((folder / "run.json").read_text())["status"] == "interrupted"
    monkeypatch.undo()
    monkeypatch.chdir(tmp_path)
    assert run_command("gan-train", f"resume={folder}").code == 0
    assert files(folder) == files(whole)
    drop = {"images_per_second"}
    rows = [list(csv.DictReader((one / "metrics.csv").open())) for one in (whole, folder)]
    assert [{name: row[name] for name in row.keys() - drop} for row in rows[0]] == [
        {name: row[name] for name in row.keys() - drop} for row in rows[1]
    ]
    for name in ("last.ckpt", "best.ckpt"):
        one, other = (torch.load(run / "checkpoints" / name, weights_only=True) for run in (whole, folder))
        assert one["global_step"] == other["global_step"], name
        for key, value in one["state_dict"].items():
            assert not isinstance(value, torch.Tensor) or torch.equal(value, other["state_dict"][key]), key


def files(folder: Path) -> set[str]:
    """But for the events of each part of a run, and the checkpoint before the last."""
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    return {name for name in names if "tfevents" not in name and "previous" not in name}


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_a_sweep_ends_with_the_job_and_its_summary(
    run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any, jobs: int
) -> None:
    told_at("gan_runner.callbacks.samples.grid", call=2 * jobs)  # the first picture of that job
    ended = run_command("gan-train", "-m", *SMALL, "callbacks.samples.every=5", "seed=0,1,2")
    assert assert_stopped(ended, 75, tmp_path).startswith(NOT_BEGUN)
    states = [json.loads(path.read_text())["status"] for path in sorted(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))]
    assert states == ["finished"] * (jobs - 1) + ["interrupted"]
    assert f"- job {jobs - 1}: interrupted\n" in ended.out


def test_a_job_of_slurm_says_in_its_own_log_that_it_stopped(monkeypatch: Any, capsys: Any) -> None:
    """It is played far from the command, by a process that has heard nothing of signals."""
    job = {"launcher": {"_target_": "hydra_plugins.hydra_submitit_launcher.submitit_launcher.SlurmLauncher"}}
    facts = SimpleNamespace(**job, mode=RunMode.MULTIRUN, job=SimpleNamespace(num=0))
    monkeypatch.setattr(HydraConfig, "get", lambda: facts)
    monkeypatch.setattr(signals, "word", lambda: "Stopped and saved")
    try:
        with pytest.raises(Interrupted) as ended:
            _guard("train", lambda config: os.kill(os.getpid(), signal.SIGTERM), {})(OmegaConf.create())
    finally:
        signals.unlisten()
    assert ended.value.code == 75
    assert capsys.readouterr().out == "Stopped and saved\n"


def test_a_search_ends_with_its_job(run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any) -> None:
    pytest.importorskip("optuna")
    told_at("gan_runner.callbacks.samples.grid", signal.SIGINT, call=2)
    ended = run_command("gan-train", "-m", *SMALL, "sweep=optuna", "hydra.sweeper.n_trials=3",
                        "optimizer.lr=interval(1e-4,1e-3)", "objective=generator/gan/adversarial")  # fmt: skip
    assert_stopped(ended, 130, tmp_path)
    assert "- job 0: interrupted" in ended.out
    assert len(list(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))) == 1


def test_what_is_done_with_a_run_leaves_nothing_by_half(
    run_command: Callable[..., Commanded], tmp_path: Path, told_at: Any, runs: dict[str, str],
    translators: dict[str, str], images: Path,
) -> None:  # fmt: skip
    told_at("gan_runner.images.writing._picture", call=3)
    line = assert_stopped(run_command("gan-sample", f"run={runs['plain']}", "output=drawn/"), 75, tmp_path)
    assert line == NOT_DONE
    assert not list(tmp_path.glob("drawn/*"))
    told_at("gan_runner.inference.evaluate.judged", signal.SIGINT)
    found = run_command("gan-evaluate", f"run={runs['plain']}", "output=found.json", "metrics=[frechet]",
                        "features=random_conv")  # fmt: skip
    assert assert_stopped(found, 130, tmp_path) == NOT_DONE
    assert not (tmp_path / "found.json").exists()
    told_at("gan_runner.inference.translate.write_image", call=3)
    made = run_command("gan-translate", f"run={translators['denoise']}", f"input={images}", "output=made", "size=8")
    assert assert_stopped(made, 75, tmp_path).startswith("Stopped after 2 of 24 images, which lie in made.")
    assert len(list((tmp_path / "made").iterdir())) == 2


# ---- at any moment, from outside ------------------------------------------------------------------------------------


@pytest.fixture
def images(tmp_path: Path) -> Path:
    return drawings(tmp_path / "images", side=16, count=24)


def drawings(folder: Path, side: int, count: int) -> Path:
    """Some differ, most are the same file."""
    draws = np.random.default_rng(0)
    folder.mkdir()
    for number in range(16):
        Image.fromarray(draws.integers(0, 256, (side, side, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    for number in range(16, count):
        (folder / f"{number}.png").hardlink_to(folder / f"{number % 16}.png")
    return folder


def drip(handler: object, released: object) -> None:
    """An archive that comes slowly."""
    handler.send_response(200)  # type: ignore[attr-defined]
    handler.send_header("Content-Length", "100000000")  # type: ignore[attr-defined]
    handler.end_headers()  # type: ignore[attr-defined]
    while not released.wait(0.05):  # type: ignore[attr-defined]
        handler.wfile.write(b"x" * 20_000)  # type: ignore[attr-defined]


@pytest.mark.slow
def test_at_any_moment(
    tmp_path: Path, serve: Callable[..., str], runs: dict[str, str], translators: dict[str, str]
) -> None:
    """Seeded moments over the life of every command; what each phase came to is printed."""
    chance = random.Random(0)
    images = drawings(tmp_path / "images", side=700, count=600)
    table = moments(images, serve(drip), runs, translators["denoise"])
    chosen = drawn(table, chance)
    assert len(chosen) >= 200
    seeds = [chance.random() for _ in chosen]

    def some(part: int) -> list[Outcome]:
        zygote, found = Zygote(), []
        for number in range(part, len(chosen), 2):
            folder = tmp_path / f"{number:03d}"
            found.append(stop(chosen[number], folder, random.Random(seeds[number]), zygote))
            if number % 4 < 2:
                found[-1].problems += goes_on(found[-1], folder, zygote)
        zygote.close()
        return found

    with ThreadPoolExecutor(2) as pool:
        outcomes = [outcome for found in pool.map(some, range(2)) for outcome in found]
    print(table_of(outcomes))
    assert not [(outcome.phase, outcome.problems, outcome.said) for outcome in outcomes if outcome.problems]


def goes_on(outcome: Outcome, folder: Path, zygote: Zygote) -> list[str]:
    """A run that was saved plays two more batches where it is said to."""
    found = re.search(r"Stopped after (\d+) batches", outcome.said)
    if outcome.resumable is None or found is None:
        return []
    said = folder.with_name(f"{folder.name}_resumed.txt")
    words = ["gan-train", f"resume={outcome.resumable}", f"trainer.max_steps={int(found[1]) + 2}"]
    process = zygote.start(words, folder, said)
    while process.poll() is None:
        time.sleep(0.05)
    return [] if process.poll() == 0 else [f"resumed, it ends with {process.poll()}: {said.read_text()}"]


def table_of(outcomes: list[Outcome]) -> str:
    phases: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        phases[outcome.phase].append(outcome)
    lines = ["phase | moments | good | seconds: median, most"]
    for phase, found in phases.items():
        seconds, good = [one.seconds for one in found], sum(not one.problems for one in found)
        lines.append(f"{phase} | {len(found)} | {good} | {median(seconds):.1f}, {max(seconds):.1f}")
    return "\n".join([*lines, f"all | {len(outcomes)} | {sum(not one.problems for one in outcomes)}"])

"""A command that is told to stop saves what it can, says so in a line and ends, whatever it was at."""

import json
import random
import re
import signal
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

import numpy as np
import pytest
from PIL import Image

from fixtures.moments import drawn, moments
from fixtures.small_runs import SMALL, run_folders
from fixtures.stopping import Moment, Outcome, Zygote, problems, stop


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
        while not list(tmp_path.glob("outputs/sweeps/*/*/0/checkpoints/last.ckpt")) and process.poll() is None:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert "Traceback" not in err
    (record,) = tmp_path.glob("outputs/sweeps/*/*/*/run.json")
    assert json.loads(record.read_text())["status"] == "interrupted"


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Photographs take longer to decode than to write."""
    draws, folder = np.random.default_rng(0), tmp_path / "images"
    folder.mkdir()
    for number in range(16):
        Image.fromarray(draws.integers(0, 256, (700, 700, 3), dtype=np.uint8)).save(folder / f"{number}.png")
    for number in range(16, 600):
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
    tmp_path: Path, images: Path, serve: Callable[..., str], runs: dict[str, str], translators: dict[str, str]
) -> None:
    """Seeded moments over the life of every command; what each phase came to is printed."""
    chance = random.Random(0)
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

"""A run or a sweep that is interrupted saves, says so and ends."""

import json
import signal
import subprocess
import time
from pathlib import Path

from fixtures.small_runs import SMALL, run_folders


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

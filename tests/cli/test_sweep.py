"""gan-train -m: failed jobs, searches, and the summary at the end."""

import json
from collections.abc import Callable
from pathlib import Path

from fixtures.small_runs import SMALL, Outcome


def test_a_sweep_goes_on_after_a_failed_job(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    ended = gan_train(*SMALL, "-m", "data.image_size=8,30", "seed=0,1")  # the flag in between
    assert ended.code == 1
    assert "2 job(s) of the sweep failed: 2, 3" in ended.err
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))]
    assert [record["status"] for record in records] == ["finished", "finished", "failed", "failed"]
    assert [record["seed"] for record in records] == [0, 1, 0, 1]
    assert {"data.image_size=30", "seed=1"} <= set(records[3]["command"])  # plays this job again


def test_a_sweep_over_recipes_lies_in_one_folder_and_ends_with_their_comparison(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    small = ("trainer.max_steps=2", "trainer.accelerator=cpu", "++data.num_samples=400", "data.batch_size=64",
             "evaluation.num_samples=20", "callbacks.samples=null", "logger=none")  # fmt: skip
    played = run_command("gan-train", "-m", "experiment=ring/gan,grid/gan", "seed=0,1,2", *small)
    assert played.code == 0, played.err
    (sweep,) = tmp_path.glob("outputs/sweeps/*/*")
    jobs = [f"{which}.gan-seed{seed}" for which in ("ring", "grid") for seed in (0, 1, 2)]  # what differs, in words
    assert sorted(path.name for path in sweep.iterdir() if path.is_dir()) == [
        f"{number}-{job}" for number, job in enumerate(jobs)
    ]
    assert sweep.name.startswith("batch64-samples400-steps2-20")  # and what does not
    summary = (sweep / "summary.md").read_text()
    assert summary in played.out
    assert "| experiment=ring/gan | 3 |" in summary
    assert "| minus experiment=ring/gan | overlap ↑ | " in summary  # evaluation.best


def test_a_sweep_ends_with_a_summary_and_skips_what_is_finished(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    command = ("gan-train", "-m", *SMALL, "loss=hinge,minimax", "optimizer.lr=1e-3,-1")
    first = run_command(*command)
    assert first.code == 1
    assert "| loss=hinge optimizer.lr=0.001 | 1 |" in first.out
    assert "- job 1: failed, ConfigError: optimizer.lr=-1 is not valid" in first.out
    again = run_command(*command, "skip_finished=true")
    assert again.out.count("has these settings and this data, and is finished") == 2
    assert [line for line in again.out.splitlines() if line.startswith("| loss")] == [
        line for line in first.out.splitlines() if line.startswith("| loss")
    ]
    longer = run_command(*command, "skip_finished=true", "trainer.max_steps=4")
    assert "has these settings" not in longer.out
    old, new, newest = sorted(tmp_path.glob("outputs/sweeps/*/*"), key=lambda sweep: sweep.stat().st_mtime)
    job = "0-hinge-lr0.001"
    assert json.loads((new / job / "run.json").read_text())["same_as"] == str(old / job)
    assert not (new / job / "checkpoints").exists()
    assert (newest / "summary.csv").is_file()

"""gan-train resume=…: goes on in place, or says why not."""

import json
import re
from collections.abc import Callable
from pathlib import Path

from fixtures.small_runs import SMALL, Outcome, run_folders


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

"""gan-train as a user meets it: what it leaves behind, and how it says no."""

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

SMALL = [
    "data=synthetic", "data.image_size=8", "data.num_samples=40", "data.batch_size=4", "trainer.max_steps=3",
    "trainer.accelerator=cpu",
]  # fmt: skip


class Outcome(Protocol):
    code: int
    out: str
    err: str


@pytest.fixture
def gan_train(run_command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """gan_train('model=dcgan', …) -> exit code, stdout, stderr; runs in this process, in tmp_path."""
    return functools.partial(run_command, "gan-train")


def run_folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("outputs/runs/*/*/run.json"))


def test_a_run_folder_tells_its_whole_story(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    done = gan_train(*SMALL, "model=cgan", "tricks=[ema]")
    assert done.code == 0, done.err
    (folder,) = run_folders(tmp_path)
    assert folder.parent.name == "cgan-synthetic"
    names = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"config.yaml", "run.json", "metrics.csv", "checkpoints/last.ckpt", "samples/real.png", ".hydra/config.yaml",
            ".hydra/overrides.yaml"} <= names  # fmt: skip
    assert any("tfevents" in name for name in names)
    record = json.loads((folder / "run.json").read_text())
    assert record["status"] == "finished"
    assert record["batches"] == 3
    assert record["seed"] == 0
    assert record["command"] == ["gan-train", *SMALL, "model=cgan", "tricks=[ema]"]
    assert {"torch", "pytorch-lightning", "python"} <= set(record["versions"])
    assert record["hardware"]["cores"] == os.cpu_count()
    assert "discriminator/gan/adversarial" in record["figures"]
    for told in (str(folder), "last.ckpt", "tensorboard --logdir", "gan-sample run="):
        assert told in done.out


WRONG: dict[str, tuple[list[str], str]] = {
    "unknown option": (["model=dcgann"], "model=dcgann does not exist (did you mean dcgan?)"),
    "unknown trick": (["tricks=[emaa]"], "did you mean ema?"),
    "unknown group": (["modle=dcgan"], "unknown key modle (did you mean model?)"),
    "unknown key": (["trainer.max_stepz=3"], "did you mean trainer.max_steps?"),
    "key without its group": (["max_steps=3"], "did you mean trainer.max_steps?"),
    "added unknown key": (["+data.batchsize=3"], "did you mean batch_size?"),
    "wrong type": (["trainer.max_steps=abc"], "trainer.max_steps='abc' is not valid"),
    "wrong type of seed": (["seed=abc"], "seed='abc' is not valid"),
    "batch of none": (["data.batch_size=0"], "data.batch_size=0 is not valid"),
    "no steps": (["trainer.max_steps=0"], "trainer.max_steps=0 is not valid"),
    "no generator steps": (["system.generator_steps=0"], "system.generator_steps=0 is not valid"),
    "unreachable size": (["data.image_size=30"], "cannot reach 30×30"),
    "points for dcgan": (["data=ring"], "use network=mlp"),
    "negative rate": (["optimizer.lr=-1"], "Invalid learning rate: -1"),
    "impossible smoothing": (["loss.label_smoothing=1.5"], "loss.label_smoothing=1.5 is not valid"),
    "smoothing of hinge": (["loss=hinge", "+loss.label_smoothing=0.1"], "unknown key loss.label_smoothing"),
    "precision": (["trainer.precision=16"], "'auto', '32-true' or 'bf16-mixed'"),
    "missing value": (["data=folder"], "data.root has no value: give one as data.root=…"),
    "missing root": (["data=folder", "data.root=nowhere"], "nowhere"),
    "labels of unlabelled data": (
        ["model=cgan", "data=folder", "data.root=."],
        "network.conditional=true needs labels",
    ),
    "more than there is": (["data.batch_size=64"], "data.batch_size=64"),
    "no such run": (["resume=nowhere"], "is no run folder"),
    "grammar": (["data.image_size=["], "no viable alternative"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_mistake_gets_one_sentence_and_leaves_no_run_marked_as_running(
    gan_train: Callable[..., Outcome], tmp_path: Path, case: str
) -> None:
    arguments, told = WRONG[case]
    small = [] if any(a.startswith("data=") for a in arguments) else SMALL
    ended = gan_train(*small, *arguments)
    assert ended.code == 1
    assert told in ended.err
    assert ended.err.startswith("gan-train: ")
    assert len(ended.err.strip().splitlines()) == 1
    for folder in run_folders(tmp_path):
        record = json.loads((folder / "run.json").read_text())
        assert record["status"] == "failed"
        assert record["why"]


def test_debug_trace_shows_where(gan_train: Callable[..., Outcome]) -> None:
    ended = gan_train(*SMALL, "data.image_size=30", "debug=trace")
    assert ended.code == 1
    assert "Traceback" in ended.err
    assert ended.err.strip().splitlines()[-1].startswith("gan-train: network=dcgan cannot reach 30×30")


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


def test_a_sweep_goes_on_after_a_failed_job(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    ended = gan_train(*SMALL, "-m", "data.image_size=8,30", "seed=0,1")  # the flag in between
    assert ended.code == 1
    assert "2 job(s) of the sweep failed: 2, 3" in ended.err
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))]
    assert [record["status"] for record in records] == ["finished", "finished", "failed", "failed"]
    assert [record["seed"] for record in records] == [0, 1, 0, 1]
    assert {"data.image_size=30", "seed=1"} <= set(records[3]["command"])  # plays this job again


def test_a_search_minimises_a_figure(gan_train: Callable[..., Outcome], tmp_path: Path) -> None:
    pytest.importorskip("optuna")
    search = ("-m", "sweep=optuna", "hydra.sweeper.n_trials=2", "optimizer.lr=interval(1e-4,1e-3)")
    refused = gan_train(*SMALL, *search)
    assert refused.code == 1
    assert "a search needs objective=" in refused.err
    found = gan_train(*SMALL, *search, "objective=generator/gan/adversarial", "trainer.log_every_n_steps=1")
    assert found.code == 0, found.err
    assert [path.name for path in tmp_path.glob("outputs/sweeps/*/*/optimization_results.yaml")]


@pytest.fixture(scope="module")
def script() -> list[str]:
    """The console script, started as a shell would start it."""
    return [str(Path(sys.executable).with_name("gan-train"))]


def test_ctrl_c_saves_says_so_and_can_be_resumed(script: list[str], tmp_path: Path) -> None:
    command = [*script, *SMALL, "trainer.max_steps=1000000", "callbacks.checkpoint.every=1"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not list(tmp_path.glob("outputs/runs/*/*/checkpoints/last.ckpt")) and process.poll() is None:
            pass
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
            pass
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 75, err
    assert "Traceback" not in err
    (record,) = tmp_path.glob("outputs/sweeps/*/*/*/run.json")
    assert json.loads(record.read_text())["status"] == "interrupted"


def test_help_and_completion(script: list[str], tmp_path: Path) -> None:
    page = subprocess.run([*script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for told in ("model       cgan, dcgan, dragan", "gan-train -m", "resume=", "trainer.max_steps", "gan-sample"):
        assert told in page
    completed = {
        "model=dc": "model=dcgan",
        "mod": "model=",
        "lat": "latent.",
        "data.image": "data.image_size=",  # only the composed configuration knows
    }
    for word, whole in completed.items():
        environment = {**os.environ, "COMP_LINE": f"gan-train {word}", "COMP_POINT": "16"}
        command = [*script, "-sc", "query=bash"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.split() == [whole]
    assert not list(tmp_path.iterdir())


def test_importing_the_package_and_its_commands_imports_no_torch() -> None:
    code = "import sys, gan_runner, gan_runner.cli.train, gan_runner.cli.sample; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_sweep_ends_with_a_summary_and_skips_what_is_finished(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    command = ("gan-train", "-m", *SMALL, "loss=hinge,minimax", "optimizer.lr=1e-3,-1")
    first = run_command(*command)
    assert first.code == 1
    assert "| loss=hinge optimizer.lr=0.001 | 1 |" in first.out
    assert "- job 1: failed, ConfigError: optimizer.generator: Invalid learning rate: -1" in first.out
    again = run_command(*command, "skip_finished=true")
    assert again.out.count("has these settings and is finished") == 2
    assert [line for line in again.out.splitlines() if line.startswith("| loss")] == [
        line for line in first.out.splitlines() if line.startswith("| loss")
    ]
    longer = run_command(*command, "skip_finished=true", "trainer.max_steps=4")
    assert "has these settings" not in longer.out
    old, new, newest = sorted(tmp_path.glob("outputs/sweeps/*/*"))
    assert json.loads((new / "0" / "run.json").read_text())["same_as"] == str(old / "0")
    assert not (new / "0" / "checkpoints").exists()
    assert (newest / "summary.csv").is_file()


def test_a_whole_number_among_betas_is_a_float(gan_train: Callable[..., Outcome]) -> None:
    done = gan_train(*SMALL, "optimizer.betas=[0,0.99]")
    assert done.code == 0, done.err

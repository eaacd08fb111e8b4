"""gan-train as a user meets it: what it leaves behind, and how it says no."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.small_runs import SMALL, Outcome, run_folders


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
    assert min(record["seconds"], record["cpu_seconds"]) > 0
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
    "negative rate": (["optimizer.lr=-1"], "optimizer.lr=-1 is not valid"),
    "impossible smoothing": (["loss.label_smoothing=1.5"], "loss.label_smoothing=1.5 is not valid"),
    "smoothing of hinge": (["loss=hinge", "+loss.label_smoothing=0.1"], "unknown key loss.label_smoothing"),
    "precision": (["trainer.precision=16"], "'auto', '32-true', 'bf16-mixed' or '16-mixed'"),
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


def test_a_whole_number_among_betas_is_a_float(gan_train: Callable[..., Outcome]) -> None:
    done = gan_train(*SMALL, "optimizer.betas=[0,0.99]")
    assert done.code == 0, done.err


def test_help_and_completion(script: list[str], tmp_path: Path) -> None:
    page = subprocess.run([*script, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    for told in (
        "model       aae, autoencoder, beta_vae",
        "gan-train -m",
        "resume=",
        "trainer.max_steps",
        "gan-sample",
    ):
        assert told in page
    completed = {
        "model=dc": ["model=dcgan"],
        "mod": ["model="],
        "lat": ["latent.", "latent="],
        "data.image": ["data.image_size="],  # only the composed configuration knows
    }
    for word, words in completed.items():
        environment = {**os.environ, "COMP_LINE": f"gan-train {word}", "COMP_POINT": "16"}
        command = [*script, "-sc", "query=bash"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True, env=environment)
        assert done.stdout.split() == words
    assert not list(tmp_path.iterdir())


def test_importing_the_package_and_its_commands_imports_no_torch() -> None:
    code = "import sys, gan_runner, gan_runner.cli.train, gan_runner.cli.sample; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)

"""How a command starts: by which names, and what it has imported when it says no."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from weakref import ref

import pytest
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import OmegaConf

from fixtures.small_runs import SMALL, Outcome
from gan_runner import __version__
from gan_runner.cli.entry import _guard

NO_KEY = (
    ("train", "data.batchsize=3"),
    ("train", "los=hinge"),
    ("train", "+data.batchsize=3"),
    ("train", "loss=hing"),
    ("train", "resume=nothing"),
    ("sample", "outptu=x.png"),
    ("sample", "run=nothing", "output=x.png"),
    ("sample", "ckpt=nothing", "output=x.png"),
    ("evaluate", "run=nothing"),
    ("translate", "run=nothing", "input=x.png"),
    ("translate", "ckpt={here}/x.ckpt", "input=nothing"),
    ("detect", "run=nothing", "input=x.png"),
    ("detect", "ckpt={here}/x.ckpt", "input=nothing", "output=x.csv"),
    ("export", "run=nothing", "output=x.onnx"),
    ("export", "ckpt={here}/x.ckpt", "fromat=onnx"),
    ("data", "root={here}", "image_sise=3"),
    ("data", "root={here}", "grid=x.jpg"),
)
NO_VALUE = (
    ("train", "data.batch_size=0"),
    ("train", "trainer.max_steps=-5"),
    ("train", "callbacks.samples.every=0"),
    ("train", "optimizer.lr=-1"),
    ("train", "optimizer.betas=[0.5]"),
    ("train", "+tricks.ema=5"),
    ("sample", "ckpt={here}/x.ckpt", "num_samples=0"),
    ("sample", "ckpt={here}/x.ckpt", "output=x.mp4"),
    ("evaluate", "ckpt={here}/x.ckpt", "metrics=[kid]", "metrics.kid.subsets=0"),
    ("translate", "ckpt={here}/x.ckpt", "direction=up"),
    ("detect", "ckpt={here}/x.ckpt", "fit=up"),
    ("export", "ckpt={here}/x.ckpt", "format=pt3"),
    ("data", "root={here}", "fit=up"),
)


@pytest.mark.parametrize("line", [*NO_KEY, *NO_VALUE], ids=" ".join)
def test_a_mistake_is_told_before_anything_slow_is_imported(line: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "x.ckpt").write_bytes(b"")
    name, *arguments = (word.format(here=tmp_path) for word in line)
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules)); "
        f"from gan_runner.cli.{name} import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"gan-{name}: ")
    assert len(ended.stderr.splitlines()) == 1
    assert not {"torch", "pytorch_lightning", "numpy", "matplotlib"} & set(ended.stdout.split())


@pytest.mark.parametrize("module", ["gan_runner sample", "gan_runner.cli.sample"])
def test_python_can_run_a_command(module: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", *module.split(), "run=nothing", "output=x.png"]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "gan-sample: nothing is no run folder, and no run lies below outputs: gan-train begins one\n"


def test_python_wants_to_know_which_command(tmp_path: Path) -> None:
    for arguments in ([], ["--help"], ["sing"]):
        line = [sys.executable, "-m", "gan_runner", *arguments]
        ended = subprocess.run(line, cwd=tmp_path, capture_output=True, text=True)
        assert ended.returncode == 1
        known = "train, sample, evaluate, translate, detect, export, data, runs, report, play, doctor"
        assert ended.stderr == f"python -m gan_runner: give a command: {known}\n"


def test_what_is_not_there_is_looked_for_by_one_key_alone(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    assert "give either run=" in run_command("gan-sample", "run=nothing", "ckpt=nothing").err
    assert "give either run=" in run_command("gan-sample", "run=null").err
    assert "2026 is no run folder" in run_command("gan-sample", "run=2026").err
    assert "run= names no file or folder" in run_command("gan-sample", "run=").err
    (tmp_path / "my run").mkdir()
    assert "has no checkpoints/last.ckpt" in run_command("gan-sample", "run=my run", "output=x.png").err
    assert "'my runs' is no" not in run_command("gan-sample", "run='my run'", "output=x.png").err
    shown = run_command("gan-sample", "run=nothing", "--cfg", "job")
    assert (shown.code, "run: nothing" in shown.out) == (0, True)


def test_a_flag_may_stand_between_keys_and_must_be_known(run_command: Callable[..., Outcome]) -> None:
    assert "unknown flag --resum" in run_command("gan-train", "--resum", "seed=1").err
    assert "paths.outputs= names no folder" in run_command("gan-train", "paths.outputs=", "--cfg", "job").err
    shown = run_command("gan-train", "seed=5", "--cfg", "job", "loss=hinge")
    assert shown.code == 0, shown.err
    assert "seed: 5" in shown.out
    assert "hinge.Hinge" in shown.out


def test_a_job_that_failed_is_known_again_and_what_it_held_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    job = SimpleNamespace(launcher={"_target_": "basic"}, mode=RunMode.MULTIRUN, job=SimpleNamespace(num=3))
    monkeypatch.setattr(HydraConfig, "get", lambda: job)
    failed: dict[int, Exception] = {}
    held: list[Any] = []

    class Weights:
        pass

    def task(config: Any) -> None:
        weights = Weights()
        held.append(ref(weights))
        raise ValueError("no such game")

    with pytest.raises(ValueError, match="no such game") as ended:
        _guard("train", task, failed)(OmegaConf.create())
    assert failed == {3: ended.value}
    assert held[0]() is None


def test_a_run_in_a_folder_with_an_equals_sign_goes_on(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    line = [*SMALL, "model=vanilla", "metrics=none", "hydra.run.dir=lr=1e-4/seed=1"]
    assert run_command("gan-train", *line).code == 0
    again = run_command("gan-train", "resume=lr=1e-4/seed=1", "trainer.max_steps=5")
    assert again.code == 0, again.err
    assert json.loads((tmp_path / "lr=1e-4/seed=1/run.json").read_text())["batches"] == 5


def test_the_version_is_the_products(run_command: Callable[..., Outcome]) -> None:
    for name in ("train", "sample"):
        assert run_command(f"gan-{name}", "--version") == (0, f"gan-runner {__version__}\n", "")


def test_a_flag_of_tutorials_leads_to_the_key(run_command: Callable[..., Outcome]) -> None:
    told = run_command("gan-train", "--lr", "0.001").err
    assert told.startswith("gan-train: unknown flag --lr (did you mean optimizer.lr?): keys are given as key=value")
    assert "(did you mean" not in run_command("gan-train", "--resum").err


@pytest.mark.parametrize(("given", "level"), [(None, "ERROR"), ("INFO", "INFO")])
def test_warnings_of_torch_in_cpp_are_for_who_asks(tmp_path, given, level):
    """A rank that is told to stop finds the connection to another one closed; torch would print where in its code."""
    told = "atexit.register(lambda: print(os.environ['TORCH_CPP_LOG_LEVEL']))"
    code = f"import atexit, os; {told}; from gan_runner.cli.sample import main; main()"
    environment = {name: value for name, value in os.environ.items() if name != "TORCH_CPP_LOG_LEVEL"}
    environment |= {"TORCH_CPP_LOG_LEVEL": given} if given else {}
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.stdout.splitlines()[-1] == level, ended.stderr

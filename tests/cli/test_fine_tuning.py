"""gan-train init_from=…: a new run begins with the weights of another."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from sklearn.datasets import load_digits

from fixtures.small_runs import SMALL, Outcome, run_folders

QUIET = (*SMALL, "model=vanilla", "metrics=none", "logger=none", "callbacks.samples=null", "trainer.precision=32-true")


@pytest.fixture
def trained(gan_train: Callable[..., Outcome], tmp_path: Path) -> Path:
    """The folder of a run of three batches, away from where runs are written."""
    done = gan_train(*QUIET, "tricks=[ema]", "paths.outputs=before", "seed=3")
    assert done.code == 0, done.err
    (folder,) = (path.parent for path in tmp_path.glob("before/runs/*/*/run.json"))
    return folder


def state_of(folder: Path) -> dict[str, Any]:
    contents = torch.load(folder / "checkpoints" / "last.ckpt", weights_only=True)
    return {name: value for name, value in contents["state_dict"].items() if isinstance(value, torch.Tensor)}


def test_what_was_taken_is_told_and_recorded(gan_train: Callable[..., Outcome], trained: Path, tmp_path: Path) -> None:
    done = gan_train(*QUIET, "tricks=[ema]", "data.seed=7", f"init_from={trained.relative_to(tmp_path)}")
    assert done.code == 0, done.err
    assert done.out.startswith(f"init_from: weights after 3 batches, from {trained}/checkpoints/last.ckpt: generator ")
    (folder,) = run_folders(tmp_path)
    record = json.loads((folder / "run.json").read_text())
    told = record["initial_weights"]
    assert (told["batches"], told["new"], told["partly"], told["left"]) == (3, [], [], [])
    assert "games.gan.generator.head" in told["taken"]
    assert len(told["sha256"]) == 64
    assert record["batches"] == 3  # its own
    assert f"sha256: {told['sha256']}" in (folder / "config.yaml").read_text()


def test_it_goes_on_to_the_bit_without_the_old_run(
    gan_train: Callable[..., Outcome], trained: Path, tmp_path: Path
) -> None:
    tuned = (*QUIET, "tricks=[ema]", "optimizer.lr=1e-3", f"init_from={trained}")
    assert gan_train(*tuned, "trainer.max_steps=8", "paths.outputs=whole").code == 0
    assert gan_train(*tuned, "trainer.max_steps=4").code == 0
    shutil.rmtree(trained)
    (folder,) = run_folders(tmp_path)
    resumed = gan_train(f"resume={folder}", "trainer.max_steps=8")
    assert resumed.code == 0, resumed.err
    assert "init_from" not in resumed.out
    (whole,) = (path.parent for path in tmp_path.glob("whole/runs/*/*/run.json"))
    expected, found = state_of(whole), state_of(folder)
    assert [name for name in expected if not torch.equal(expected[name], found[name])] == []


def test_a_run_to_go_on_with_and_weights_to_begin_with_are_one_too_many(
    gan_train: Callable[..., Outcome], trained: Path
) -> None:
    refused = gan_train(f"resume={trained}", "init_from=other")
    assert refused.code == 1
    assert refused.err.strip() == (
        f"gan-train: resume={trained} goes on with that run's own weights, and init_from=other begins a new run: give "
        "one of the two"
    )


def test_auto_goes_on_with_the_run_of_this_start_or_begins_one(
    gan_train: Callable[..., Outcome], trained: Path, tmp_path: Path
) -> None:
    tuned = (*QUIET, "tricks=[ema]", f"init_from={trained}")
    begun = gan_train(*tuned, "resume=auto")
    assert "a new one begins" in begun.out, begun.err
    (folder,) = run_folders(tmp_path)
    record = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(record | {"status": "interrupted"}))
    assert "a new one begins" in gan_train(*QUIET, "tricks=[ema]", "resume=auto").out  # from random weights
    assert f"going on with {folder}" in gan_train(*tuned, "resume=auto").out


def test_a_sweep_over_starts(gan_train: Callable[..., Outcome], trained: Path, tmp_path: Path) -> None:
    longer = gan_train(*QUIET, "tricks=[ema]", "paths.outputs=longer", "trainer.max_steps=5")
    assert longer.code == 0
    (other,) = (path.parent for path in tmp_path.glob("longer/runs/*/*/run.json"))
    sweep = (
        *QUIET,
        "-m",
        "tricks=[ema]",
        f"init_from={trained},{other}/checkpoints/last.ckpt,null",
        "skip_finished=true",
    )
    done = gan_train(*sweep)
    assert done.code == 0, done.err
    assert "has these settings" not in done.out
    records = [json.loads(path.read_text()) for path in sorted(tmp_path.glob("outputs/sweeps/*/*/*/run.json"))]
    assert [record.get("initial_weights", {}).get("batches") for record in records] == [3, 5, None]
    moved = trained.rename(tmp_path / "elsewhere")  # the same contents: the same run
    again = gan_train(*(value.replace(str(trained), str(moved)) for value in sweep))
    assert again.out.count("has these settings and this data, and is finished") == 3


@pytest.mark.slow
def test_ranks_begin_with_the_first_ones_choice(script: list[str], trained: Path, tmp_path: Path) -> None:
    ranks = ("trainer=ddp_cpu", "trainer.devices=2", "tricks=[ema,historical_averaging]", "optimizer.lr=1e-12")
    done = subprocess.run(
        [*script, *QUIET, *ranks, f"init_from={trained}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("init_from: ") == 1
    (folder,) = run_folders(tmp_path)
    expected, found = state_of(trained), state_of(folder)
    for name in (name for name in expected if ".tricks." not in name):  # the average comes nearer to its generator
        torch.testing.assert_close(found[name], expected[name], rtol=0, atol=1e-6)


@pytest.mark.slow
def test_a_short_run_comes_nearer_to_its_data_from_trained_weights_than_from_random_ones(
    gan_train: Callable[..., Outcome], tmp_path: Path
) -> None:
    """From digits 0 to 4 to digits 5 to 9, which the earlier run has not seen."""
    digits = load_digits()
    for image, label in zip(digits.images, digits.target, strict=True):
        folder = tmp_path / ("low" if label < 5 else "high")
        folder.mkdir(exist_ok=True)
        pixels = Image.fromarray((image * 255 / 16).astype("uint8"))
        pixels.save(folder / f"{len(list(folder.iterdir()))}.png")
    settings = ("data=folder", "data.image_size=8", "data.channels=1", "data.cache=null", "data.batch_size=32",
                "network.width=16", "latent.latent_dim=16", "tricks=[ema]", "tricks.ema.decay=0.99",
                "optimizer.lr=1e-3", "metrics=frechet", "features=random_conv", "evaluation.num_samples=400",
                "logger=none", "callbacks.samples=null", "trainer=cpu", "trainer.precision=32-true")  # fmt: skip
    few = ("data.root=high", "trainer.max_steps=60", "evaluation.every=60")
    assert gan_train(*settings, "data.root=low", "trainer.max_steps=800", "evaluation.every=800").code == 0
    (before,) = run_folders(tmp_path)
    found = {}
    for name, start in (("tuned", (f"init_from={before}",)), ("scratch", ())):
        ended = gan_train(*settings, *few, *start, f"paths.outputs={name}")
        assert ended.code == 0, ended.err
        (path,) = tmp_path.glob(f"{name}/runs/*/*/run.json")
        figures = json.loads(path.read_text())["figures"]
        found[name] = next(value for key, value in figures.items() if "frechet" in key and "real" not in key)
    assert found["tuned"] < found["scratch"] / 2, found

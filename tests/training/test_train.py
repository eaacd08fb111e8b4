"""One run: what is imported before its first batch, and what it says at its end."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.small_runs import SMALL, Outcome
from gan_runner.config.options import CONFIGS

PLOTTING = {"matplotlib", "mpl_toolkits", "seaborn", "plotly", "bokeh"}
UNUSED = {"scipy", "sklearn", "pandas", "onnx", "tensorflow", "IPython"}


def test_no_plotting_library_is_imported_before_the_first_batch(tmp_path: Path) -> None:
    """By the defaults: digits, all callbacks, TensorBoard."""
    benchmarks = CONFIGS.parent / "benchmarks"
    if not benchmarks.is_dir():
        pytest.skip("not a checkout")
    environment = {**os.environ, "MODULES_AT_FIRST_BATCH": str(tmp_path / "modules")}
    environment["PYTHONPATH"] = os.pathsep.join([str(benchmarks), *filter(None, [os.environ.get("PYTHONPATH")])])
    line = [sys.executable, "-m", "gan_runner", "train", "trainer.accelerator=cpu"]
    line += ["+callbacks.first_batch._target_=start.first_batch", "features.steps=1"]
    subprocess.run(line, cwd=tmp_path, check=True, env=environment, capture_output=True)
    imported = {name.partition(".")[0] for name in (tmp_path / "modules").read_text().split()}
    assert {"torch", "pytorch_lightning", "tensorboard"} <= imported
    assert not imported & (PLOTTING | UNUSED)


def test_the_end_tells_what_can_be_done_next(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    drawn = run_command("gan-train", *SMALL, "model=vanilla", "metrics=none", "logger=none")
    assert drawn.code == 0, drawn.err
    assert "Next: gan-sample run=" in drawn.out
    assert f"  samples      {tmp_path}" in drawn.out
    assert "  checkpoint   " in drawn.out
    small = ("network.width=4", "network.blocks=1", "network.layers=1", "data.image_size=8", "data.batch_size=1")
    folders = {}
    for side in ("trainA", "trainB"):
        folders[side] = tmp_path / "root" / side
        folders[side].mkdir(parents=True)
    from PIL import Image

    for folder in folders.values():
        for number in range(2):
            Image.new("RGB", (8, 8), (number * 100,) * 3).save(folder / f"{number}.png")
    translated = run_command(
        "gan-train", "model=cyclegan", "data=unpaired", "data.root=root", *small, "trainer.max_steps=1",
        "trainer.accelerator=cpu", "metrics=none", "logger=none", "data.holdout=0",
    )  # fmt: skip
    assert translated.code == 0, translated.err
    assert "Next: gan-translate run=" in translated.out


def test_an_objective_that_is_no_figure_is_told_before_the_first_batch(
    run_command: Callable[..., Outcome], tmp_path: Path
) -> None:
    ended = run_command("gan-train", *SMALL, "model=vanilla", "metrics=none", "objective=generator/gan/adversaria")
    assert ended.code == 1
    assert "is no figure that this run will have (did you mean generator/gan/adversarial?)" in ended.err
    (record,) = tmp_path.glob("outputs/runs/*/*/run.json")
    assert "batches" not in json.loads(record.read_text())


def test_an_unfinished_run_to_build_on_is_told_before_any_data_is_known(
    run_command: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large folder that takes minutes."""
    mlp = ("network=mlp", "network.generator.hidden=[4]", "network.discriminator.hidden=[4]", "latent.latent_dim=3")
    gan = run_command("gan-train", *SMALL, "model=vanilla", *mlp, "metrics=none", "logger=none", "hydra.run.dir=gan")
    assert gan.code == 0, gan.err
    record = tmp_path / "gan" / "run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | {"status": "interrupted"}))
    known: list[object] = []
    monkeypatch.setattr("gan_runner.data.base.DataFamily.fingerprint", lambda data: known.append(data))
    monkeypatch.setattr("gan_runner.data.synthetic.Synthetic.read", lambda data, split: known.append(split))
    ended = run_command("gan-train", *SMALL, "model=f_anogan", "network=mlp", "init_from=gan", "logger=none")
    assert ended.code == 1
    assert "gan: that run is interrupted, and this one builds on what a finished one has learned" in ended.err
    assert known == []

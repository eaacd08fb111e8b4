"""What lies where in a run folder."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hydra import compose, initialize_config_dir

from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS
from gan_runner.runs.folder import LAST, RunFolder, last_of, named, recorded

MISSING = r"nowhere is no run folder: give one like outputs/runs/<model>-<data>/<time>"


def test_what_the_configuration_writes_lies_where_the_folder_says() -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", ["paths.run=here"])
    run = RunFolder(Path("here"))
    assert config.callbacks.checkpoint.folder == str(run.checkpoints)
    for drawing in ("samples", "panels", "stages", "evaluation"):
        assert config.callbacks[drawing].folder == str(run.samples)
    assert Path(config.logger.csv.folder) == run.metrics.parent


def test_facts_and_configuration_are_read(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert run.facts() == {}
    run.record.write_text(json.dumps({"status": "finished"}))
    run.resolved.write_text(yaml.safe_dump({"seed": 3, "loss": {"_target_": "x"}}))
    assert run.facts() == {"status": "finished"}
    assert run.config() == {"seed": 3, "loss": {"_target_": "x"}}


def test_runs_are_found_by_their_record_at_the_depths_asked_for(tmp_path: Path) -> None:
    for place in ("runs/dcgan-digits/1", "sweeps/dcgan-digits/2/0", "sweeps/dcgan-digits/2/1"):
        (tmp_path / place).mkdir(parents=True)
        RunFolder(tmp_path / place).record.write_text("{}")
    (tmp_path / "runs/dcgan-digits/begun").mkdir()
    runs = {str(run.path.relative_to(tmp_path)) for run in recorded(tmp_path, "runs/*/*", "sweeps/*/*/*")}
    assert runs == {"runs/dcgan-digits/1", "sweeps/dcgan-digits/2/0", "sweeps/dcgan-digits/2/1"}
    assert {run.path for run in recorded(tmp_path, "**")} == {tmp_path / place for place in runs}
    assert [run.path.name for run in recorded(tmp_path / "runs", "*/*")] == ["1"]


def test_a_checkpoint_is_named_by_one_key(tmp_path: Path) -> None:
    for run, ckpt in ((None, None), ("a", "b")):
        with pytest.raises(ConfigError, match="give either run=<run folder> or ckpt=<checkpoint file>"):
            named(run, ckpt)
    with pytest.raises(FileNotFoundError, match=MISSING):
        named("nowhere", None)
    with pytest.raises(FileNotFoundError, match=r"checkpoint nothing\.ckpt does not exist"):
        named(None, "nothing.ckpt")
    (tmp_path / "best.ckpt").write_bytes(b"")
    assert named(None, str(tmp_path / "best.ckpt")) == tmp_path / "best.ckpt"


def test_a_folder_that_is_no_run_is_told_apart_from_a_run_without_a_checkpoint(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=rf"has no checkpoints/{LAST}: it is no run folder"):
        last_of(tmp_path)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(FileNotFoundError, match=rf"has no checkpoints/{LAST}: the run stopped before its first save"):
        last_of(tmp_path)


def test_a_run_that_is_still_playing_has_not_stopped(tmp_path: Path) -> None:
    def told(**facts: object) -> str:
        (tmp_path / "run.json").write_text(json.dumps({"status": "running", **facts}))
        with pytest.raises(FileNotFoundError) as caught:
            last_of(tmp_path)
        return str(caught.value)

    here = {"host": platform.node(), "process": os.getpid()}
    assert "still playing and has saved nothing yet, try again after its first save" in told(**here)
    assert "was started on another machine and has saved nothing yet" in told(host="elsewhere", process=1)
    assert "the run stopped before its first save" in told(**here, status="failed")


def test_a_run_that_took_its_figures_from_another_leads_to_its_checkpoint(tmp_path: Path) -> None:
    played, noted = tmp_path / "played", tmp_path / "noted"
    noted.mkdir()
    (noted / "run.json").write_text(json.dumps({"same_as": str(played)}))
    with pytest.raises(FileNotFoundError, match=rf"{played.name} has no checkpoints/{LAST}"):
        last_of(noted)


def test_it_imports_no_torch() -> None:
    code = "import sys, gan_runner.runs.folder, gan_runner.runs.resuming; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ)


@pytest.mark.parametrize(
    ("path", "called"),
    [
        ("outputs/runs/vanilla-ring/now", "vanilla-ring/now"),
        ("outputs/runs/vanilla-ring/2026-11-28_23-04-05", "vanilla-ring/2026-11-28_23-04-05"),
        ("outputs/sweeps/vanilla-ring/now/3-seed1", "vanilla-ring/now/3-seed1"),
    ],
)
def test_a_run_folder_has_a_name_for_people(path: str, called: str) -> None:
    assert RunFolder(Path(path)).called == called

"""logger=wandb, offline: what its own files hold."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from fixtures.small_runs import Outcome
from fixtures.wandb_files import kept
from gan_runner.callbacks.base import ShowsPictures
from gan_runner.config.errors import ConfigError

wandb = pytest.importorskip("wandb")

from gan_runner.training.wandb import Wandb, id_of  # noqa: E402


def files(folder: Path) -> list[Path]:
    """Of the runs in a folder, the oldest first; what is written beside this process is waited for."""
    wandb.teardown()
    return sorted(folder.glob("wandb/*run-*/run-*.wandb"), key=os.path.getmtime)


def test_a_run_is_kept_in_its_folder_and_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    ids = []
    for name in ("one", "two"):  # in one process, as jobs of a sweep
        folder = tmp_path / "sweep" / name
        folder.mkdir(parents=True)
        (folder.parent / "multirun.yaml").touch()
        Image.new("L", (4, 4)).save(folder / "a.png")
        logger = Wandb(folder)
        assert isinstance(logger, ShowsPictures)
        logger.log_hyperparams({"seed": 3, "loss": "hinge.Hinge"})
        logger.log_metrics({"evaluation/kid/dinov2/500": 0.5, "evaluation/auroc_día/elbo/9": float("nan")}, 20)
        logger.show_picture("samples", folder / "a.png", 20)
        logger.finalize("success")
        (file,) = files(folder)
        found = kept(file)
        assert found["name"] == name
        assert (found["group"], found["project"], found["exit"]) == ("sweep", "gan_runner", 0)
        assert found["config"]["seed"] == "3"
        assert found["figures"]["evaluation/kid/dinov2/500"] == {20: "0.5"}
        assert found["figures"]["evaluation/auroc_día/elbo/9"] == {20: "NaN"}
        assert found["figures"]["samples|_type"] == {20: '"image-file"'}
        ids.append(found["id"])
    assert len({*ids}) == 2
    assert not [*elsewhere.iterdir()]


@pytest.mark.parametrize(("error", "code"), [(OSError("x"), 1), (KeyboardInterrupt(), 130)])
def test_how_a_run_ended_is_kept(error: BaseException, code: int, tmp_path: Path) -> None:
    logger = Wandb(tmp_path)
    logger.log_metrics({"a": 1.0}, 1)
    try:
        raise error
    except BaseException:
        logger.finalize("failed")
    (file,) = files(tmp_path)
    assert kept(file)["exit"] == code


def test_a_resumed_run_goes_on_under_its_id(tmp_path: Path) -> None:
    assert id_of(tmp_path) is None
    for step in (1, 2):
        logger = Wandb(tmp_path)
        logger.log_metrics({"a": 1.0}, step)
        logger.finalize("success")
    first, second = (kept(file) for file in files(tmp_path))
    assert first["id"] == second["id"] == id_of(tmp_path)
    assert (first["figures"]["a"], second["figures"]["a"]) == ({1: "1"}, {2: "1"})


def test_a_run_that_has_not_begun_leaves_nothing(tmp_path: Path) -> None:
    Wandb(tmp_path).finalize("failed")
    assert not [*tmp_path.iterdir()]


def test_without_an_account_nothing_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wandb, "login", lambda prompt: False)
    with pytest.raises(ConfigError, match="offline=false needs an account: run `wandb login` or set WANDB_API_KEY"):
        Wandb(tmp_path, offline=False)


def test_a_whole_run_has_the_figures_of_metrics_csv(run_command: Callable[..., Outcome], tmp_path: Path) -> None:
    ended = run_command(
        "gan-train", "model=vanilla", "data=ring", "logger=wandb", "trainer.max_steps=2", "trainer.accelerator=cpu",
        "network.generator.hidden=[4]", "network.discriminator.hidden=[4]", "evaluation.num_samples=50",
        "callbacks.report=null", "hydra.run.dir=run",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    (file,) = files(tmp_path / "run")
    found = kept(file)
    columns = (tmp_path / "run" / "metrics.csv").read_text().splitlines()[0].split(",")
    assert {*columns} - {"step"} <= {*found["figures"]}
    assert {"samples|path", "samples/real|path"} <= {*found["figures"]}
    assert found["config"]["loss"] == '"non_saturating.NonSaturating"'
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]
    assert "wandb sync" in (tmp_path / "run" / "README.md").read_text()

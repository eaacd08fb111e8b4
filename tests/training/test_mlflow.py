"""logger=mlflow, in a database on this machine: what its own client finds there."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fixtures.small_runs import Outcome
from gan_runner.callbacks.base import ShowsPictures
from gan_runner.config.errors import ConfigError

pytest.importorskip("mlflow")
pytest.importorskip("sqlalchemy", reason="mlflow-skinny comes without a store")

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from gan_runner.training import mlflow as module
from gan_runner.training.mlflow import MLflow, accepted


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database is made once: that takes seconds."""
    return tmp_path_factory.mktemp("outputs")


def client(outputs: Path) -> MlflowClient:
    return MlflowClient(f"sqlite:///{outputs / 'mlflow.db'}")


def logger(folder: Path, outputs: Path, **settings: Any) -> MLflow:
    folder.mkdir(parents=True, exist_ok=True)
    return MLflow(folder, outputs, **settings)


def test_a_run_is_kept_in_the_database_of_its_outputs(
    tmp_path: Path, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    (tmp_path / "sweep").mkdir()
    (tmp_path / "sweep" / "multirun.yaml").touch()
    ids = []
    for name in ("one", "two"):
        tracker = logger(tmp_path / "sweep" / name, outputs)
        assert isinstance(tracker, ShowsPictures)
        Image.new("L", (4, 4)).save(tracker.run.path / "a.png")
        tracker.log_hyperparams({f"key{i}": i for i in range(150)} | {"long": "x" * 900})
        tracker.log_metrics({"evaluation/auroc_día/elbo/9": 0.5, "kl": float("nan"), "best": float("inf")}, 20)
        tracker.show_picture("samples/real", tracker.run.path / "a.png", 20)
        tracker.finalize("success")
        run = client(outputs).get_run(str(tracker.version))
        assert (run.info.run_name, run.info.status) == (f"sweep/{name}", "FINISHED")
        assert run.data.tags["sweep"] == "sweep"
        assert len(run.data.params) == 151
        assert run.data.metrics["evaluation/auroc_día/elbo/9"] == 0.5
        assert run.data.metrics["kl"] != run.data.metrics["kl"]
        assert [one.step for one in client(outputs).get_metric_history(run.info.run_id, "best")] == [20]
        assert [*(outputs / "mlflow" / run.info.run_id).rglob("*step+20*.png")]
        ids.append(run.info.run_id)
    assert len({*ids}) == 2
    assert not [*elsewhere.iterdir()]


def test_a_resumed_run_goes_on_and_may_have_other_settings(tmp_path: Path, outputs: Path) -> None:
    first = logger(tmp_path, outputs)
    first.log_hyperparams({"trainer.max_steps": 10, "seed": 0})
    first.log_metrics({"a": 1.0}, 10)
    try:
        raise KeyboardInterrupt
    except KeyboardInterrupt:
        first.finalize("failed")
    assert client(outputs).get_run(str(first.version)).info.status == "KILLED"
    second = logger(tmp_path, outputs)
    second.log_hyperparams({"trainer.max_steps": 20, "seed": 0, "new": 1})
    assert second.version == first.version
    assert client(outputs).get_run(str(first.version)).info.status == "RUNNING"
    second.log_metrics({"a": 2.0}, 20)
    try:
        raise OSError("full")
    except OSError:
        second.finalize("failed")
    run = client(outputs).get_run(str(first.version))
    assert run.info.status == "FAILED"
    assert run.data.params == {"trainer.max_steps": "10", "seed": "0", "new": "1"}
    assert run.data.tags["trainer.max_steps"] == "20"
    assert [one.value for one in client(outputs).get_metric_history(run.info.run_id, "a")] == [1.0, 2.0]


def test_a_run_that_the_store_does_not_know_begins_anew(
    tmp_path: Path, outputs: Path, caplog: pytest.LogCaptureFixture
) -> None:
    logger(tmp_path, outputs).run.tracked_by_mlflow.write_text('{"run_id": "0123456789abcdef0123456789abcdef"}')
    tracker = logger(tmp_path, outputs)
    tracker.log_metrics({"a": 1.0}, 1)
    assert client(outputs).get_run(str(tracker.version)).data.metrics == {"a": 1.0}
    assert "it begins anew there" in caplog.text


def test_what_a_store_refuses_ends_no_run_and_is_told_once(
    tmp_path: Path, outputs: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> None:
        raise MlflowException("database is locked. And more of it")

    tracker = logger(tmp_path, outputs)
    Image.new("L", (4, 4)).save(tmp_path / "a.png")
    for name in ("log_batch", "log_image"):
        monkeypatch.setattr(tracker.client, name, refuse)
    tracker.log_metrics({"a": 1.0}, 7)
    tracker.log_metrics({"a": 1.0}, 8)
    tracker.show_picture("samples", tmp_path / "a.png", 8)
    (told,) = (record.getMessage() for record in caplog.records)
    assert told == "mlflow did not take figures of batch 7 (database is locked): metrics.csv and samples/ have all"


def test_names_are_those_of_metrics_csv() -> None:
    for name in ("evaluation/auroc_día/vit_small_patch14-dinov2.x/10000", "generator/gan/adversarial"):
        assert accepted(name) == name
    assert accepted("a[1] %") == "a_1_ _"


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("file:./mlruns", "keeps no runs in plain files any more, give sqlite:///<file>.db or http://"),
        ("mlruns", "keeps no runs in plain files any more"),
        ("http://me:secret@127.0.0.1:9", r"http://127\.0\.0\.1:9 does not answer \(.*refused\)"),
        ("http://127.0.0.1:port", "does not answer"),
    ],
)
def test_a_store_that_cannot_be_is_refused_at_once(uri: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=told) as caught:
        logger(tmp_path, tmp_path, tracking_uri=uri)
    assert "secret" not in str(caught.value)


def test_a_store_that_cannot_be_opened_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database " * 100)
    with pytest.raises(ConfigError, match=r"logger\.mlflow\.tracking_uri=sqlite:.*not a database"):
        logger(tmp_path / "run", tmp_path).log_metrics({"a": 1.0}, 1)


def test_a_run_that_has_not_begun_leaves_nothing(tmp_path: Path) -> None:
    logger(tmp_path / "run", tmp_path / "outputs").finalize("failed")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["run"]


@pytest.mark.slow
def test_processes_may_make_a_database_together(tmp_path: Path) -> None:
    code = "import sys; from gan_runner.training.mlflow import MLflow; MLflow(*sys.argv[1:]).log_metrics({'a': 1.0}, 1)"
    for name in "abc":
        (tmp_path / name).mkdir()
    started = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path / name), str(tmp_path)]) for name in "abc"]
    assert [one.wait() for one in started] == [0, 0, 0]
    (experiment,) = (one for one in client(tmp_path).search_experiments() if one.name == "gan_runner")
    assert len(client(tmp_path).search_runs([experiment.experiment_id])) == 3


def test_a_whole_run_has_the_figures_of_metrics_csv(
    run_command: Callable[..., Outcome], tmp_path: Path, outputs: Path
) -> None:
    ended = run_command(
        "gan-train", "model=vanilla", "data=ring", "logger=[mlflow]", "trainer.max_steps=2", "trainer.accelerator=cpu",
        "network.generator.hidden=[4]", "network.discriminator.hidden=[4]", "evaluation.num_samples=50",
        "callbacks.report=null", "hydra.run.dir=run", f"paths.outputs={outputs}",
    )  # fmt: skip
    assert ended.code == 0, ended.err
    run = client(outputs).get_run(module.read_json(tmp_path / "run" / "mlflow.json")["run_id"])
    columns = (tmp_path / "run" / "metrics.csv").read_text().splitlines()[0].split(",")
    assert {*columns} - {"step"} == {*run.data.metrics}
    assert run.data.params["loss"] == "non_saturating.NonSaturating"
    assert run.info.status == "FINISHED"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]

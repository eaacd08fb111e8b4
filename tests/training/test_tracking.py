"""What loggers of services share."""

from pathlib import Path

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.runs.interruption import Interrupted
from gan_runner.runs.record import Pruned
from gan_runner.training import tracking
from gan_runner.training.tracking import how_ended, refuse_without, sweep_of


def test_a_package_that_is_missing_is_told_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "find_spec", lambda name: None if name == "sqlalchemy" else object())
    refuse_without("mlflow")
    with pytest.raises(ConfigError, match="logger=mlflow needs sqlalchemy, which is not installed: pip install mlflow"):
        refuse_without("mlflow", "sqlalchemy")


def test_a_job_knows_its_sweep(tmp_path: Path) -> None:
    job = tmp_path / "losses-2026" / "0-hinge"
    job.mkdir(parents=True)
    assert sweep_of(job) is None
    (job.parent / "multirun.yaml").touch()
    assert sweep_of(job) == "losses-2026"


@pytest.mark.parametrize(
    ("error", "ended"),
    [(KeyboardInterrupt(), "stopped"), (Interrupted(), "stopped"), (Pruned("worse"), "stopped"), (OSError(), "failed")],
)
def test_how_a_run_ended_is_told_by_what_was_raised(error: BaseException, ended: str) -> None:
    assert how_ended("success") == how_ended("finished") == "finished"
    assert how_ended("failed") == "failed"
    try:
        raise error
    except BaseException:
        assert how_ended("failed") == ended

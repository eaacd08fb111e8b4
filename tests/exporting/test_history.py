"""What a run folder tells of the weights that are handed on: of these batches, and of no others."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.remembered import remember
from gan_runner.exporting.history import history
from gan_runner.exporting.network import Handed, handed
from gan_runner.exporting.request import ExportRequest


@pytest.fixture
def run(saved: Callable[..., Path], tmp_path: Path) -> Path:
    return saved(tmp_path / "run", (3, 8, 8), None, "model=dcgan", "network.width=4", "data=synthetic")


def of(run: Path) -> Handed:
    return handed(ExportRequest.from_config({"run": str(run)}))


def test_of_the_runs_own_evaluation(run: Path) -> None:
    told = history(of(remember(run)))
    assert told.figures["evaluation/frechet/classifier_digits/180"] == 80.5
    assert "discriminator/gan/D_real" not in told.figures
    assert "evaluation/class_kl/classifier_digits/180" not in told.figures
    assert told.measured_by == "the run's own evaluation"
    assert [one["state"] for one in told.states["gan"]] == ["discriminator too strong", "collapsed"]
    assert told.commands == ["gan-train model=dcgan data=digits"]


def test_of_a_checkpoint_before_the_end(run: Path) -> None:
    remember(run, batches=40)
    assert history(of(run)).figures == {}
    (run / "metrics.csv").write_text("step,evaluation/frechet/x/9,loss\n6,1.5,2\n12,2.5,2\n12,,3\n40,9,2\n")
    assert history(of(run)).figures == {"evaluation/frechet/x/9": 2.5}


def test_of_an_evaluation_afterwards(run: Path) -> None:
    remember(run, figures={})
    found = {"figures": {"frechet/inception/5000": 12.0, "class_kl/x/9": None}}
    (run / "metrics.json").write_text(json.dumps({"batches": 11, **found}))
    assert history(of(run)).figures == {}
    (run / "metrics.json").write_text(json.dumps({"batches": 12, **found}))
    told = history(of(run))
    assert told.figures == {"evaluation/frechet/inception/5000": 12.0}
    assert told.measured_by == "gan-evaluate"


def test_of_a_run_that_was_gone_on_with(run: Path) -> None:
    remember(run, earlier=[{"command": ["gan-train", "seed=1"]}], command=["gan-train", "resume=x", "seed=2"])
    assert history(of(run)).commands == ["gan-train seed=1", "gan-train seed=2"]


def test_of_a_checkpoint_alone(run: Path, tmp_path: Path) -> None:
    remember(run)
    lone = tmp_path / "lone.ckpt"
    lone.write_bytes((run / "checkpoints" / "last.ckpt").read_bytes())
    told = history(handed(ExportRequest.from_config({"ckpt": str(lone)})))
    assert told.facts == told.figures == told.states == {}
    assert told.commands == []

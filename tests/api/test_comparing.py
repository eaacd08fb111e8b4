"""gan_runner.compare: a sweep, or runs of one's own choice."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import gan_runner as gr
from fixtures.small_runs import SMALL

QUIET = [*SMALL, "model=vanilla", "callbacks.progress=null", "callbacks.report=null", "callbacks.curves=null"]


def test_a_sweep_is_two_tables_and_what_it_has_drawn(here: Path, run_command: Callable[..., Any]) -> None:
    done = run_command("gan-train", "-m", *QUIET, "loss=hinge,minimax", "seed=0,1")
    assert done.code == 0, done.err
    found = gr.compare()
    assert len(found) == 4
    assert found.jobs["loss"].tolist() == ["hinge", "hinge", "minimax", "minimax"]
    assert set(found.jobs["status"]) == {"finished"}
    assert found.settings.index.tolist() == ["loss=hinge", "loss=minimax"]
    assert found.settings["runs", "finished"].tolist() == [2, 2]
    mean = found.jobs.groupby("loss")["generator/gan/adversarial"].mean()
    assert found.settings["generator/gan/adversarial", "mean"].tolist() == pytest.approx(mean.tolist())
    assert [run.state for run in found.runs] == ["finished"] * 4
    assert "4 runs of" in repr(found)
    shown = found._repr_html_()
    assert "loss=hinge" in shown
    assert shown.count("data:image/") >= 1
    assert gr.compare(found.folder or "").jobs.equals(found.jobs)


def test_runs_one_by_one_are_compared_as_well(trained: Callable[..., gr.Run]) -> None:
    runs = [trained("model=vanilla", f"loss={loss}") for loss in ("hinge", "minimax")]
    found = gr.compare(runs)
    assert found.folder is None
    assert found.settings.index.tolist() == ["loss=hinge", "loss=minimax"]
    assert "samples over time" in found._repr_html_()
    assert repr(found) == "Comparison(2 runs, 2 settings)"
    assert all(one is other for one, other in zip(found.runs, runs, strict=True))


def test_what_is_no_sweep_is_told(here: Path, trained: Callable[..., gr.Run]) -> None:
    with pytest.raises(FileNotFoundError, match="no sweep lies below outputs"):
        gr.compare("nothing")
    run = trained("model=vanilla")
    for wrong in ([], [run, "x"], run, 5, None, ""):
        with pytest.raises(gr.ConfigError, match="the folder of a sweep, or a list of runs"):
            gr.compare(wrong)  # type: ignore[arg-type]

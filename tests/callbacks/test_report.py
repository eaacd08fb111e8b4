"""Report: a page at the end of every run, of one that is stopped or fails too, and never the end of a run."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytorch_lightning import Callback

from gan_runner.callbacks.report import Report
from gan_runner.report import page
from gan_runner.runs.interruption import Interrupted
from gan_runner.runs.record import Record

Played = Callable[..., Any]
WRITTEN = "callbacks.report={_target_:gan_runner.callbacks.report.Report,folder:${paths.run},lang:es}"
TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "trainer.max_steps=4",
        "trainer.log_every_n_steps=1", "metrics=none", WRITTEN)  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path) -> None:
    """A record, as gan-train begins one."""
    with Record(tmp_path, 3, ["model=vanilla"], choices={"model": "vanilla", "data": "synthetic"}):
        pass
    (tmp_path / "run.json").write_text((tmp_path / "run.json").read_text().replace("finished", "running"))


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize("model", ["vanilla", "vae"])
def test_every_run_leaves_a_page(played: Played, tmp_path: Path, model: str) -> None:
    played(*TINY, f"model={model}") if model == "vanilla" else played(
        "model=vae", "trainer.max_steps=2", "trainer.log_every_n_steps=1", "metrics=none", WRITTEN
    )
    told = (tmp_path / "report.html").read_text()
    assert '<html lang="es">' in told
    assert '<span class="chip status finished">terminada</span>' in told
    assert "<canvas" not in told
    assert '"panels"' in told
    assert "samples/" not in told


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("error", "status", "why"),
    [(ZeroDivisionError("<i>"), "failed", "ZeroDivisionError: <i>"), (Interrupted(130), "interrupted", "")],
)
def test_a_run_that_fails_or_is_stopped_says_so(
    error: BaseException, status: str, why: str, composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from gan_runner.assemble import assemble

    class Fails(Callback):
        def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
            if trainer.global_step == 3:
                raise error

    told: list[dict[str, Any]] = []
    monkeypatch.setattr(page, "write_run", lambda run, output, language, news: told.append(news))
    experiment = assemble(composed(*TINY))
    experiment.trainer.callbacks.append(Fails())
    with pytest.raises(type(error)):
        experiment.trainer.fit(experiment.system, experiment.data)
    (news,) = told
    assert (news["status"], news.get("why", ""), news["batches"]) == (status, why, 3)
    assert "discriminator/gan/adversarial" in news["figures"]
    assert news["seconds"] >= 0


@pytest.mark.usefixtures("recorded")
def test_it_is_written_anew_where_the_record_has_more_to_tell(played: Played, tmp_path: Path) -> None:
    experiment = played(*TINY)
    record = tmp_path / "run.json"
    lesson = {"shown": True, "shows": [{"figure": "a figure", "at_most": 3.0, "value": 1.0, "holds": True}]}
    record.write_text(json.dumps({**json.loads(record.read_text()), "lesson": lesson}))
    (report,) = [one for one in experiment.trainer.callbacks if isinstance(one, Report)]
    report.write_anew(experiment.trainer, experiment.system)
    assert "<code>a figure</code>" in (tmp_path / "report.html").read_text()


@pytest.mark.usefixtures("recorded")
def test_a_job_of_a_sweep_leaves_none(played: Played, tmp_path: Path) -> None:
    (tmp_path.parent / "multirun.yaml").touch()
    try:
        played(*TINY)
    finally:
        (tmp_path.parent / "multirun.yaml").unlink()
    assert not (tmp_path / "report.html").exists()


def test_nor_does_a_run_without_a_record(played: Played, tmp_path: Path) -> None:
    played(*TINY)
    assert not (tmp_path / "report.html").exists()


@pytest.mark.usefixtures("recorded")
def test_what_goes_wrong_with_the_page_ends_no_run(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no letters")

    monkeypatch.setattr(page, "write_run", broken)
    assert played(*TINY).trainer.global_step == 4
    assert "report.html is not written: no letters" in caplog.text

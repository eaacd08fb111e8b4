"""Curves: one sheet at the end of every run, of one that is stopped or fails too, and never the end of a run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from pytorch_lightning import Callback

from gan_runner.callbacks import curves
from gan_runner.runs.interruption import Interrupted

Played = Callable[..., Any]
DRAWN = ("callbacks.curves={_target_:gan_runner.callbacks.curves.Curves,folder:${paths.run}}", "metrics=none")
TINY = ("model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "trainer.max_steps=4",
        "trainer.log_every_n_steps=1")  # fmt: skip


@pytest.mark.parametrize("model", ["vanilla", "vae"])
def test_every_run_leaves_a_sheet(played: Played, tmp_path: Path, model: str) -> None:
    played(f"model={model}", "trainer.max_steps=2", "trainer.log_every_n_steps=1", *DRAWN)
    with Image.open(tmp_path / "curves.png") as sheet:
        assert sheet.width == 1000
        assert len(sheet.convert("RGB").getcolors(1 << 20) or ()) > 20  # no empty sheet


@pytest.mark.parametrize(("error", "told"), [(ZeroDivisionError(), "failed"), (Interrupted(130), "stopped")])
def test_a_run_that_fails_or_is_stopped_is_drawn_and_says_so(
    error: BaseException, told: str, composed: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gan_runner.assemble import assemble

    class Fails(Callback):
        def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
            if trainer.global_step == 3:
                raise error

    drawn = []
    monkeypatch.setattr(curves, "drawn", lambda run, states, played, ended: drawn.append((played, ended)))
    experiment = assemble(composed(*TINY, *DRAWN))
    experiment.trainer.callbacks.append(Fails())
    with pytest.raises(type(error)):
        experiment.trainer.fit(experiment.system, experiment.data)
    assert drawn == [(3, told)]


def test_without_figures_there_is_no_sheet(played: Played, tmp_path: Path) -> None:
    played(*TINY, *DRAWN, "logger=none")
    assert not (tmp_path / "curves.png").exists()


def test_what_goes_wrong_with_drawing_ends_no_run(
    played: Played, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("no letters")

    monkeypatch.setattr(curves, "drawn", broken)
    assert played(*TINY, *DRAWN).trainer.global_step == 4
    assert "curves.png is not drawn: no letters" in caplog.text

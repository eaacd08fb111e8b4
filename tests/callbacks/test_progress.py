"""Progress: plain lines, the bar on a terminal, and a clean end."""

import io
import logging
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gan_runner.assemble import assemble
from gan_runner.callbacks.progress import Progress, lines_of

TINY = (
    "model=vanilla", "network.generator.hidden=[8]", "network.discriminator.hidden=[8]", "logger=none",
    "callbacks.samples=null", "trainer.max_steps=40",
)  # fmt: skip


def play(composed: Callable[..., Any], progress: Progress, *overrides: str) -> Any:
    config = composed(*TINY, *overrides)
    config.callbacks.progress = None
    experiment = assemble(config)
    experiment.trainer.callbacks.insert(0, progress)
    experiment.trainer.fit(experiment.system, experiment.data)
    return experiment


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Not a fixture: pytest puts its own stdout in place when a test begins."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stdout", Terminal())
    return cast(Terminal, sys.stdout)


def test_plain_lines_over_the_whole_run(composed: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    play(composed, Progress(lines=4))
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" batches")[0] for line in lines] == ["10/40", "20/40", "30/40", "40/40"]  # 11 batches an epoch
    assert "\x1b" not in "".join(lines)
    assert all("batches/s" in line and "D(real) 0." in line and "loss G" in line for line in lines)
    assert "left" in lines[0]
    assert "left" not in lines[-1]


def test_each_plain_line_once_where_the_batches_do_not_divide(
    composed: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    play(composed, Progress(lines=10), "trainer.max_steps=23")
    lines = capsys.readouterr().out.splitlines()
    assert [int(line.split("/23 batches")[0]) for line in lines] == [3, 5, 7, 10, 12, 14, 17, 19, 21, 23]


def test_fewer_batches_than_lines(composed: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    play(composed, Progress(lines=10), "trainer.max_steps=3")
    lines = capsys.readouterr().out.splitlines()
    assert [line.split(" batches")[0] for line in lines] == ["1/3", "2/3", "3/3"]


def test_epochs_count_as_a_length(composed: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    play(composed, Progress(lines=1), "trainer.max_steps=-1", "trainer.max_epochs=2")
    assert capsys.readouterr().out.startswith("22/22 batches (100%)")


def test_the_bar_ends_full_and_gives_the_cursor_back(
    composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(monkeypatch)
    play(composed, Progress(seconds=0.001))
    shown = screen.getvalue()
    assert "40/40 batches (100%)" in shown
    assert shown.rstrip().endswith("\x1b[?25h")
    assert sys.stdout is screen


def test_it_is_drawn_by_the_clock_not_by_the_batch(
    composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(monkeypatch)
    play(composed, Progress(seconds=1000))
    assert screen.getvalue().count("batches/s") == 2  # at the end, and once more as the bar closes


def test_a_log_line_appears_above_the_bar_and_errors_end_it(
    composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = terminal(monkeypatch)
    handler = logging.StreamHandler(screen)
    log = logging.getLogger()
    log.addHandler(handler)
    try:
        trouble = SimpleNamespace(at=0)

        class Talking(Progress):
            def on_train_batch_end(self, *args: Any) -> None:
                super().on_train_batch_end(*args)
                trouble.at += 1
                if trouble.at == 5:
                    log.warning("look out")
                    raise RuntimeError("broken")

        with pytest.raises(RuntimeError, match="broken"):
            play(composed, Talking(seconds=0.0001))
        assert handler.stream is screen
    finally:
        log.removeHandler(handler)
    shown = screen.getvalue()
    assert "\x1b[2Klook out\n" in shown  # the bar's line was cleared first
    assert shown.rstrip().endswith("\x1b[?25h")
    assert sys.stdout is screen


def test_one_line_per_game() -> None:
    figures = {f"discriminator/{game}/{name}": 0.5 for game in ("a2b", "b2a") for name in ("adversarial", "D_real")}
    assert lines_of(figures) == ["a2b:  D(real) 0.50  loss D 0.50", "b2a:  D(real) 0.50  loss D 0.50"]
    critic = {"discriminator/gan/adversarial": -1.25, "discriminator/gan/logit_real": 3.0}
    assert lines_of(critic) == ["critic(real) 3.00  loss D -1.25"]


def test_what_is_prepared_before_the_first_batch_counts_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A classifier to judge by is trained then."""
    progress, now = Progress(), [100.0]
    monkeypatch.setattr("gan_runner.callbacks.progress.perf_counter", lambda: now[0])
    trainer: Any = SimpleNamespace(max_steps=100, max_epochs=-1, global_step=0)
    progress.on_train_start(trainer, cast(Any, None))
    now[0] = 500.0
    progress.on_train_batch_start(trainer, cast(Any, None), None, 0)
    now[0] = 501.0
    assert progress._pace(10) == ["10 batches/s", "0:00:09 left"]
    trainer.global_step = 1
    progress.on_train_batch_start(trainer, cast(Any, None), None, 1)
    assert progress._begun == 500.0

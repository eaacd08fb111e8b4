"""Progress: plain lines, the bar on a terminal, and a clean end."""

import logging
import sys
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from fixtures.terminals import terminal
from gan_runner.assemble import assemble
from gan_runner.callbacks.progress import Progress, lines_of
from gan_runner.systems.base import System
from gan_runner.waiting.clock import aside
from gan_runner.waiting.screen import NOTEBOOK

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


def test_a_first_batch_that_takes_long_is_told_of_while_it_plays(
    composed: Callable[..., Any], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gan_runner.callbacks.progress.PATIENCE", 0.05)
    monkeypatch.setattr(System, "_play", slow_at_first(System._play, seconds=0.5))
    play(composed, Progress(lines=1), "trainer.max_steps=3")
    first, *rest = capsys.readouterr().out.splitlines()
    assert first.startswith("0/3 batches (0%), the first batch of this command takes more than")
    assert [line.split(" batches")[0] for line in rest] == ["3/3"]


def slow_at_first(step: Callable[..., None], seconds: float) -> Callable[..., None]:
    def slow(system: System, *dealt: Any) -> None:
        if system.trainer.global_step == 0:
            time.sleep(seconds)
        step(system, *dealt)

    return slow


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


def test_accuracy_is_the_mean_of_both_sides() -> None:
    figures = {f"discriminator/gan/{name}": value for name, value in
               (("D_real", 0.7), ("accuracy_real", 1.0), ("accuracy_fake", 0.5), ("adversarial", 1.0))}  # fmt: skip
    assert lines_of(figures) == ["D(real) 0.70  accuracy 0.75  loss D 1.00"]
    assert "accuracy" not in lines_of({k: v for k, v in figures.items() if not k.endswith("_fake")})[0]


def slowly(monkeypatch: pytest.MonkeyPatch, seconds: float, batches: int, total: int, lines: int = 10) -> list[int]:
    """The batches after which a plain line is said, at so many seconds each."""
    progress, now, said = Progress(lines=lines), [0.0], []
    monkeypatch.setattr("gan_runner.callbacks.progress.perf_counter", lambda: now[0])
    monkeypatch.setattr(progress, "_say", lambda step, module: (said.append(step), setattr(progress, "_is_said", True)))
    trainer: Any = SimpleNamespace(max_steps=total, max_epochs=-1, global_step=0)
    progress.on_train_start(trainer, cast(Any, None))
    now[0] += 50  # a classifier to judge by
    for step in range(batches):
        progress.on_train_batch_start(trainer, cast(Any, None), None, step)
        now[0] += seconds
        trainer.global_step = step + 1
        progress.on_train_batch_end(trainer, cast(Any, None), None, None, step)
    return said


@pytest.mark.parametrize("seconds", [0.003, 0.1, 1.0, 4.9, 8.0, 60.0])
def test_the_first_plain_line_comes_within_ten_seconds_of_the_first_batch(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    said = slowly(monkeypatch, seconds, 4000, total=100_000)
    assert (said[0] - 1) * seconds <= 10
    assert said[1:] == [] or said[1] == 10_000  # the others as evenly as they were


def test_a_run_without_an_end_begins_to_tell_as_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    assert slowly(monkeypatch, 1.0, 130, total=-1) == [5, 65, 125]


def test_evaluations_and_pictures_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    progress, now = Progress(), [100.0]
    monkeypatch.setattr("gan_runner.callbacks.progress.perf_counter", lambda: now[0])
    monkeypatch.setattr(aside, "seconds", 7.0)
    trainer: Any = SimpleNamespace(max_steps=100, max_epochs=-1, global_step=0)
    progress.on_train_start(trainer, cast(Any, None))
    progress.on_train_batch_start(trainer, cast(Any, None), None, 0)
    now[0] += 101.0
    aside.seconds += 100.0
    assert progress._pace(10) == ["10 batches/s", "0:00:09 left"]
    assert progress._pace(100) == ["100 batches/s", "in 0:01:41"]


def test_updates_of_the_generator_are_told_where_they_are_not_batches(
    composed: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    play(composed, Progress(lines=2), "system.discriminator_steps=5")
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith("20/40 batches (50%), 4 generator updates, ")
    assert last.startswith("40/40 batches (100%), 8 generator updates, ")
    play(composed, Progress(lines=1), "system.generator_steps=2")
    assert ", 80 generator updates, " in capsys.readouterr().out
    play(composed, Progress(lines=1))
    assert "updates" not in capsys.readouterr().out


def test_a_notebook_has_plain_lines(composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    screen = terminal(monkeypatch)
    monkeypatch.setenv(NOTEBOOK, "1")
    play(composed, Progress(lines=1))
    assert screen.getvalue().startswith("40/40 batches (100%), ")
    assert "\x1b" not in screen.getvalue()


def test_a_notebook_has_a_bar_and_the_newest_picture(
    composed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[tuple[int, str, str]] = []

    class Place:
        def show(self, html: str, plain: str) -> None:
            shown.append((id(self), html, plain))

    monkeypatch.setattr("gan_runner.callbacks.progress.in_notebook", lambda: True)
    monkeypatch.setattr("gan_runner.callbacks.progress.Inline", Place)
    overrides = [one for one in TINY if one != "callbacks.samples=null"]
    config = composed(*overrides, "callbacks.samples.every=10", "callbacks.samples.count=4")
    config.callbacks.progress = None
    experiment = assemble(config)
    experiment.trainer.callbacks.insert(0, Progress(seconds=1e-9))
    experiment.trainer.fit(experiment.system, experiment.data)
    places = list(dict.fromkeys(place for place, *_ in shown))
    assert len(places) == 2
    bars, pictures = ([one for one in shown if one[0] == place] for place in places)
    assert bars[0][2].startswith("0/40 batches (0%)")
    assert bars[-1][2].startswith("40/40 batches (100%)")
    assert '<progress value="40" max="40"' in bars[-1][1]
    assert "loss G" in bars[-1][1]
    assert [plain for *_, plain in pictures] == [f"[{step:08d}.png]" for step in range(0, 41, 10)]  # encoded once each
    assert "data:image/png;base64," in pictures[-1][1]
    assert "batches" not in capsys.readouterr().out

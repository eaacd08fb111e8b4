"""What a run waits for: lines in a file, a bar on a terminal, nothing of what is soon done."""

import io
import re
import sys
from contextlib import suppress

import pytest

from gan_runner.waiting import preparing as module
from gan_runner.waiting.preparing import preparing
from gan_runner.waiting.screen import NOTEBOOK, Screen


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    moment = [100.0]
    monkeypatch.setattr(module, "perf_counter", lambda: moment[0])
    return moment


def test_lines_come_after_some_seconds_and_end_with_what_it_took(
    now: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with preparing("decoding", 100, "images") as done:
        for _ in range(100):
            now[0] += 1
            done(1)
    assert capsys.readouterr().out.splitlines() == [
        "decoding: 5/100 images (5%), 0:01:35 left",
        "decoding: 25/100 images (25%), 0:01:15 left",
        "decoding: 45/100 images (45%), 0:00:55 left",
        "decoding: 65/100 images (65%), 0:00:35 left",
        "decoding: 85/100 images (85%), 0:00:15 left",
        "decoding: 100/100 images in 0:01:40",
    ]


def test_what_is_soon_done_needs_none(now: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    with preparing("decoding", 3, "images") as done:
        for _ in range(3):
            now[0] += 1
            done(1)
    assert capsys.readouterr().out == ""


def test_bytes_are_told_in_megabytes_also_where_nobody_knows_how_many(
    now: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    with suppress(OSError), preparing("fetching x", None, "MB", each=1e6) as came:
        now[0] += 6
        came(2_400_000)
        raise OSError("cut")
    assert capsys.readouterr().out.splitlines() == ["fetching x: 2 MB", "fetching x: 2 MB in 0:00:06"]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_has_a_bar_that_goes(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv(NOTEBOOK, raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    with preparing("decoding", 100, "images") as done:
        for _ in range(50):
            now[0] += 0.1
            done(1)
        assert Screen.present is not None
    assert Screen.present is None
    shown = sys.stdout.getvalue()  # type: ignore[attr-defined]
    assert "decoding" in shown
    assert re.search(r"4\d/100 images \(4\d%\) 0:00:0[56] left", shown.replace("\x1b[0m", ""))
    assert "\x1b[2K" in shown.rpartition("left")[2]  # cleared


def test_it_writes_into_a_screen_that_is_there(now: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv(NOTEBOOK, raising=False)
    monkeypatch.setattr(sys, "stdout", Terminal())
    screen = Screen()
    screen.start()
    with preparing("decoding", 10, "images") as done:
        now[0] += 1
        done(5)
    assert Screen.present is screen
    screen.stop()


def test_a_notebook_has_one_bar_that_moves(
    now: list[float], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shown: list[str] = []

    class Place:
        def show(self, html: str, plain: str) -> None:
            assert "<progress" in html
            shown.append(plain)

    monkeypatch.setattr(module, "in_notebook", lambda: True)
    monkeypatch.setattr(module, "Inline", Place)
    with preparing("decoding", 10, "images") as done:
        for _ in range(10):
            now[0] += 1
            done(1)
    assert shown[0] == "decoding: 5/10 images (50%), 0:00:05 left"
    assert shown[-1] == "decoding: 10/10 images in 0:00:10"
    assert len(shown) == 7
    assert capsys.readouterr().out == ""

"""Lines that change in place: where they can, what appears above them, and how they end."""

import logging
import sys

import pytest

from fixtures.terminals import terminal
from gan_runner.waiting.screen import NOTEBOOK, Screen, has_terminal


def test_a_terminal_can_and_files_notebooks_and_dumb_ones_cannot(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not has_terminal()
    terminal(monkeypatch)
    assert has_terminal()
    monkeypatch.setenv(NOTEBOOK, "12")  # !gan-train in a cell has a terminal that moves no cursor
    assert not has_terminal()
    monkeypatch.delenv(NOTEBOOK)
    monkeypatch.setenv("TERM", "dumb")
    assert not has_terminal()


def test_log_lines_appear_above_and_their_handler_gets_its_terminal_back(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = terminal(monkeypatch)
    handler = logging.StreamHandler(shown)
    log = logging.getLogger()
    log.addHandler(handler)
    try:
        screen = Screen()
        screen.start()
        assert Screen.present is screen
        screen.show("half way")
        log.warning("look out")
        screen.stop()
        assert handler.stream is shown
    finally:
        log.removeHandler(handler)
    assert Screen.present is None
    assert "half way" in shown.getvalue()
    assert "\x1b[2Klook out\n" in shown.getvalue()  # the line was cleared first
    assert shown.getvalue().rstrip().endswith("\x1b[?25h")
    assert sys.stdout is shown

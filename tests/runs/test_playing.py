"""Whether a run is being played now."""

import ctypes
import os
import platform
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from gan_runner.runs.playing import ACCESS_DENIED, STILL_ACTIVE, alive, is_playing

HERE = {"status": "running", "host": platform.node(), "process": os.getpid()}
NOBODY = 2**22 + 1
"""Above the largest number of a process."""


@pytest.mark.parametrize(
    ("facts", "plays"),
    [
        ({}, True),
        ({"status": "finished"}, False),
        ({"host": "elsewhere"}, False),
        ({"process": NOBODY}, False),
        ({"process": 0}, False),
    ],
)
def test_a_run_plays_while_its_process_is_there(facts: dict[str, object], plays: bool) -> None:
    assert is_playing(HERE | facts) is plays


def test_processes() -> None:
    assert alive(os.getpid())
    assert alive(1)  # of somebody else, perhaps
    assert not alive(NOBODY)


CODES = {7: STILL_ACTIVE, 8: 0}
"""What Windows says of processes: 7 plays, 8 has ended. 9 is another user's, others are not there."""


def kernel() -> SimpleNamespace:
    """As much of kernel32 as is asked."""
    last = []

    def opened(access: int, inherit: bool, process: int) -> int:
        last.append(ACCESS_DENIED if process == 9 else 87)
        return process if process in CODES else 0

    def exit_code(handle: int, code: Any) -> None:
        code._obj.value = CODES[handle]

    return SimpleNamespace(
        OpenProcess=opened, GetExitCodeProcess=exit_code, CloseHandle=lambda handle: 1, GetLastError=lambda: last[-1]
    )


def test_windows_is_asked_without_a_signal(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise AssertionError("on Windows os.kill(process, 0) is Ctrl-C")

    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(os, "kill", refuse)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(kernel32=kernel()), raising=False)
    assert [alive(process) for process in (7, 8, 9, 10)] == [True, False, True, False]

"""Commands whose output goes where not every letter has a place."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gan_runner.cli.printing import printable

WORDS = {
    "train": ["--help", "tricks"],
    "sample": ["--help"],
    "runs": ["--help"],
    "data": ["--help"],
    "report": ["--help"],
    "play": ["--help"],
}


@pytest.mark.parametrize("command", WORDS)
def test_a_letter_that_is_not_there_is_a_question_mark(command: str, tmp_path: Path) -> None:
    line = [sys.executable, "-m", "gan_runner", command, *WORDS[command]]
    ended = subprocess.run(line, cwd=tmp_path, capture_output=True, env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.isascii()


def test_what_is_no_stream_of_python_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow = io.TextIOWrapper(io.BytesIO(), encoding="cp1252")
    monkeypatch.setattr(sys, "stdout", narrow)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    printable()
    print("2 × 2 ↑", end="", flush=True)
    assert narrow.buffer.getvalue() == b"2 \xd7 2 ?"  # type: ignore[attr-defined]

"""A process for each part, and another where one has died: rows come as they are found, and every case gets one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from threading import Timer
from typing import Any, NamedTuple

from on_gpu.rows import FAILED, NO_TIME, SKIPPED, Row

ROOT = Path(__file__).parents[2]
NEEDED = {part: {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"} for part in ("resume", "engine")}
"""Of the environment, by part. cuBLAS reads this one as it starts; torch plays deterministically with it alone."""
MARGIN = 0.5
"""Seconds."""
TOLD = 4000
"""Characters of a log that are shown when a process has died."""


class Told(NamedTuple):
    """A message of a process: on what it plays, or the rows of a case."""

    device: str = ""
    machine: str = ""
    rows: tuple[Row, ...] = ()


def play(part: str, cases: Sequence[str], folder: Path, until: float, dry: bool) -> Iterator[Told]:
    """Play cases until the clock is past `until`, seconds since the epoch; those that are left then are skipped."""
    waiting, log = list(cases), folder / f"{part}.log"
    while waiting and not is_over(until):
        command = [sys.executable, str(ROOT / "benchmarks" / "gpu.py"), "--part", part, *waiting,
                   "--folder", str(folder), "--until", str(until), *(["--dry-run"] if dry else [])]  # fmt: skip
        before, started = len(waiting), False
        with log.open("ab") as errors:
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=errors, text=True, env=surroundings(part)
            )
            for message in messages(process, until - time.time()):
                if "device" in message:
                    started = True
                    yield Told(message["device"], message["machine"])
                else:
                    waiting.remove(message["case"])
                    print(message["trace"], end="", file=sys.stderr)
                    yield Told(rows=tuple(Row(*row) for row in message["rows"]))
        if is_over(until):
            break
        if process.returncode or len(waiting) == before:
            why = last_words(process.returncode, log)
            lost, waiting = (waiting[:1], waiting[1:]) if started else (waiting, [])
            yield Told(rows=tuple(Row(part, case, FAILED, why) for case in lost))
    yield Told(rows=tuple(Row(part, case, SKIPPED, NO_TIME) for case in waiting))


def is_over(until: float) -> bool:
    """Or nearly: the alarm that ends a process and this clock may differ."""
    return time.time() > until - MARGIN


def surroundings(part: str) -> dict[str, str]:
    """The environment of a process: this checkout comes first, installed or not."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PYTHONPATH": path, **NEEDED.get(part, {})}


def messages(process: subprocess.Popen[str], seconds: float) -> Iterator[dict[str, Any]]:
    """What a process says until it ends, which it does after `seconds` at the latest."""
    assert process.stdout is not None
    alarm = Timer(seconds, process.kill)
    alarm.start()
    try:
        with process:
            try:
                yield from (json.loads(line) for line in process.stdout if line.endswith("\n"))
            except BaseException:  # nobody listens any more
                process.kill()
                raise
    finally:
        alarm.cancel()


def last_words(code: int, log: Path) -> str:
    """How a process died. The end of its log goes to stderr."""
    text = log.read_text(encoding="utf-8", errors="replace")
    print(text[-TOLD:], file=sys.stderr)
    said = next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with {code}"
    return f"its process ended {how}: {said.strip()}"

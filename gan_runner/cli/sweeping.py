"""Where a run, a sweep and its jobs lie; how jobs are told to stop; what to say of a sweep when it ends."""

from __future__ import annotations

import logging
import multiprocessing
import os
import shlex
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.experimental.callback import Callback
from omegaconf import DictConfig, OmegaConf

from gan_runner.config.overrides import parsed, quoted
from gan_runner.runs.folder import RunFolder, recorded
from gan_runner.runs.interruption import NOT_BEGUN, signals
from gan_runner.runs.naming import chosen, claimed, key_of, label, of_job

log = logging.getLogger(__name__)

WATCH_SECONDS = 1.0
SEVERAL = "several"
FIXED = "hydra.job.config.override_dirname.exclude_keys"
"""What all jobs of a sweep have in common."""


class Sweep(Callback):
    """Hydra tells it of a run or sweep before the first job. (It tells nobody of the end when a job has failed.)"""

    folder: ClassVar[Path | None] = None
    objective: ClassVar[str | None] = None
    mode: ClassVar[str] = "min"
    language: ClassVar[str | None] = None
    """Of the page to hand in; None where there shall be none."""

    def on_run_start(self, config: Any, **_: Any) -> None:
        if not _is_given(config, "hydra.run.dir"):
            config.hydra.run.dir = str(claimed(Path(config.hydra.run.dir).absolute()))

    def on_multirun_start(self, config: Any, **_: Any) -> None:
        gather(config)
        type(self).folder = Path(config.hydra.sweep.dir)
        type(self).objective = config.get("objective")
        type(self).mode = config.hydra.get("sweeper", {}).get("direction") or config.get("objective_mode", "min")
        type(self).language = OmegaConf.select(config, "callbacks.report.lang")
        if "joblib" in (OmegaConf.select(config, "hydra.launcher._target_") or ""):
            signals.word = _stopped
            signals.leave_to(_tell_jobs)


def _tell_jobs() -> None:
    """Joblib would kill its processes, and leave to none of them the time to save its job.

    On Windows a signal from here would kill them too, and Ctrl-C reaches them all.
    """
    if sys.platform == "win32":
        return
    for process in multiprocessing.active_children():
        if process.pid is not None:
            os.kill(process.pid, signal.SIGTERM)


def hear_in_a_process_of_its_own() -> None:
    """A job that joblib plays stops when the sweep's own process tells it to, and that one says so."""
    signals.end = int
    signals.listen()
    signals.patient = True


def _stopped() -> str:
    """Which jobs were at work, and how they go on."""
    assert Sweep.folder is not None
    stopped = [run for run in recorded(Sweep.folder, "**") if run.facts()["status"] == "interrupted"]
    saved = sorted(str(run.path.relative_to(Sweep.folder)) for run in stopped if run.last.is_file())
    if not saved:
        return NOT_BEGUN
    plain = shlex.quote(str(Sweep.folder)) == str(Sweep.folder)
    further = f"resume={Sweep.folder}/<job>" if plain else shlex.quote(f"resume={Sweep.folder}/<job>")
    return f"Stopped and saved job(s) {', '.join(saved)}. Go on with each: gan-train {further}"


def gather(config: Any) -> None:
    """Let all jobs of a sweep lie in one folder, whatever it is over.

    Each job is composed on its own, and its folder would be named by the model and the data that it plays. So the
    folder is chosen once, and what the sweep is over is called `several` in its name. What is the same in all jobs is
    named there, too: Hydra keeps the keys that jobs are not called by (what_differs).
    """
    choices, task = config.hydra.runtime.choices, _typed(config)
    swept = set(_swept(task))
    before = dict(choices)
    choices.update({group: SEVERAL for group in choices if {group, "experiment"} & swept})
    folder = Path(config.hydra.sweep.dir).absolute()
    if not _is_given(config, "hydra.sweep.dir"):
        folder = claimed(folder)
    choices.update(before)
    config.hydra.sweep.dir = str(folder)
    config.hydra.overrides.hydra.append(f"hydra.sweep.dir={quoted(str(folder))}")
    fixed = ",".join(quoted(key_of(one)) for one in task if not _is_swept(one))
    config.hydra.overrides.hydra.append(f"{FIXED}=[{fixed}]")


def what_differs(kind: str, _root_: DictConfig) -> str:
    """What names of folders have of what was typed: before the time of a "run" or sweep, behind the number of a "job".

    It is a resolver of configurations: ${what_differs:run}.
    """
    overrides = _typed(_root_)
    if kind == "job":
        words = of_job(overrides, set(OmegaConf.select(_root_, FIXED) or ()))
        return words and f"-{words}"
    name = _root_.get("name")
    words = label(one for one in overrides if not _is_swept(one)) if name is None else chosen(name)
    return words and f"{words}-"


OmegaConf.register_new_resolver("what_differs", what_differs, replace=True)


def _typed(config: Any) -> list[str]:
    """What was typed, as it was: references in it are not looked up."""
    return [str(one) for one in OmegaConf.to_container(config.hydra.overrides.task, resolve=False)]  # type: ignore


def _is_given(config: Any, key: str) -> bool:
    return any(key_of(str(one)) == key for one in config.hydra.overrides.hydra)


def _is_swept(override: str) -> bool:
    found = parsed(override)
    return found is not None and found.is_sweep_override()


def _swept(overrides: Sequence[str]) -> list[str]:
    """The keys and groups that several values are given."""
    read = OverridesParser.create().parse_overrides([*overrides])
    return [one.key_or_group for one in read if one.is_sweep_override()]


@contextmanager
def alongside(parent: int) -> Iterator[None]:
    """Let what plays in a process of its own save itself and end when the process that has started it is gone: a job
    of joblib's without its sweep, a rank without the first one.

    A signal to that one alone (SIGTERM of a scheduler, SIGKILL) reaches nobody else, and the rest would play on unseen.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    try:
        yield
    finally:
        if os.getppid() != parent:  # nobody waits for the result, and this process would wait for the next job
            sys.stdout.flush()
            os._exit(75)


def tell() -> None:
    """Write and print the summary of the sweep that this command has played, if it was one; or why there is none."""
    if Sweep.folder is None:
        return
    from gan_runner.runs import sheets, summary

    folder, Sweep.folder = Sweep.folder, None
    written = summary.write(folder, Sweep.objective, Sweep.mode)
    if written:
        print(f"\n{written[-1].read_text(encoding='utf-8')}\nWritten to {' and '.join(map(str, written))}", flush=True)
        if drawn := sheets.draw(folder, Sweep.objective, Sweep.mode):
            print(f"Drawn: {' and '.join(map(str, drawn))}", flush=True)
        if Sweep.language is not None:
            _report(folder, Sweep.language)
    else:
        print(f"\nNo summary: no job of this sweep has begun ({folder})", flush=True)


def _report(folder: Path, language: str) -> None:
    """Write the page of a sweep to hand in. What goes wrong with it is told and ends nothing."""
    from gan_runner.report.page import write_sweep

    page = RunFolder(folder).report
    try:
        write_sweep(folder, page, language, Sweep.objective, Sweep.mode)
    except Exception as error:
        log.warning("%s is not written: %s", page, error)
    else:
        print(f"Report: {page}", flush=True)

"""The jobs of a sweep as their run folders tell of them: what was asked, how each ended, what it came to."""

from __future__ import annotations

import logging
import math
import platform
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gan_runner.runs.folder import RunFolder, recorded
from gan_runner.runs.naming import number_of
from gan_runner.runs.playing import alive

log = logging.getLogger(__name__)

STOPPED = ("SystemExit", "KeyboardInterrupt", "Interrupted")
"""What a run that was told to stop may have given as the reason for failing."""


class Job(NamedTuple):
    """One job of a sweep: its folder, what it was asked to do, how it ended, its last figures (NaN: not a number)."""

    folder: Path
    overrides: dict[str, str]
    status: str
    why: str
    figures: dict[str, float]
    seed: str = "0"


def read(sweep: Path) -> list[Job]:
    """The jobs below a sweep's folder that have begun, in the order of their numbers. One whose record cannot be read
    is left out, and it is said.
    """
    runs = sorted(recorded(sweep, "**"), key=lambda run: (number_of(run.path) or 0, run.path.name))
    return list(_readable(runs))


def _readable(runs: Sequence[RunFolder]) -> Iterator[Job]:
    for run in runs:
        try:
            yield _job(run)
        except KeyError as error:
            log.warning("a job is left out: %s does not tell %s", run.record, error)
        except ValueError as error:
            log.warning("a job is left out: %s", error)


def of(folder: Path) -> Job:
    """The job that a run folder tells of. Raises ValueError for a record that does not tell one."""
    try:
        return _job(RunFolder(folder))
    except KeyError as error:
        raise ValueError(f"{folder} is no run to compare: its record does not tell {error}") from error


def _job(run: RunFolder) -> Job:
    facts = run.facts()
    overrides = _overrides(facts)
    figures = {name: _number(value) for name, value in (facts.get("figures") or {}).items()}
    seed = overrides.get("seed", str(facts.get("seed", 0)))
    return Job(run.path, overrides, *ended(facts), figures, seed)


def _overrides(facts: Mapping[str, Any]) -> dict[str, str]:
    """What the commands of a run asked for, the first one and those that it went on with, but for where it went on."""
    words = [word for part in facts.get("earlier", []) for word in part.get("command", [])[1:]]
    given = dict(word.split("=", 1) for word in [*words, *facts["command"][1:]] if "=" in word)
    return {key: value for key, value in given.items() if key != "resume"}


def _number(value: Any) -> float:
    """Strict JSON has no NaN: a figure that is not a number is null or a word there."""
    return math.nan if value is None else float(value)


def ended(facts: Mapping[str, Any]) -> tuple[str, str]:
    """How a run ended, and why."""
    status, why = facts["status"], facts.get("why") or ""
    if status == "failed" and why.partition(":")[0] in STOPPED:
        return "interrupted", ""
    gone = facts.get("host") == platform.node() and not alive(int(facts.get("process", 0)))
    if status == "running" and gone:
        return "interrupted", "its process ended without a word: it was killed, or the machine had no memory left"
    return status, why


def chosen_by(jobs: Sequence[Job]) -> str | None:
    """evaluation.best of the first job that says so. (One that took another's figures has but what was composed.)"""
    from omegaconf import OmegaConf

    for job in jobs:
        run = RunFolder(job.folder)
        for path in (run.resolved, run.composed):
            try:
                best = OmegaConf.select(OmegaConf.load(path), "evaluation.best")
            except Exception:  # not there, half written, or of nobody: YAML and OmegaConf raise of many kinds
                continue
            return None if best is None else str(best)
    return None

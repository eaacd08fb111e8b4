"""Which run is meant: a folder, the newest of those in a folder, `last`, or a part of a name. Found without torch."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

from gan_runner.config.errors import listed
from gan_runner.files import expanded
from gan_runner.runs.folder import RunFolder, recorded
from gan_runner.runs.naming import number_of

OUTPUTS = "outputs"
"""Where runs lie unless paths.outputs says otherwise."""
KINDS = {"runs": "*/*", "sweeps": "*/*/*"}
"""The folders below it, and how deep runs lie in each."""
BELOW = ("*", "*/*", "*/*/*", *(f"{kind}/{depth}" for kind, depth in KINDS.items()))
"""Where runs may lie below a folder that is given: one of a model and its data, of a sweep, of all of a kind."""
NEWEST = "last"
TOLD = 3
"""Names that a sentence lists."""

log = logging.getLogger(__name__)


class Found(NamedTuple):
    """A run folder; why that one, in words, or "" where it was given as it is."""

    run: Path
    why: str = ""


def found(asked: str, outputs: Path, needs: str = "weights") -> Found:
    """The run folder that is meant.

    needs: what it must have, where there is a choice: "weights" of its own or of the run that it took its figures
    from, "own weights" to go on with, "a record" to tell of it. A folder that holds no runs is given back as it is:
    whoever reads it has a sentence for that. Raises FileNotFoundError, with the nearest names, where no run is meant.
    """
    given = expanded(asked)
    if given.exists():
        held = [] if not given.is_dir() or is_run(given) else newest_first(recorded(given, *BELOW))
        return _newest(held, "there", needs) if held else Found(given)
    if (job := _job(given)) is not None:
        return Found(job, "by its number")
    runs = newest_first(below(outputs))
    if not runs:
        raise FileNotFoundError(f"{asked} is no run folder, and no run lies below {outputs}: gan-train begins one")
    if asked == NEWEST:
        return _newest(runs, f"below {outputs}", needs)
    held = [run for run in runs if run in set(meant(asked, outputs, runs))]
    if held:
        return _newest(held, "with that in its name", needs)
    names = nearest(asked, [name_of(run, outputs) for run in runs])
    raise FileNotFoundError(
        f"{asked} is no run folder, and no run below {outputs} has that in its name; the nearest: {listed(names, TOLD)}"
    )


def is_run(folder: Path) -> bool:
    """Whether a folder is that of a run, of which perhaps the weights alone have been kept."""
    run = RunFolder(folder)
    return run.record.is_file() or run.checkpoints.is_dir()


def is_sweep(folder: Path) -> bool:
    """Whether a folder is that of a sweep, with jobs that have begun."""
    return not is_run(folder) and any(job.is_job or number_of(job.path) is not None for job in recorded(folder, "*"))


def found_sweep(asked: str, outputs: Path) -> Found:
    """The folder of the sweep that is meant: a folder, the one of the newest job, or one with a part in its name.

    Raises FileNotFoundError, with the nearest names, where no sweep is meant.
    """
    given = expanded(asked)
    if given.exists():
        if is_sweep(given):
            return Found(given)
        raise FileNotFoundError(f"{asked} is no sweep: no folder of a job lies in it, see gan-runs for what there is")
    jobs = newest_first(recorded(outputs, f"sweeps/{KINDS['sweeps']}"))
    sweeps = list(dict.fromkeys(job.parent for job in jobs))
    if not sweeps:
        raise FileNotFoundError(f"{asked} is no sweep, and no sweep lies below {outputs}: gan-train -m plays one")
    held = sweeps if asked == NEWEST else [one for one in sweeps if one in set(meant(asked, outputs, sweeps))]
    if not held:
        names = nearest(asked, [name_of(one, outputs) for one in sweeps])
        raise FileNotFoundError(
            f"{asked} is no sweep, and none below {outputs} has that in its name; the nearest: {listed(names, TOLD)}"
        )
    where = f"below {outputs}" if asked == NEWEST else "with that in its name"
    return Found(held[0], f"the newest of {len(held)} {where}" if len(held) > 1 else f"the only one {where}")


def below(outputs: Path) -> Iterator[RunFolder]:
    """The runs of an output folder, those of sweeps too."""
    return recorded(outputs, *(f"{kind}/{depth}" for kind, depth in KINDS.items()))


def name_of(run: Path, outputs: Path) -> str:
    """What a run is called where all are listed: <model>-<data>/<name>, of a job of a sweep with its folder's too."""
    for kind in KINDS:
        if run.is_relative_to(outputs / kind):
            return run.relative_to(outputs / kind).as_posix()
    return run.as_posix()


def meant(part: str, outputs: Path, runs: Iterable[Path]) -> list[Path]:
    """The runs with a part in their names; where there are some, those alone where it is no part of a word: seed1 is
    in 0-seed1, not in 1-seed10.
    """
    wanted = name_of(expanded(part).absolute(), outputs.absolute()) if "/" in part else part
    wanted = (part if wanted.startswith("/") else wanted).strip("/").casefold()
    names = {run: name_of(run, outputs).casefold() for run in runs}
    whole = re.compile(rf"(?<![a-z0-9_]){re.escape(wanted)}(?![a-z0-9]|_(?![0-9a-f]{{6}}(?![a-z0-9_])))")
    return [run for run in names if whole.search(names[run])] or [run for run in names if wanted in names[run]]


def newest_first(runs: Iterable[RunFolder]) -> list[Path]:
    """By when they began, or went on last; those whose records cannot be read are left out, which is told."""
    begun: dict[Path, tuple[float, float]] = {}
    for run in runs:
        try:
            begun[run.path] = (began(run, run.facts()), run.record.stat().st_mtime)
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read and is passed over (%s)", run.record, error)
    return sorted(begun, key=lambda path: begun[path], reverse=True)


def began(run: RunFolder, facts: Mapping[str, Any]) -> float:
    """When a run began, or went on last, in seconds; as its record says, or else when that was written."""
    try:
        return datetime.fromisoformat(facts["started"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return run.record.stat().st_mtime


def nearest(asked: str, names: Sequence[str]) -> list[str]:
    """Names by how much of them is like what was asked for; of equal ones those that come first."""

    def likeness(name: str) -> float:
        parts = [name, *re.split(r"[/-]", name)]
        return max(SequenceMatcher(None, asked.casefold(), part.casefold()).ratio() for part in parts)

    return sorted(names, key=likeness, reverse=True)


def _job(given: Path) -> Path | None:
    """The job of a sweep by its number alone: outputs/sweeps/<sweep>/3."""
    if not given.name.isdecimal() or not given.parent.is_dir():
        return None
    number = int(given.name)
    return next((run.path for run in recorded(given.parent, f"{given.name}-*") if number_of(run.path) == number), None)


def _newest(runs: Sequence[Path], where: str, needs: str) -> Found:
    """The first of the runs that has what is needed; without one the first of all, of which others will tell."""
    able = next((run for run in runs if _has(run, needs)), runs[0])
    newer = runs.index(able)
    passed = f"; {newer} newer one(s) saved nothing" if newer else ""
    return Found(able, f"the newest of {len(runs)} {where}{passed}" if len(runs) > 1 else f"the only one {where}")


def _has(run: Path, needs: str) -> bool:
    own = needs == "a record" or any(RunFolder(run).checkpoints.glob("*.ckpt"))
    return own or (needs == "weights" and "same_as" in RunFolder(run).facts())

"""Which run to continue, whose figures to take, and whether a continued run is still the same run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from gan_runner.config.errors import ConfigError, listed
from gan_runner.config.trust import with_present_names
from gan_runner.runs.finding import began
from gan_runner.runs.folder import RunFolder, recorded
from gan_runner.runs.identity import Changes, Identity, changed_data, changed_test, changes, length, measurement
from gan_runner.runs.playing import is_playing
from gan_runner.types import Fingerprint

TOLD = 3
"""Differences that a line lists."""

Facts = Mapping[str, Any]
Config = Mapping[str, Any]
Data = Callable[[], Fingerprint]
"""Gives the data's fingerprint, which is asked for only where settings agree: it may take reading the data."""

log = logging.getLogger(__name__)


class Choice(NamedTuple):
    """The run to continue, or None to begin one; why, in words."""

    run: Path | None
    why: str


class Finished(NamedTuple):
    """A run of the same identity that came to its end; measured: whether it was measured in the same way, too."""

    run: RunFolder
    facts: Facts
    measured: bool

    @property
    def played(self) -> RunFolder:
        """The folder that it was played in: another one where this one took its figures or measured it again."""
        return RunFolder(Path(self.facts.get("same_as", self.run.path)))


def newest_unfinished(runs: Path, config: Config, data: Data) -> Choice:
    """The newest run below `runs` that has this identity, a checkpoint, and has not ended.

    A run whose process is alive on this machine is left alone.
    """
    now, asked, nearest = Identity.of(config), cache(data), None
    for run, facts in _unfinished(runs):
        if (played := _config(run)) is None:
            continue
        before = Identity.of(played, facts.get("data"))
        differing = Changes(changes(played, config)).told()
        differing += [f"since batch {one['batch']} it plays otherwise" for one in facts.get("stretches", [])]
        if not differing:
            change = changed_data(before, Identity(now.settings, now.places, asked()))
            differing = [change] if change else []
        most = config["trainer"].get("max_steps", -1)
        if not differing and 0 <= most < facts.get("batches", 0):
            differing = [f"it has played {facts['batches']} batches, more than trainer.max_steps={most}"]
        if not differing and is_playing(facts):
            differing = [f"process {facts['process']} is playing it"]
        if not differing:
            return Choice(run.path, "the newest unfinished run of these settings and this data")
        if nearest is None or len(differing) < len(nearest[1]):
            nearest = run.path, differing
    if nearest is None:
        return Choice(None, f"no unfinished run lies below {runs}")
    return Choice(None, f"the nearest unfinished run, {nearest[0]}, is another: {listed(nearest[1], TOLD)}")


def newest_finished(outputs: Path, config: Config, data: Data) -> Finished | None:
    """The newest run below `outputs`, of a sweep or not, that has this identity and length and came to its end.

    One that was measured as this configuration says goes before others.
    """
    now, asked, other = Identity.of(config), cache(data), None
    for run, facts in _newest_first(recorded(outputs, "runs/*/*", "sweeps/*/*/*")):
        if facts.get("status") != "finished" or facts.get("stretches") or not run.resolved.is_file():
            continue
        if (played := _config(run)) is None:
            continue
        before = Identity.of(played, facts.get("data"))
        if before.settings != now.settings or length(played) != length(config):
            continue
        if changed_data(before, Identity(now.settings, now.places, asked())):
            continue
        measured = measurement(played) == measurement(config) and not changed_test(before.data, asked())
        if measured:
            return Finished(run, facts, True)
        other = other or Finished(run, facts, False)
    return other


def refuse(changed: Changes, run: Path) -> None:
    """Raises ConfigError for a run, whose weights fit, that would go on as another one, if it would."""
    if changed:
        what = " and ".join(name for name, there in (("settings", changed.settings), ("data", changed.data)) if there)
        kept = "leave them as they were" if changed.settings else "give it the data it began with"
        raise ConfigError(
            f"resume={run} with other {what} ({changed}) would be another run: {kept}, or set allow_changes=true"
        )


def _unfinished(runs: Path) -> Iterator[tuple[RunFolder, Facts]]:
    """With something to go on from, newest first. One that says it runs may have been killed before it could say so."""
    found = _told(recorded(runs, "*/*"))
    for run, facts in sorted(found, key=lambda one: (began(*one), one[0].record.stat().st_mtime), reverse=True):
        if facts.get("status") != "finished" and run.resolved.is_file() and any(run.checkpoints.glob("*.ckpt")):
            yield run, facts


def _newest_first(runs: Iterable[RunFolder]) -> Iterator[tuple[RunFolder, Facts]]:
    return _told(sorted(runs, key=lambda run: run.record.stat().st_mtime, reverse=True))


def _told(runs: Iterable[RunFolder]) -> Iterator[tuple[RunFolder, Facts]]:
    """With what their records say; a record that cannot be read is told, and its run is none to go by."""
    for run in runs:
        try:
            yield run, run.facts()
        except (OSError, ValueError) as error:
            log.warning("%s cannot be read and is passed over (%s)", run.record, error)


def _config(run: RunFolder) -> dict[str, Any] | None:
    """The resolved configuration; None where it cannot be read, which is told."""
    from yaml import YAMLError  # type: ignore[import-untyped]

    try:
        return dict(with_present_names(run.config()))
    except (OSError, ValueError, YAMLError) as error:
        log.warning("%s cannot be read, and its run is passed over (%s)", run.resolved, error)
        return None

"""What the folder of a run tells of the weights that are handed on: how they came to be, and what was measured."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gan_runner.exporting.discreet import Hidden
from gan_runner.exporting.network import Handed
from gan_runner.figures import is_measured, logged
from gan_runner.files import read_json
from gan_runner.runs.folder import RunFolder


@dataclass(frozen=True)
class History:
    """facts: the record of the run, {} where none lies beside the checkpoint; figures: what was measured of these very
    weights, by full name, and measured_by whom; states: of each game the monitor's changes of state until then; hidden:
    what is not told.
    """

    facts: Mapping[str, Any]
    figures: Mapping[str, float]
    measured_by: str
    states: Mapping[str, Sequence[Mapping[str, Any]]]
    hidden: Hidden

    @property
    def commands(self) -> list[str]:
        """The commands that played it, one after the other."""
        parts = [*self.facts.get("earlier", []), self.facts]
        told = [self.hidden.command(part["command"]) for part in parts if part.get("command")]
        return list(dict.fromkeys(told))


def history(handed: Handed) -> History:
    """Of a checkpoint in a run folder; with nothing to tell where it lies elsewhere."""
    folder = handed.checkpoint.resolve().parent.parent
    run = RunFolder(folder)
    inside = handed.checkpoint.resolve().parent == run.checkpoints and run.record.is_file()
    facts = run.facts() if inside else {}
    found, measured_by = _figures(run, facts, handed.batches) if inside else ({}, "")
    changes = [one for one in facts.get("states") or [] if one.get("batches", 0) <= handed.batches]
    states = {game: [one for one in changes if one["game"] == game] for game in {one["game"]: None for one in changes}}
    data = handed.origin.data or facts.get("data") or {}
    return History(facts, found, measured_by, states, Hidden.of({**facts, "data": data}, handed.checkpoint))


def _figures(run: RunFolder, facts: Mapping[str, Any], batches: int) -> tuple[dict[str, float], str]:
    """What an evaluation found after so many batches, and whose: the run's own, or gan-evaluate's afterwards."""
    known: Mapping[str, Any] = facts.get("figures") or {} if facts.get("batches") == batches else {}
    own = {name: float(value) for name, value in known.items() if is_measured(name) and value is not None}
    own = own or _of_row(run.metrics, batches)
    if own:
        return own, "the run's own evaluation"
    if run.evaluation.is_file():
        later = read_json(run.evaluation)
        if later.get("batches") == batches:
            figures = later.get("figures") or {}
            return {logged(name): float(value) for name, value in figures.items() if value is not None}, "gan-evaluate"
    return {}, ""


def _of_row(metrics: Path, batches: int) -> dict[str, float]:
    """The evaluation in the row of metrics.csv after so many batches."""
    if not metrics.is_file():
        return {}
    with metrics.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row.get("step") == str(batches)]
    return {name: float(value) for row in rows for name, value in row.items() if value and is_measured(name)}

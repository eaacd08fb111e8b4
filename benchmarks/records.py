"""Runs of recipes: those below a folder of outputs, and those that records keep when their folders are gone.

`records/<table>.json` holds, for each row of a table, the settings its runs were played with and, by seed, what they
found. `tables.py` writes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf
from played import recipe_of, same, settings

ROOT = Path(__file__).resolve().parent.parent
RECIPES, RECORDS = ROOT / "configs" / "experiment", ROOT / "benchmarks" / "records"
BASELINES = ("identity", "colour")


class Run(NamedTuple):
    """A finished run of an experiment; tricks: as the command line had them, or none; control: the reals' figures."""

    experiment: str
    tricks: str
    seed: str
    figures: Mapping[str, float]  # of the evaluation, and the seconds of processor time
    control: Mapping[str, float]
    settings: Mapping[str, Any]
    precision: str = ""  # what trainer.precision=auto became; "" where nobody noted it
    folder: Path | None = None  # none for a run that only its record tells of

    @property
    def row(self) -> str:
        return f"experiment={self.experiment}" + (f" 'tricks={self.tricks}'" if self.tricks else "")


def runs(outputs: Path) -> Iterator[Run]:
    """Oldest first, so that the newest of a seed is the last."""
    for record in sorted(outputs.rglob("run.json"), key=lambda path: path.stat().st_mtime):
        facts = json.loads(record.read_text())
        asked = dict(word.split("=", 1) for word in facts["command"][1:] if "=" in word)
        figures = {
            name: value for name, value in (facts.get("figures") or {}).items() if name.startswith("evaluation/")
        }
        measured, control = (
            {_short(name): value for name, value in figures.items() if name.endswith("/real") == real}
            for real in (False, True)
        )
        if measured:
            measured["seconds"] = float(facts.get("cpu_seconds", facts["seconds"]))
        experiment, tricks = asked.get("experiment", ""), asked.get("tricks", "")
        if facts["status"] != "finished" or not measured or not (RECIPES / f"{experiment}.yaml").is_file():
            continue
        recipe = recipe_of(experiment, tricks)
        played = settings(OmegaConf.load(record.parent / "config.yaml"))
        if recipe["tricks"] == recipe_of(experiment, "")["tricks"]:
            tricks = ""
        if same(recipe, played):
            seed, precision = asked.get("seed", "0"), facts.get("precision", "")
            yield Run(experiment, tricks, seed, measured, control, played, precision, record.parent)


def _short(name: str) -> str:
    """evaluation/a2b_l1/pixels/149/identity -> a2b_l1/identity"""
    figure, last = name.split("/")[1], name.rpartition("/")[2]
    return f"{figure}/{last}" if last in BASELINES else figure


def kept() -> Iterator[Run]:
    """The runs of the records whose recipes are still what they were."""
    for record in sorted(RECORDS.glob("*.json")):
        for row in json.loads(record.read_text()):
            experiment, tricks, played = row["experiment"], row["tricks"], row["settings"]
            if (RECIPES / f"{experiment}.yaml").is_file() and same(recipe_of(experiment, tricks), played):
                for seed, found in row["runs"].items():
                    precision = found.get("precision", "")
                    yield Run(experiment, tricks, seed, found["figures"], found["control"], played, precision)


def keep(table: str, rows: Mapping[str, Sequence[Run]]) -> None:
    """Write the record of a table: what it counts, and nothing else."""
    record = [
        {
            "experiment": runs[-1].experiment,
            "tricks": runs[-1].tricks,
            "settings": runs[-1].settings,
            "runs": {
                run.seed: {"figures": run.figures, "control": run.control, "precision": run.precision} for run in runs
            },
        }
        for _, runs in sorted(rows.items())
    ]
    RECORDS.mkdir(exist_ok=True)
    (RECORDS / f"{table}.json").write_text(json.dumps(record, indent=1) + "\n")

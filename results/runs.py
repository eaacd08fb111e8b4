"""Runs of recipes: those below a folder of outputs, and those that records keep when their folders are gone.

`records/<table>.json` holds, for each row of a table, the settings its runs were played with and, by seed, what they
found. `tables.py` writes them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from omegaconf import OmegaConf

import classes
from gan_runner.figures import build, control_of, is_measured, word_of
from gan_runner.files import read_json, restored, strict
from recipes import recipe_of, same, settings

ROOT = Path(__file__).resolve().parent.parent
RECIPES, RECORDS = ROOT / "configs" / "experiment", ROOT / "results" / "records"
BASELINES = ("identity", "colour", "median", "soft_threshold")
"""What translations are compared with: the source as it is, in the colours of the other domain, and filtered."""


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


def counted() -> list[Run]:
    """Those that records keep first, then those below outputs, which so take the places of their seeds."""
    return [*recorded(), *finished(outputs_asked())]


def outputs_asked() -> Path:
    """The folder that the command line names by outputs=. Exits with a sentence for any other word."""
    folder = "outputs"
    for word in sys.argv[1:]:
        key, _, folder = word.partition("=")
        if key != "outputs" or not folder:
            sys.exit(f"outputs=<folder> is all that can be set here, not {word}")
    return Path(folder)


def finished(outputs: Path) -> Iterator[Run]:
    """Those below a folder that count; oldest first, so that the newest of a seed is the last. Runs of single classes
    count where there is one of each, as one run.
    """
    by_class: dict[tuple[str, str], dict[int, Run]] = {}
    for file in sorted(outputs.rglob("run.json"), key=lambda path: path.stat().st_mtime):
        if run := _finished(file):
            label = classes.class_of(run.settings)
            if label is None:
                yield run
            else:
                by_class.setdefault((run.row, run.seed), {})[label] = run
    for each in by_class.values():
        if figures := classes.together({label: run.figures for label, run in each.items()}):
            one = each[0]
            yield one._replace(figures=figures, settings=classes.of_any_class(one.settings), folder=None)


def _finished(file: Path) -> Run | None:
    """The run of a run.json, if it came to its end, was measured, and played its recipe as that is today; whichever
    class it learned, where the recipe is of one.
    """
    facts = read_json(file)
    asked = dict(word.split("=", 1) for word in facts["command"][1:] if "=" in word)
    experiment, tricks = asked.get("experiment", ""), asked.get("tricks", "")
    figures, control = _measured(facts)
    if facts["status"] != "finished" or not figures or not _exists(experiment):
        return None
    config = OmegaConf.load(file.parent / "config.yaml")
    recipe, played = recipe_of(experiment, tricks), settings(config)
    of_one = classes.class_of(recipe) is not None and classes.class_of(played) is not None
    if not same(classes.of_any_class(recipe) if of_one else recipe, played):
        return None
    if of_one:
        figures = classes.measured(facts["figures"], config.objective)
    if recipe["tricks"] == recipe_of(experiment, "")["tricks"]:
        tricks = ""
    figures["seconds"] = float(facts.get("cpu_seconds", facts["seconds"]))
    precision = facts.get("precision", "")
    return Run(experiment, tricks, asked.get("seed", "0"), figures, control, played, precision, file.parent)


def _exists(experiment: str) -> bool:
    return (RECIPES / f"{experiment}.yaml").is_file()


def _measured(facts: Mapping[str, Any]) -> tuple[dict[str, float], dict[str, float]]:
    """The last evaluation, of samples and of reals in their place."""
    found = {name: value for name, value in (facts.get("figures") or {}).items() if is_measured(name)}
    samples, reals = (
        {_short(name): value for name, value in found.items() if (control_of(name) == "real") is real}
        for real in (False, True)
    )
    return samples, reals


def _short(name: str) -> str:
    """evaluation/a2b_l1/pixels/149/identity -> a2b_l1/identity"""
    scalar, control = word_of(name), control_of(name)
    return build(scalar, control) if control in BASELINES else scalar


def recorded() -> Iterator[Run]:
    """The runs of the records whose recipes are still what they were."""
    for file in sorted(RECORDS.glob("*.json")):
        for row in map(restored, json.loads(file.read_text("utf-8"))):
            experiment, tricks, played = row["experiment"], row["tricks"], row["settings"]
            if _exists(experiment) and same(recipe_of(experiment, tricks), played):
                for seed, found in row["runs"].items():
                    precision = found.get("precision", "")
                    yield Run(experiment, tricks, seed, found["figures"], found["control"], played, precision)


def record(table: str, rows: Mapping[str, Sequence[Run]]) -> None:
    """Write the record of a table: what it counts, and nothing else."""
    content = [
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
    (RECORDS / f"{table}.json").write_text(json.dumps(list(map(strict, content)), indent=1, allow_nan=False) + "\n")

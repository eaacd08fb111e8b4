"""Does the monitor name a collapse, and only a collapse? Replays the diagnosis over recorded runs.

    python results/alarms.py [outputs=outputs]

A run ended well when it covers every mode (of images: class), with a KL of at most 0.05 and half of its samples on a
mode (of images: such as the classifier is sure of); modes are missing when it covers fewer than the monitor calls a
collapse. What callbacks.monitor says of variety and size is judged anew from each metrics.csv by the thresholds of
today; runs that logged no variety do not count. Columns: runs of a table's recipes, how many were named collapsed (in
part or whole) or diverged at their end, and how many at any time.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from gan_runner.callbacks.monitor import Monitor
from gan_runner.figures import is_measured
from gan_runner.monitoring.diagnosis import Finding, State
from runs import Run, finished, outputs_asked

BAD: tuple[State, ...] = ("collapsed", "diverged")
KINDS = [("modes_covered", "modes_kl", "modes_high_quality"), ("classes_covered", "class_kl", "class_sure")]


def kind_of(run: Run) -> tuple[str, str, str]:
    """The names of its coverage, KL and quality."""
    return next(kind for kind in KINDS if kind[0] in run.figures)


def ending(run: Run) -> str:
    """What became of its modes, by the last evaluation."""
    covered, kl, quality = kind_of(run)
    share = run.figures[covered] / run.control[covered]
    if share < 1:
        return "modes missing" if share < Monitor().diagnosis.covered else "few modes missing"
    good = run.figures[kl] <= 0.05 and run.figures[quality] >= 0.5
    return "well" if good else "all modes, uneven or blurred"


def replay(metrics: Path) -> Iterator[State]:
    """The state after each row of a metrics.csv."""
    diagnosis, state = Monitor().diagnosis, "healthy"
    with metrics.open(newline="") as file:
        for row in csv.DictReader(file):
            batches = int(row.pop("step"))
            figures = {name: float(value) for name, value in row.items() if value}
            diagnosis.take_evaluation({n: v for n, v in figures.items() if is_measured(n)}, batches)
            diagnosis.take_figures({n: v for n, v in figures.items() if not is_measured(n)}, batches)
            found = [*diagnosis.findings("gan", state, batches), Finding("healthy")]
            state = max(found, key=lambda finding: finding.code).state
            yield state


def main() -> None:
    """Print the table."""
    named = {kind[0] for kind in KINDS}
    found = {(run.row, run.seed): run for run in finished(outputs_asked()) if named & run.figures.keys()}
    logs = [(run, run.folder / "metrics.csv") for run in found.values() if run.folder]
    courses = [(run, list(replay(log))) for run, log in logs if "/variety" in log.read_text().partition("\n")[0]]
    print("| ended | runs | named at the end | at any time |\n|---|---|---|---|")
    for how in ("well", "all modes, uneven or blurred", "few modes missing", "modes missing"):
        these = [states for run, states in courses if ending(run) == how]
        last, ever = sum(states[-1] in BAD for states in these), sum(bool({*states} & {*BAD}) for states in these)
        print(f"| {how} | {len(these)} | {last} | {ever} |")
    for run, states in courses:
        if (ending(run), states[-1] in BAD) in (("well", True), ("modes missing", False)):
            print(f"- {run.row} seed={run.seed} ended {ending(run)} and was named {states[-1]}")


if __name__ == "__main__":
    main()

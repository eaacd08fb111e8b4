"""Does the monitor name a collapse, and only a collapse? Replays the diagnosis over recorded runs.

    python results/alarms.py [outputs=outputs]

Prints the table of docs/results.md: runs of the tables' recipes by what they covered at the end, and what the monitor
called them last. Modes (of images: classes) are missing when a run covers fewer than the monitor calls a collapse. What
callbacks.monitor says of variety and size is judged anew from each metrics.csv by the thresholds of today; runs that
logged no variety do not count. Below the table: the runs with modes missing that were not called collapsed, and the
others that were.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from gan_runner.callbacks.monitor import Monitor
from gan_runner.figures import is_measured
from gan_runner.monitoring.coverage import COVERAGE
from gan_runner.monitoring.diagnosis import HEALTHY, State
from runs import Run, finished, outputs_asked

PRESENT, MISSING = "all modes or classes, or most", "modes missing"
TOLD: tuple[State, ...] = ("collapsed", "collapsing")
"""States that have a column."""


def ending(run: Run) -> str:
    """What became of its modes, by the last evaluation."""
    covered = next(name for name in COVERAGE if name in run.figures)
    return MISSING if run.figures[covered] / run.control[covered] < Monitor().diagnosis.covered else PRESENT


def replay(metrics: Path) -> Iterator[State]:
    """The state after each row of a metrics.csv."""
    diagnosis, held = Monitor().diagnosis, HEALTHY
    with metrics.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            batches = int(row.pop("step"))
            figures = {name: float(value) for name, value in row.items() if value}
            diagnosis.take_evaluation({n: v for n, v in figures.items() if is_measured(n)}, batches)
            diagnosis.take_figures({n: v for n, v in figures.items() if not is_measured(n)}, batches)
            found = [*diagnosis.findings("gan", held, batches), HEALTHY]
            held = max(found, key=lambda finding: finding.code)
            yield held.state


def main() -> None:
    """Print the table."""
    found = {(run.row, run.seed): run for run in finished(outputs_asked()) if {*COVERAGE} & run.figures.keys()}
    logs = [(run, run.folder / "metrics.csv") for run in found.values() if run.folder]
    logs = [(run, log) for run, log in logs if "/variety" in log.read_text().partition("\n")[0]]
    called = [(run, ending(run), list(replay(log))[-1]) for run, log in logs]
    print("| at the end | runs | called collapsed | called collapsing | another state |\n|---|---|---|---|---|")
    for how in (PRESENT, MISSING):
        states = [state for _, ended, state in called if ended == how]
        counts = [states.count(state) for state in TOLD]
        print(f"| {how} | {len(states)} | {' | '.join(map(str, counts))} | {len(states) - sum(counts)} |")
    for run, ended, state in called:
        if (ended == MISSING) != (state == "collapsed"):
            print(f"- {run.row} seed={run.seed}: {ended}, called {state}")


if __name__ == "__main__":
    main()

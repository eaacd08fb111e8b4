"""The tables of docs/results.md and the "Expected" lines of the recipes, from run folders.

    gan-train -m experiment=ring/gan,ring/pacgan2 seed=0,1,2,3,4 skip_finished=true   # plays what is missing
    python results/tables.py [outputs=outputs]                                        # make tables does both

Every finished run of an `experiment=<table>/<recipe>` below `outputs` counts, the newest of a seed, if its game is what
the recipe says today (whether code has changed since, nobody looks); another list of tricks makes another row. What
counts goes into records/<table>.json, and what is there from earlier, or from other machines, counts on by the same
rule. The text between `<!-- table: ring -->` and `<!-- end -->` is replaced; a table without runs stays as it is. The
text between `<!-- published: ring -->` and `<!-- end -->` is what published.yaml says of papers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

import classes
import heads
import published
from columns import TABLES
from runs import ROOT, Run, counted, record

BESIDE = {
    "nearest": "nearest training image",
    "nearest_over_norm": "nearest training image, divided by the norm",
    "components30": "residual of 30 principal components",
    "pixel_sum": "sum of the pixels",
}
RESULTS = ROOT / "docs" / "results.md"


def by_row(found: Sequence[Run], table: str) -> dict[str, list[Run]]:
    """The runs of each row of a table, one of each seed."""
    taken = TABLES[table].taken or [table]
    wanted = (run for run in found if {run.experiment, run.experiment.partition("/")[0]} & {*taken})
    newest = {(run.row, run.seed): run for run in wanted}
    rows: dict[str, list[Run]] = {}
    for (row, _), run in sorted(newest.items()):
        rows.setdefault(row, []).append(run)
    return rows


def page(name: str, rows: Mapping[str, Sequence[Run]]) -> str:
    """The table of recipes, the best row first, real data in the place of samples last."""
    table = TABLES[name]
    lines = [
        [f"`{row}`", str(len(rows[row])), *table.cells([run.figures for run in rows[row]])]
        for row in table.ranked(rows)
    ]
    first = next(iter(rows.values()))[0]
    if table.of_classes:
        told = dict(one for runs in rows.values() for one in classes.baselines(runs[0].figures))
        lines.extend([BESIDE[name], "", *table.cells([found])] for name, found in told.items())
    elif table.best and (reals := first.control):
        lines.append(["real data in the place of samples", "", *table.cells([reals])])
    return markdown(["recipe", "seeds", *(column.heading for column in table.columns)], lines)


def markdown(headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """A table."""
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [headings, ["---"] * len(headings), *lines])


def put(text: str, mark: str, new: str) -> str:
    """A text with another table between `<!-- mark -->` and `<!-- end -->`."""
    between = re.compile(rf"(<!-- {mark} -->\n).*?(<!-- end -->)", re.S)
    return between.sub(lambda marks: f"{marks[1]}{new}\n{marks[2]}", text)


def main() -> None:
    """Rewrite the tables that have runs, their recipes and records; and what papers report."""
    found, text = counted(), RESULTS.read_text(encoding="utf-8")
    for name in TABLES:
        if rows := by_row(found, name):
            record(name, rows)
            text = put(text, f"table: {name}", page(name, rows))
            for runs in rows.values():
                heads.expect(TABLES[name], runs)
    for name in published.tables():
        text = put(text, f"published: {name}", markdown(*published.table(name)))
    RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

"""The "Expected" line in the head of a recipe: what its runs gave, and the time of the fastest."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

from columns import SECONDS, Table
from runs import RECIPES, Run

LONGEST = 120
"""Characters of a line."""
EXPECTED = re.compile(r"# Expected:(?:[^\n]*\n# (?!Published))*?[^\n]*Time:[^\n]*\n|# Expected:[^\n]*\n")
"""Up to the line that says the time, where one does."""
GLUE = "\N{NO-BREAK SPACE}"


def expect(table: Table, runs: Sequence[Run]) -> None:
    """Write what the runs of a row gave into its recipe; another list of tricks than the recipe's has no head."""
    recipe = RECIPES / f"{runs[0].experiment}.yaml"
    if not runs[0].tricks:
        head = expected(table, runs)
        recipe.write_text(EXPECTED.sub(lambda _: head, recipe.read_text("utf-8"), count=1), "utf-8")


def expected(table: Table, runs: Sequence[Run]) -> str:
    """The comment, on as many lines as it needs; a figure is not parted from its name, nor the time."""
    figures = [run.figures for run in runs]
    columns = [column._replace(against=()) for column in table.columns if column != SECONDS]
    found = [f"{column.heading} {cell}" for column in columns if (cell := column.of(figures))]
    seeds = f"({len(runs)} seeds)." if len(runs) > 1 else "(one seed)."
    precisions = " and ".join(sorted({run.precision for run in runs if run.precision}))
    seconds = min(figure["seconds"] for figure in figures)
    time = f"Time: {seconds:.0f} s of one core{f', {precisions}' if precisions else ''}."
    *found, seeds, time = (words.replace(" ", GLUE) for words in (*found, seeds, time))
    lines = textwrap.wrap(f"Expected: {', '.join(found)} {seeds} {time}", LONGEST - len("# "), break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines).replace(GLUE, " ")

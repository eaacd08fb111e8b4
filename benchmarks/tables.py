"""The tables of collapse in README.md and the "Expected" lines of the recipes, from run folders.

    gan-train -m experiment=ring/gan,ring/pacgan2 seed=0,1,2,3,4 skip_finished=true   # plays what is missing
    python benchmarks/tables.py [outputs=outputs]                                     # make tables does both

Every finished run of an `experiment=<table>/<recipe>` below `outputs` counts, the newest of a seed, if its game is what
the recipe says today (whether code has changed since, nobody looks); another list of tricks makes another row. What
counts goes into records/<table>.json, and what is there from earlier, or from other machines, counts on by the same
rule. The text between `<!-- table: ring -->` and `<!-- end -->` is replaced; a table without runs stays as it is.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from records import BASELINES, RECIPES, ROOT, Run, keep, kept, runs

from gan_runner.runs.summary import spread

README = ROOT / "README.md"


class Column(NamedTuple):
    """A figure of an evaluation: its heading, its name up to the first slash, digits, and whether it is a share.

    against: baselines of the same figure, which are shown in brackets.
    """

    heading: str
    figure: str
    digits: int
    percent: bool = False
    against: Sequence[str] = ()

    def cell(self, values: Sequence[float]) -> str:
        """Mean ± standard error; a dash where a run has none, as the KL of no modes."""
        mean, error, count = spread(value * (100 if self.percent else 1) for value in values)
        if math.isnan(mean):
            return "–"
        around = f" ± {error:.{self.digits}f}" if count > 1 else ""
        return f"{mean:.{self.digits}f}{around}{' %' if self.percent else ''}"

    def of(self, figures: Sequence[Mapping[str, float]]) -> str:
        """A cell of some runs; empty where this was not measured."""
        if self.figure not in figures[0]:
            return ""
        found = self.cell([one[self.figure] for one in figures])
        beside = [self.cell([figures[0][f"{self.figure}/{name}"]]) for name in self.against]
        return f"{found} ({', '.join(beside)})" if beside else found


class Table(NamedTuple):
    """Columns; `best`, the figures whose product sorts the rows, with the sign of the order, or none where rows are of
    different data; published rows: name, runs, a cell for each column; folders of recipes, if they are not the table's.
    """

    columns: list[Column]
    best: Sequence[str] = ()
    sign: int = 1
    published: Sequence[tuple[str, ...]] = ()
    folders: Sequence[str] = ()


POINTS = [Column("modes", "modes_covered", 1), Column("high quality", "modes_high_quality", 1, percent=True),
          Column("KL", "modes_kl", 4)]  # fmt: skip
STACKED = [Column("modes", "classes_covered", 1), Column("KL", "class_kl", 3), Column("sure", "class_sure", 1, True)]
DIGITS = [Column("Fréchet", "frechet", 2), Column("KL", "class_kl", 4), Column("recall", "recall", 3),
          Column("sure", "class_sure", 1, percent=True)]  # fmt: skip
SECONDS = Column("seconds of one core", "seconds", 0)
GROWN = [Column("Fréchet", "frechet", 1), Column("KL", "class_kl", 3), Column("sure", "class_sure", 1, percent=True),
         SECONDS]  # fmt: skip
TRANSLATED = [Column("L1", "a2b_l1", 3, against=BASELINES), Column("PSNR", "a2b_psnr", 1, against=BASELINES),
              Column("SSIM", "a2b_ssim", 3, against=BASELINES), Column("L1 back", "b2a_l1", 3, against=BASELINES),
              Column("Fréchet", "a2b_frechet", 3), Column("Fréchet back", "b2a_frechet", 3), SECONDS]  # fmt: skip
TABLES = {
    "ring": Table(POINTS, ["modes_covered", "modes_high_quality"], -1, [
        ("GAN, PacGAN's Table 1", "10", "6.3 ± 0.5", "98.2 ± 0.2 %", "0.45 ± 0.09"),
        ("PacGAN2, same", "10", "7.9 ± 0.1", "95.6 ± 2.0 %", "0.07 ± 0.03"),
        ("PacGAN4, same", "10", "7.8 ± 0.1", "95.9 ± 1.4 %", "0.07 ± 0.02"),
        ("VEEGAN, its Table 1", "5", "8", "52.9 %", ""),
        ("unrolled, VEEGAN's Table 1", "5", "7.6", "35.6 %", ""),
    ]),
    "grid": Table(POINTS, ["modes_covered", "modes_high_quality"], -1, [
        ("GAN, PacGAN's Table 1", "10", "17.3 ± 0.8", "94.8 ± 0.7 %", "0.70 ± 0.07"),
        ("PacGAN2, same", "10", "23.8 ± 0.7", "91.3 ± 0.8 %", "0.13 ± 0.04"),
        ("PacGAN4, same", "10", "24.8 ± 0.2", "93.6 ± 0.6 %", "0.04 ± 0.01"),
        ("VEEGAN, its Table 1", "5", "24.6", "40 %", ""),
        ("unrolled, VEEGAN's Table 1", "5", "23.6", "16 %", ""),
    ]),
    "stacked_mnist": Table(STACKED, ["class_kl"], 1, [
        ("DCGAN, VEEGAN's Table 2", "", "99", "3.40", ""),
        ("PacDCGAN2, PacGAN's Table 2", "10", "1000.0", "0.06 ± 0.003", ""),
        ("PacDCGAN4, same", "10", "1000.0", "0.07 ± 0.005", ""),
        ("R3GAN, its Table 3", "", "1000", "0.029", ""),
    ]),
    "stacked_mnist_half": Table(STACKED, ["class_kl"], 1, [
        ("DCGAN, PacGAN's Table 3", "50", "487.7 ± 34.6", "2.24 ± 0.15", ""),
        ("PacDCGAN2, same", "50", "840.7 ± 15.9", "1.00 ± 0.05", ""),
        ("PacDCGAN3, same", "50", "866.6 ± 12.1", "0.90 ± 0.04", ""),
        ("PacDCGAN4, same", "50", "820.2 ± 25.5", "1.15 ± 0.14", ""),
        ("unrolled, 1 step, Metz et al.", "", "523.6 ± 55.8", "2.44 ± 0.26", ""),
        ("unrolled, 5 steps, same", "", "732.0 ± 45.0", "1.66 ± 0.09", ""),
        ("unrolled, 10 steps, same", "", "817.4 ± 37.9", "1.43 ± 0.12", ""),
    ]),
    "stacked_mnist_quarter": Table(STACKED, ["class_kl"], 1, [
        ("DCGAN, PacGAN's Table 3", "50", "78.5 ± 17.6", "5.21 ± 0.19", ""),
        ("PacDCGAN2, same", "50", "484.5 ± 33.0", "2.61 ± 0.22", ""),
        ("PacDCGAN3, same", "50", "601.3 ± 32.2", "2.00 ± 0.17", ""),
        ("PacDCGAN4, same", "50", "667.4 ± 29.0", "1.81 ± 0.15", ""),
        ("unrolled, 1 step, Metz et al.", "", "65.4 ± 34.8", "5.91 ± 0.14", ""),
        ("unrolled, 5 steps, same", "", "236.4 ± 63.3", "4.67 ± 0.43", ""),
        ("unrolled, 10 steps, same", "", "327.2 ± 74.7", "4.66 ± 0.46", ""),
    ]),
    "mnist": Table(DIGITS, ["frechet"]),
    "progan": Table(GROWN, ["frechet"]),
    "translation": Table(TRANSLATED, folders=["emoji", "rose2tulip", "restoring"]),
}  # fmt: skip
"""Published: Lin et al. 2018 (arXiv:1712.04086), mean ± standard error; Srivastava et al. 2017 (arXiv:1705.07761); Metz
et al. 2017 (arXiv:1611.02163), as Lin et al. quote them; Huang et al. 2025 (arXiv:2501.05441)."""


def by_row(found: Sequence[Run], table: str) -> dict[str, list[Run]]:
    """The runs of each row of a table, one of each seed."""
    folders = TABLES[table].folders or [table]
    newest = {(run.row, run.seed): run for run in found if run.experiment.partition("/")[0] in folders}
    rows: dict[str, list[Run]] = {}
    for (row, _), run in sorted(newest.items()):
        rows.setdefault(row, []).append(run)
    return rows


def ranked(name: str, rows: Mapping[str, Sequence[Run]]) -> list[str]:
    """Their names, the best first."""
    best, sign = TABLES[name].best, TABLES[name].sign
    means = {
        row: math.prod(spread(run.figures[figure] for run in runs)[0] for figure in best) for row, runs in rows.items()
    }
    return sorted(rows, key=lambda row: sign * means[row])


def page(name: str, rows: Mapping[str, Sequence[Run]]) -> str:
    """Markdown, the best row first."""
    table = TABLES[name]
    headings = ["recipe", "seeds", *(column.heading for column in table.columns)]
    lines = [f"| {' | '.join(headings)} |", "|" + "---|" * len(headings)]
    for row in ranked(name, rows):
        lines.append(
            f"| {' | '.join([f'`{row}`', str(len(rows[row])), *cells(table, [run.figures for run in rows[row]])])} |"
        )
    if table.best:
        reals = [next(iter(rows.values()))[0].control]
        lines.append(f"| {' | '.join(['real data in the place of samples', '', *cells(table, reals)])} |")
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in table.published)])


def cells(table: Table, figures: Sequence[Mapping[str, float]]) -> list[str]:
    """A cell for each column."""
    return [column.of(figures) for column in table.columns]


def expect(name: str, runs: Sequence[Run]) -> None:
    """Write what its runs gave into the head of a recipe."""
    recipe, table = RECIPES / f"{runs[0].experiment}.yaml", TABLES[name]
    if runs[0].tricks or not recipe.is_file():
        return
    found = ", ".join(
        f"{column.heading} {cell}"
        for column, cell in zip(table.columns, cells(table, [run.figures for run in runs]), strict=True)
        if cell and column.figure != "seconds"
    )
    seeds = f"{len(runs)} seeds, mean ± standard error" if len(runs) > 1 else "one seed"
    seconds = min(run.figures["seconds"] for run in runs)
    precisions = " and ".join(sorted({run.precision for run in runs if run.precision}))
    time = f"{seconds:.0f} s of one core{f', {precisions}' if precisions else ''}"
    line = f"# Expected: {found} ({seeds}). Time: {time}.\n"
    recipe.write_text(re.sub(r"# Expected:.*\n", lambda _: line, recipe.read_text(), count=1))


def found_runs() -> list[Run]:
    """Those kept from earlier first, then those below outputs, which so take the places of their seeds."""
    return [*kept(), *runs(outputs_asked())]


def outputs_asked() -> Path:
    """The folder that the command line names by outputs=."""
    return Path(next((word.partition("=")[2] for word in sys.argv[1:]), "outputs"))


def main() -> None:
    """Rewrite the tables that have runs, their recipes and records."""
    found, readme = found_runs(), README.read_text(encoding="utf-8")
    for name in TABLES:
        rows = by_row(found, name)
        if not rows:
            continue
        keep(name, rows)
        new = f"<!-- table: {name} -->\n{page(name, rows)}\n<!-- end -->"
        readme = re.sub(rf"<!-- table: {name} -->.*?<!-- end -->", lambda _, new=new: new, readme, flags=re.S)
        for runs_of_row in rows.values():
            expect(name, runs_of_row)
    README.write_text(readme, encoding="utf-8")


if __name__ == "__main__":
    main()

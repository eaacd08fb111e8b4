"""The tables of collapse in README.md, from run folders: ours over seeds, and the published rows beside them.

    gan-train -m experiment=ring/gan,ring/pacgan2 seed=0,1,2,3,4 skip_finished=true   # plays what is missing
    python benchmarks/tables.py [outputs=outputs]                                     # make tables does both

Every finished run of an `experiment=ring/…` or `grid/…` below `outputs` counts, the newest of a seed. The text between
`<!-- table: ring -->` and `<!-- end -->` is replaced; a table without runs stays as it is.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gan_runner.comparison import spread

README = Path(__file__).resolve().parent.parent / "README.md"
COLUMNS = {"modes": "modes_covered", "high quality": "modes_high_quality", "KL": "modes_kl"}
PUBLISHED = {
    "ring": [
        ("GAN, PacGAN's Table 1", "10", "6.3 ± 0.5", "98.2 ± 0.2 %", "0.45 ± 0.09"),
        ("PacGAN2, same", "10", "7.9 ± 0.1", "95.6 ± 2.0 %", "0.07 ± 0.03"),
        ("PacGAN4, same", "10", "7.8 ± 0.1", "95.9 ± 1.4 %", "0.07 ± 0.02"),
        ("VEEGAN, its Table 1", "5", "8", "52.9 %", ""),
        ("unrolled, VEEGAN's Table 1", "5", "7.6", "35.6 %", ""),
    ],
    "grid": [
        ("GAN, PacGAN's Table 1", "10", "17.3 ± 0.8", "94.8 ± 0.7 %", "0.70 ± 0.07"),
        ("PacGAN2, same", "10", "23.8 ± 0.7", "91.3 ± 0.8 %", "0.13 ± 0.04"),
        ("PacGAN4, same", "10", "24.8 ± 0.2", "93.6 ± 0.6 %", "0.04 ± 0.01"),
        ("VEEGAN, its Table 1", "5", "24.6", "40 %", ""),
        ("unrolled, VEEGAN's Table 1", "5", "23.6", "16 %", ""),
    ],
}
"""Lin et al. 2018 (arXiv:1712.04086), mean ± standard error; Srivastava et al. 2017 (arXiv:1705.07761)."""


class Run(NamedTuple):
    """A finished run of an experiment."""

    data: str
    recipe: str
    seed: str
    figures: dict[str, float]


def runs(outputs: Path) -> Iterator[Run]:
    """Oldest first, so that the newest of a seed is the last."""
    for record in sorted(outputs.rglob("run.json"), key=lambda path: path.stat().st_mtime):
        facts = json.loads(record.read_text())
        asked = dict(word.split("=", 1) for word in facts["command"][1:] if "=" in word)
        data, slash, recipe = asked.get("experiment", "").partition("/")
        figures = {name.split("/")[1]: value for name, value in (facts.get("figures") or {}).items()
                   if name.startswith("evaluation/") and not name.endswith("/real")}  # fmt: skip
        plain = set(asked) <= {
            "experiment",
            "seed",
            "skip_finished",
            "paths.outputs",
            "trainer.accelerator",
        }  # nothing else was turned
        if slash and plain and facts["status"] == "finished" and figures:
            yield Run(data, recipe, asked.get("seed", "0"), figures)


def table(data: str, found: list[Run]) -> str:
    """Markdown, the best recipe first."""
    newest = {(run.recipe, run.seed): run.figures for run in found if run.data == data}
    lines = [f"| recipe | seeds | {' | '.join(COLUMNS)} |", "|" + "---|" * (2 + len(COLUMNS))]
    rows: dict[str, list[dict[str, float]]] = {}
    for (recipe, _), figures in sorted(newest.items()):
        rows.setdefault(recipe, []).append(figures)
    quality = {recipe: spread(one["modes_overlap"] for one in runs)[0] for recipe, runs in rows.items()}
    for recipe in sorted(rows, key=lambda recipe: -quality[recipe]):
        cells = [cell(name, [one[name] for one in rows[recipe]]) for name in COLUMNS.values()]
        lines.append(f"| `experiment={data}/{recipe}` | {len(rows[recipe])} | {' | '.join(cells)} |")
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in PUBLISHED[data])])


def cell(name: str, values: list[float]) -> str:
    """Mean ± standard error."""
    mean, error, count = spread(value * (100 if name == "modes_high_quality" else 1) for value in values)
    digits = {"modes_covered": 1, "modes_high_quality": 1, "modes_kl": 4}[name]
    unit = " %" if name == "modes_high_quality" else ""
    return f"{mean:.{digits}f}" + (f" ± {error:.{digits}f}" if count > 1 else "") + unit


def main() -> None:
    """Rewrite the tables that have runs."""
    outputs = Path(next((word.partition("=")[2] for word in sys.argv[1:]), "outputs"))
    found, page = list(runs(outputs)), README.read_text(encoding="utf-8")
    for data in PUBLISHED:
        if any(run.data == data for run in found):
            new = f"<!-- table: {data} -->\n{table(data, found)}\n<!-- end -->"
            page = re.sub(rf"<!-- table: {data} -->.*?<!-- end -->", lambda _, new=new: new, page, flags=re.S)
    README.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()

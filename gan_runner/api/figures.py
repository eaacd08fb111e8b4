"""The figures of a run as a mapping that shows itself as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from gan_runner.figures import logged, reported
from gan_runner.waiting.inline import FONT


class Figures(dict[str, float]):
    """Name -> value, as run.json and metrics.csv call them: generator/gan/adversarial, evaluation/frechet/…; of_report:
    as gan-evaluate calls them, frechet/classifier_digits/180.

    A notebook shows a table: in short, the value, that of real data in its place, the full name. spreads: of values
    over subsets; reasons: why one is not finite.
    """

    def __init__(
        self,
        values: Mapping[str, float | None],
        spreads: Mapping[str, float] | None = None,
        reasons: Mapping[str, str] | None = None,
        of_report: bool = False,
    ) -> None:
        super().__init__({name: float("nan") if value is None else float(value) for name, value in values.items()})
        self.spreads, self.reasons = dict(spreads or {}), dict(reasons or {})
        self.of_report = of_report

    def _repr_html_(self) -> str:
        return table_of(self)


def table_of(figures: Figures, most: int | None = None) -> str:
    """A table of a page: what was measured, or what was logged where nothing was; at most so many rows."""
    from gan_runner.report.measured import of_training, rows

    by_name = {logged(name) if figures.of_report else name: value for name, value in figures.items()}
    called = reported if figures.of_report else str
    measured = [
        (row.short, _with_spread(row.value, figures.spreads.get(reported(row.name))), _beside(row.controls),
         called(row.name))
        for row in rows(by_name, "en")
    ]  # fmt: skip
    told = measured or [(short, value, "", name) for short, value, name in of_training(figures, "en")]
    if not told:
        return f'<div style="{FONT}">no figures yet</div>'
    return html_table(["figure", "here", "real data", "name"], told[:most])


def _with_spread(value: str, spread: float | None) -> str:
    return value if spread is None else f"{value} ± {spread:.2g}"


def _beside(controls: list[tuple[str, str]]) -> str:
    """What real data has in the place of the samples; other controls by their names."""
    return ", ".join(value if index == 0 else f"{called} {value}" for index, (called, value) in enumerate(controls))


def html_table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """In the colours of whatever page it stands on."""
    style = 'style="padding: 0 1em 0 0; text-align: left"'
    head = "".join(f'<th scope="col" {style}>{escape(one)}</th>' for one in heads)
    lines = ("".join(f"<td {style}>{escape(cell)}</td>" for cell in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return (
        f'<table style="{FONT}; border-collapse: collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    )

"""The part of a card that says what was measured, beside controls."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gan_runner.exporting.history import History
from gan_runner.figures import CONTROLS, build
from gan_runner.figures import count_of as samples_of
from gan_runner.images.captions import ARROWS
from gan_runner.report.measured import Row, rows

STAND_FOR = {
    "real": "other real samples in the place of the generated ones",
    "identity": "the image as it is, in the place of its translation",
    "colour": "the image in the colours of the other domain, in the place of its translation",
    "median": "what a median filter makes of the damaged image",
    "soft_threshold": "what shrinking all values by a threshold makes of the damaged image",
}
"""What a control is."""


def figures(told: History) -> Iterator[str]:
    """Lines of Markdown."""
    yield from ("", "## Figures", "")
    found = rows(told.figures, "en")
    if not found:
        yield "Nothing was measured of these weights."
        return
    controls = [one for one in CONTROLS if any(build(row.name, one) in told.figures for row in found)]
    heads = ["figure", "here", *(_called(found, told, one) for one in controls), "what it says", "full name"]
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in found:
        beside = [_number(told.figures.get(build(row.name, one))) for one in controls]
        yield f"| {' | '.join([row.short, row.value, *beside, row.says, f'`{row.name}`'])} |"
    counts = sorted({count for row in found if (count := samples_of(row.name)) is not None})
    yield ""
    yield f"{ARROWS}. {_controls(controls)}By {told.measured_by}, {_on(counts)}."
    yield (
        "The full name says what looked at the samples: figures compare with others of the same full name alone, and "
        "with none that another network looked at."
    )


def _called(found: Sequence[Row], told: History, control: str) -> str:
    """What a report calls a control."""
    for row in found:
        present = [one for one in CONTROLS if build(row.name, one) in told.figures]
        if control in present:
            return row.controls[present.index(control)][0]
    return control


def _controls(controls: Sequence[str]) -> str:
    told = [STAND_FOR[one] for one in controls]
    return f"Beside them, as controls: {'; '.join(told)}. " if told else ""


def _on(counts: Sequence[int]) -> str:
    return f"on {' or '.join(f'{count:,}' for count in counts)} samples each" if counts else "on held-out data"


def _number(value: Any) -> str:
    return "" if value is None else f"{float(value):.4g}"

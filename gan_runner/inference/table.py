"""Tables about images, as spreadsheets read them."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from pathlib import Path

from gan_runner.data.containers.inside import Place
from gan_runner.files import replacing

FORMULA = ("=", "+", "-", "@")
"""What a cell begins with that spreadsheets compute instead of showing it."""


def write_table(path: Path, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A CSV in UTF-8, whole or not at all."""
    with replacing(path) as beside, beside.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([heading, *rows])


def named(image: Place) -> str:
    """An image's path as a cell: still its path, but no formula; bytes that are no UTF-8 are written as \\xff."""
    text = os.fsencode(str(image)).decode("utf-8", "backslashreplace")
    return f"./{text}" if text.startswith(FORMULA) else text

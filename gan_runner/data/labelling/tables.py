"""What a table of labels is, whatever kind of file it lies in."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Protocol

from gan_runner.data.containers.inside import Place

Value = Any
"""What a cell holds: a text, a number, a list of numbers, or None."""
KINDS = ".csv, .tsv, .json, .jsonl, .parquet, or CelebA's .txt"


def as_text(path: Place) -> io.TextIOWrapper:
    """A file of text in UTF-8, on disk or in a container; ends of lines are left as they are."""
    return io.TextIOWrapper(path.open("rb"), encoding="utf-8-sig", newline="")


class Table(Protocol):
    """Rows in columns that have names. What is wrong with the file is a ValueError that begins with `called`."""

    columns: list[str]

    def read(self, columns: Sequence[str], most: int | None = None) -> list[list[Value]]:
        """These columns, each as the values of its rows: of the first `most`, or of all."""

"""What a table of labels is, whatever kind of file it lies in, and how it is opened."""

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


def open_table(path: Place, called: str) -> Table:
    """By the suffix of its name. Raises ValueError, which begins with `called`, for what is no table."""
    kind = path.suffix.lower()
    try:
        if kind in (".csv", ".tsv"):
            from gan_runner.data.labelling.delimited import Delimited

            table: Table = Delimited(path, called)
        elif kind in (".json", ".jsonl", ".ndjson"):
            from gan_runner.data.labelling.json_tables import JsonTable

            table = JsonTable(path, called, lines=kind != ".json")
        elif kind in (".parquet", ".pq"):
            from gan_runner.data.labelling.parquet_tables import ParquetTable

            table = ParquetTable(path, called)
        elif kind == ".txt":
            from gan_runner.data.labelling.celeba import AttributeList

            table = AttributeList(path, called)
        else:
            raise ValueError(f"{called} is no table by its suffix: give a {KINDS}")
    except UnicodeDecodeError as error:
        raise ValueError(f"{called} is no text in UTF-8 ({error.reason}): save it as UTF-8") from error
    except OSError as error:
        raise ValueError(f"{called} cannot be read: {error.strerror or error}") from error
    if doubled := [name for name in dict.fromkeys(table.columns) if name and table.columns.count(name) > 1]:
        raise ValueError(f"{called} has two columns called {doubled[0]}: rename one of them")
    return table

"""Which columns of a table say an image's name and its labels: those that are given, or the only ones that can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gan_runner.config.errors import did_you_mean, listed
from gan_runner.config.labels import word
from gan_runner.data.labelling.matching import Keys, best, plain
from gan_runner.data.labelling.tables import Table, Value

LOOKED_AT = 1000
"""Rows by which a column is taken for one of names, if they are names of more than half as many images."""
LABELS = ("label", "labels", "class", "class_name", "class_label", "category", "target", "y")
"""What a column of classes is called, where there are others."""


@dataclass(frozen=True)
class Found:
    """The column of names, and how images are known by what it says."""

    column: str
    keys: Keys


def column_of_files(table: Table, keys: Sequence[Keys], given: str | None, called: str) -> Found:
    """The column given, else the one that names images. Raises ValueError where none does, or several."""
    if given is not None:
        check_there(given, table, "data.file_column", called)
    named = [given] if given is not None else [name for name in table.columns if name]
    for most in (LOOKED_AT, None):
        found = [(name, *_best(keys, _texts(table.read([name], most)[0]))) for name in named]
        hits = max((count for *_, count in found), default=(0, 0))
        if hits[1] and (most is None or hits[1] > most / 2 or len(table.read(named[:1], most)[0]) < most):
            first = [one for one in found if one[2] == hits]
            if len(first) > 1:
                told = listed([name for name, *_ in first], most=20)
                raise ValueError(
                    f"{called} names images in several columns ({told}): set data.file_column={word(first[0][0])}"
                )
            return Found(first[0][0], first[0][1])
    if first_row := next((name for name in table.columns if name and best(keys, [plain(name)])[1]), None):
        raise headless(called, first_row)
    columns = "no column" if given is None else f"no row of data.file_column={word(given)} in {called}"
    example = plain(next(iter(table.read(named[:1], 1)[0]), "")) if named else ""
    shown = f" (its first row has {example})" if given is not None and example else ""
    of = f" of {called}" if given is None else ""
    raise ValueError(
        f"{columns}{of} names an image of data.root{shown}: it has the columns {_columns(table)}, of which one should "
        "hold their names, below data.root or beside the table (data.file_column)"
    )


def headless(called: str, name: str) -> ValueError:
    """What is wrong with a table whose first line has a `name` of an image."""
    return ValueError(
        f"{called} begins with a row of its own ({name}), and its first line should name the columns: write file,label "
        "above it"
    )


def column_of_labels(table: Table, files: str, given: str | None, called: str) -> str:
    """The column given, else the only one that is left or is called so. Raises ValueError where that is none."""
    if given is not None:
        check_there(given, table, "data.label_column", called)
        return given
    left = [name for name in table.columns if name not in ("", "Unnamed: 0", files)]
    known = [name for name in left if name.lower() in LABELS]
    chosen = left if len(left) == 1 else known
    if len(chosen) == 1:
        return chosen[0]
    if not left:
        raise ValueError(f"{called} has no column beside {files}: add one of labels")
    raise ValueError(
        f"{called} has several columns that may be the label: set data.label_column to one of {_columns(table, files)}"
    )


def check_there(given: str, table: Table, key: str, called: str) -> None:
    """Raises ValueError where a column that is given by name is none of a table."""
    if given not in table.columns:
        meant = did_you_mean(given, table.columns)
        raise ValueError(f"{key}={word(given)} is no column of {called}{meant}: it has {_columns(table)}")


def _best(keys: Sequence[Keys], names: Sequence[str]) -> tuple[Keys, tuple[int, int]]:
    """The keys that know most of the names; how many by their whole name (1.png, where others are 1), and in all."""
    found, hits = best(keys, names)
    return found, (len(found.whole.keys() & set(names)), hits)


def _columns(table: Table, but: str = "") -> str:
    return listed([name for name in table.columns if name and name != but], most=20)


def _texts(values: Sequence[Value]) -> list[str]:
    return [plain(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool)]

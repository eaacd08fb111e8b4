"""What the values in a column of parquet are as labels: classes, or numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.array_labels import names_or_vectors
from gan_runner.data.containers.class_folders import folder_names


@dataclass(frozen=True)
class LabelColumn:
    """The labels of one file: its column, the values in it, and what the classes 0, 1, … are called, if that is noted.

    None, and -1 where names are noted, stand for no label.
    """

    path: Path
    column: str
    values: Sequence[Any]
    names: tuple[str, ...] | None = None

    @property
    def told(self) -> str:
        return f"{self.path}: its column {self.column}"


@dataclass(frozen=True)
class Labels:
    """Of the rows of all files: the folder of the class of each, "" of none; or of numbers some each, NaN of none.

    own: whether each row has a text of its own, which is no class.
    """

    folders: list[str]
    vectors: NDArray[np.float32] | None = None
    own: bool = False


def read_labels(columns: Sequence[LabelColumn]) -> Labels:
    """Raises ValueError, with a sentence, for values that are no labels."""
    if any(one.names is not None for one in columns):
        return Labels([name for one in columns for name in _noted(one)])
    values = [value for one in columns for value in one.values]
    known = [value for value in values if value is not None]
    if any(isinstance(value, list | float) for value in known):
        return _numbers(columns, values)
    if wrong := next((value for value in known if not isinstance(value, str | Real)), None):
        raise ValueError(
            f"{columns[0].told} holds {str(wrong)[:40]}, which is no label: name a column of words or numbers"
        )
    distinct = list(dict.fromkeys(known))
    if len(distinct) == len(known) and len(known) > 1 and isinstance(known[0], str):
        return Labels([""] * len(values), own=True)
    called = dict(zip(distinct, folder_names(distinct), strict=True))
    return Labels(["" if value is None else called[value] for value in values])


def _noted(column: LabelColumn) -> list[str]:
    names = folder_names(column.names or ())
    last = max((value for value in column.values if value is not None), default=0)
    if last >= len(names):
        raise ValueError(f"{column.told} has the label {last}, and names {len(names)} classes: name them all")
    return ["" if value is None or value < 0 else names[value] for value in column.values]


def _numbers(columns: Sequence[LabelColumn], values: Sequence[Any]) -> Labels:
    """Whole ones are classes, and so are rows of zeros with a 1; others are numbers."""
    rows = [place for place, value in enumerate(values) if not _is_missing(value)]
    try:
        known = np.array([values[row] for row in rows], np.float64).reshape(len(rows), -1)
        classes, vectors = names_or_vectors([known])
    except (ValueError, TypeError) as error:  # lists of several lengths, or not of numbers
        raise ValueError(
            f"{columns[0].told} holds no finite numbers, or lists that are not equally long: mend it"
        ) from error
    folders = [""] * len(values)
    if classes is not None:
        for row, name in zip(rows, classes[0], strict=True):
            folders[row] = name
        return Labels(folders)
    assert vectors is not None
    whole = np.full((len(values), vectors.shape[1]), np.nan, np.float32)
    whole[rows] = vectors
    return Labels(folders, whole)


def _is_missing(value: Any) -> bool:
    """None, and NaN, as which some writers keep it."""
    return value is None or (isinstance(value, float) and np.isnan(value))

"""Labels that are numbers: several attributes of an image, there or not, or how much there is of something."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gan_runner.config.errors import listed
from gan_runner.config.labels import word
from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.files.decoding import find_images
from gan_runner.data.labelling.columns import check_there, column_of_labels
from gan_runner.data.labelling.opening import open_table
from gan_runner.data.labelling.rows import Row, Rows, without_labels
from gan_runner.data.labelling.tables import Table, Value
from gan_runner.types import Conditions

Values = NDArray[np.float64]
"""(N, K), as they are given; an attribute of 1 and -1 has 1 and 0."""
OFF = "data.labels=false"
KEPT_ROWS = 1000
"""Rows of the training set that a run keeps, to draw from when it makes samples."""


class Numbers(Protocol):
    """Where labels come from that are numbers."""

    called: str
    """What it is called in a sentence: data.labels=labels.csv."""

    def covers(self, train: Place, folder: Place) -> bool:
        """Whether some image of a folder has labels, so that it may be held out."""

    def names(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        """What the numbers are called (K)."""

    def values(self, place: Place, paths: Sequence[Place]) -> Values:
        """The numbers of each image. Raises ValueError where one has none."""


class NumbersInTable:
    """Of columns by name, or of one column of lists (StyleGAN's dataset.json): those are called label_0, label_1, …

    A column of 1 and -1 is an attribute that is there or not, as one of 1 and 0.
    """

    def __init__(self, path: str, root: Place, file_column: str | None, columns: Sequence[str] | str | None) -> None:
        self.given = columns
        self.rows = Rows(path, root, file_column, self._columns)
        self.called = self.rows.called
        self._known: dict[tuple[Place, int], Values] = {}

    def covers(self, train: Place, folder: Place) -> bool:
        try:
            return any(row is not None for row in self.rows.of(folder, list(find_images(folder))))
        except ValueError:  # it has no table, or one of other images
            return False

    def names(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        read, _ = self.rows.read(place, paths)
        first = next((row[0] for row in read.rows if isinstance(row[0], list)), None)
        if len(read.columns) == 1 and first is not None:
            return tuple(f"{read.columns[0]}_{number}" for number in range(len(first)))
        return tuple(read.columns)

    def values(self, place: Place, paths: Sequence[Place]) -> Values:
        if (place, len(paths)) not in self._known:
            self._known[place, len(paths)] = self._found(place, paths)
        return self._known[place, len(paths)]

    def _found(self, place: Place, paths: Sequence[Place]) -> Values:
        read, _ = self.rows.read(place, paths)
        names = self.names(place, paths)
        found = [self._numbers(row, names) for row in self.rows.of(place, paths)]
        without = [path for path, row in zip(paths, found, strict=True) if row is None]
        if without:
            raise without_labels(without, len(found), place, self.called, OFF)
        values = np.array(found, np.float64).reshape(len(found), len(names))
        whole = np.array([row for row in (self._numbers(row, names) for row in read.rows) if row is not None])
        signs = np.array([set(np.unique(column)) == {-1, 1} for column in whole.T])
        return np.where(signs & (values == -1), 0, values)

    def _columns(self, table: Table, files: str) -> list[str]:
        if self.given is None or isinstance(self.given, str):
            return [column_of_labels(table, files, self.given, self.called)]
        if not self.given:
            raise ValueError(f"data.label_column=[] names no column of {self.called}: name one or more")
        for name in self.given:
            check_there(name, table, "data.label_column", self.called)
        return list(self.given)

    def _numbers(self, row: Row | None, names: Sequence[str]) -> list[float] | None:
        """Of one image; None where any is missing."""
        if row is None:
            return None
        cells = row[0] if len(row) == 1 and isinstance(row[0], list) else row
        if len(cells) != len(names):
            raise ValueError(
                f"{self.called} has lists of {len(names)} and of {len(cells)} numbers: give each image as many labels"
            )
        found = [self._number(cell, name) for cell, name in zip(cells, names, strict=True)]
        return None if any(map(math.isnan, found)) else found

    def _number(self, cell: Value, name: str) -> float:
        """NaN where there is none."""
        if cell is None or (isinstance(cell, str) and not cell.strip()):
            return math.nan
        try:
            found = float(cell)
        except (TypeError, ValueError):
            found = math.inf
        if math.isinf(found):
            raise ValueError(
                f"{self.called} has {str(cell)[:40]} in {name}, and data.label_column={_listed(self.given)} takes "
                f"numbers: leave {name} out, or set data.label_column={word(name)} for classes"
            )
        return found


class OwnNumbers:
    """Those that a container has beside its images. data.labels=true."""

    called = "data.labels=true"

    def __init__(self, root: InsidePath, columns: Sequence[str] | None = None) -> None:
        assert root.container.vectors is not None
        self.known, self.array = root.container.vectors
        self.columns = self.known if columns is None else tuple(columns)
        if unknown := [name for name in self.columns if name not in self.known]:
            raise ValueError(
                f"data.label_column: {unknown[0]} is no label of {root}, which has {', '.join(self.known)}"
            )

    def covers(self, train: Place, folder: Place) -> bool:
        return True

    def names(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        return tuple(self.columns)

    def values(self, place: Place, paths: Sequence[Place]) -> Values:
        rows = [path.index for path in paths if isinstance(path, InsidePath) and path.index is not None]
        found = self.array[rows][:, [self.known.index(name) for name in self.columns]].astype(np.float64)
        without = [path for path, row in zip(paths, found, strict=True) if not np.isfinite(row).all()]
        if without:
            raise without_labels(without, len(paths), place, str(place), OFF)
        return found


def holds_lists(path: str, root: Place, label_column: str | None) -> bool:
    """Whether a table's labels are lists of numbers. What is wrong with it is told by whoever reads it."""
    rows = Rows(path, root, None, lambda table, files: [])
    try:
        table = open_table(rows.path_for(root), rows.called)
        lists = [name for name in table.columns if _is_list(table.read([name], 1)[0])]
    except ValueError:
        return False
    return bool(lists) and (label_column in lists if label_column else len(lists) == len(table.columns) - 1 == 1)


def conditions_of(names: Sequence[str], values: Values, called: str) -> Conditions:
    """What a run keeps of the numbers (N, K) of the images to train on. Raises ValueError for those that tell nothing.

    Those of an attribute, 0 and 1, stay as they are; others lose their mean and are divided by their spread (standard
    deviation).
    """
    for name, column in zip(names, values.T, strict=True):
        if len(column) and np.ptp(column) == 0:
            raise ValueError(
                f"{called} has {column[0]:g} in {name} for every image, which tells nothing: leave {name} out of "
                "data.label_column"
            )
    plain = np.isin(values, (0, 1)).all(axis=0)
    mean, spread = np.where(plain, 0, values.mean(axis=0)), np.where(plain, 1, values.std(axis=0))
    chosen = np.random.default_rng(0).permutation(len(values))[:KEPT_ROWS]
    rows = ((values[chosen] - mean) / spread).astype(np.float32)
    return Conditions(tuple(names), tuple(mean.tolist()), tuple(spread.tolist()), tuple(map(tuple, rows.tolist())))


def in_words(conditions: Conditions) -> str:
    """What they are called, and how those that are standardised were: Smiling, age (mean 41.2, spread 12)."""
    told = zip(conditions.names, conditions.mean, conditions.spread, strict=True)
    return listed(
        [
            name if (mean, spread) == (0, 1) else f"{name} (mean {mean:.4g}, spread {spread:.4g})"
            for name, mean, spread in told
        ]
    )


def _is_list(values: Sequence[Value]) -> bool:
    return bool(values) and isinstance(values[0], list)


def _listed(given: Sequence[str] | str | None) -> str:
    return f"[{','.join(map(word, given))}]" if given is not None and not isinstance(given, str) else str(given)

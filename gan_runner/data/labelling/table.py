"""A table beside the images, or in one archive with them, says their classes."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from gan_runner.config.labels import in_a_sentence, number, word
from gan_runner.data.containers.inside import Place
from gan_runner.data.files.classes import as_people_count
from gan_runner.data.files.decoding import find_images
from gan_runner.data.labelling.columns import column_of_labels
from gan_runner.data.labelling.rows import Rows, without_labels
from gan_runner.data.labelling.tables import Table, Value

SIGNS = {"-1", "1"}
"""What an attribute of CelebA is: not there, or there."""
OF_ITS_OWN = 20
"""Images from which on it is a mistake that each has a class of its own."""


class InTable:
    """One column has names of images, another their classes. data.labels=<file>.

    path: the table, as it is, or below `root`, or below each folder of a split (metadata.csv of Hugging Face).
    file_column, label_column: their names, where the table leaves them open.
    """

    off = "data.labels=false"

    def __init__(self, path: str, root: Place, file_column: str | None = None, label_column: str | None = None) -> None:
        self.label_column = label_column
        self.rows = Rows(path, root, file_column, self._columns)
        self.called = self.rows.called
        self._known: dict[tuple[Place, int], list[str | None]] = {}
        self.classes_of = f"the classes in {self.called}"

    # ---- what is asked of it ------------------------------------------------------------------------------------

    def covers(self, train: Place, folder: Place) -> bool:
        try:
            return any(self._names(folder, list(find_images(folder))))
        except ValueError:  # it has no table, or one of other images
            return False

    def classes(self, place: Place, paths: Sequence[Place]) -> tuple[str, ...]:
        names = self.named(place, paths)
        found = set(names)
        if len(found) == len(names) >= OF_ITS_OWN:
            raise ValueError(
                f"{self.called} has a class of its own for each of {len(names)} images (such as "
                f"{in_a_sentence(names[0])}): set data.label_column to a column that images have in common"
            )
        return tuple(sorted(found, key=_order_of(found)))

    def named(self, place: Place, paths: Sequence[Place]) -> list[str]:
        found = self._names(place, paths)
        without = [path for path, name in zip(paths, found, strict=True) if name is None]
        if without:
            raise without_labels(without, len(found), place, self.called, self.off)
        return [str(name) for name in found]

    def in_names(self) -> bool:
        return False

    # ---- reading ------------------------------------------------------------------------------------------------

    def _columns(self, table: Table, files: str) -> list[str]:
        return [column_of_labels(table, files, self.label_column, self.called)]

    def _names(self, place: Place, paths: Sequence[Place]) -> list[str | None]:
        """The class of each image, None where there is none; found once."""
        if (place, len(paths)) not in self._known:
            read, _ = self.rows.read(place, paths)
            labels = [None if row is None else row[0] for row in self.rows.of(place, paths)]
            self._known[place, len(paths)] = self._as_names(labels, [row[0] for row in read.rows], read.columns[0])
        return self._known[place, len(paths)]

    def _as_names(self, labels: Sequence[Value], all_values: Sequence[Value], column: str) -> list[str | None]:
        """What the classes of values are called. An attribute that is there or not is called by its column."""
        wrong = next((value for value in labels if isinstance(value, list | dict)), None)
        if wrong is not None:
            raise ValueError(
                f"{self.called} has {str(wrong)[:40]} as a label in {column}, and a class is one number or word: set "
                "data.label_column to a column of those"
            )
        names = [_name(value) for value in labels]
        if set(map(_name, all_values)) - {None} == SIGNS:
            signs = {"-1": f"not {column}", "1": column}
            return [None if name is None else signs[name] for name in names]
        numbers = [number(name) for name in dict.fromkeys(names) if name is not None]
        fraction = next((one for one in numbers if one is not None and one != int(one)), None)
        if fraction is not None and None not in numbers:
            raise ValueError(
                f"{self.called} has numbers such as {fraction:g} in {column}, which are no classes: set "
                f"data.label_column=[{word(column)}] to tell networks the numbers, or name a column of classes"
            )
        return names


def _name(value: Value) -> str | None:
    """A value as the name of a class; None of an empty one and of NaN."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value).strip()
    return None if text.casefold() in ("", "nan") else text


def _order_of(names: set[str]) -> Callable[[str], Any]:
    """By what to sort: numbers by their size, what is not there before what is, other names as people count."""
    if all(number(name) is not None for name in names):
        return lambda name: (number(name), name)
    if len(names) == 2 and any(f"not {name}" in names for name in names):
        return lambda name: not name.startswith("not ")
    return as_people_count

"""A table beside the images, or in one archive with them, says their classes."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any

from gan_runner.config.labels import in_a_sentence, number
from gan_runner.data.containers.inside import Place, below
from gan_runner.data.files.classes import as_people_count
from gan_runner.data.files.decoding import find_images
from gan_runner.data.labelling.columns import column_of_files, column_of_labels, headless
from gan_runner.data.labelling.matching import SEVERAL, Keys, keys_from, plain
from gan_runner.data.labelling.tables import KINDS, Value, open_table

log = logging.getLogger(__name__)

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
        self.path, self.root = path, root
        self.file_column, self.label_column = file_column, label_column
        self.called = f"data.labels={path}"
        self.classes_of = f"the classes in {self.called}"
        self._known: dict[Place, dict[str, str | None]] = {}

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
            raise ValueError(
                f"{len(without)} of {len(found)} images of {place} have no label in {self.called} (the first is "
                f"{below(without[0], place)}): add them there, move them, or set {self.off}"
            )
        return [str(name) for name in found]

    def in_names(self) -> bool:
        return False

    # ---- reading ------------------------------------------------------------------------------------------------

    def _names(self, place: Place, paths: Sequence[Place]) -> list[str | None]:
        """The class of each image, None where there is none.

        A table that lies in no split speaks of the images of all of them, so that a name means one of them or, if it
        fits two, is refused.
        """
        path = self._path_for(place)
        apart = _lies_in(path, place) or not _lies_in(place, self.root)
        top = place if apart else self.root
        if top not in self._known:
            self._known[top] = self._read(path, top, paths if top == place else list(find_images(top)))
        known = self._known[top]
        return [known[below(image, top).as_posix()] for image in paths]

    def _read(self, path: Place, top: Place, images: Sequence[Place]) -> dict[str, str | None]:
        """The class of every image, by its name below `top`."""
        table = open_table(path, self.called)
        beside = [self.root, path.parent, self.root.resolve().parent]
        found = column_of_files(table, keys_from(top, images, beside), self.file_column, self.called)
        column = column_of_labels(table, found.column, self.label_column, self.called)
        files, values = table.read([found.column, column])
        labels, unknown = self._matched(found.keys, files, values, len(images))
        header = found.keys.find(plain(found.column))
        if header is not None and labels[header] is None:
            raise headless(self.called, found.column)
        if unknown:
            told = "%s: %d of %d names are of no image (the first is %s)"
            log.warning(told, self.called, len(unknown), len(files), unknown[0])
        names = [below(image, top).as_posix() for image in images]
        return dict(zip(names, self._as_names(labels, values, column), strict=True))

    def _path_for(self, place: Place) -> Place:
        """Where the table of the images in a place lies. Raises ValueError where there is none."""
        for path in (Path(self.path).expanduser(), place / self.path, self.root / self.path):
            if path.is_file():
                return path
        suffixes = KINDS.replace("CelebA's ", "").replace("or ", "").split(", ")
        there = sorted(path.name for path in self.root.iterdir() if path.suffix.lower() in suffixes)
        told = f"there is {', '.join(there[:8])}" if there else f"give a {KINDS}"
        raise ValueError(f"{self.called} is no file, neither here nor in {self.root}: {told}")

    def _matched(
        self, keys: Keys, files: Sequence[Value], values: Sequence[Value], count: int
    ) -> tuple[list[Value], list[str]]:
        """The value of each of `count` images, None where there is none; and the names of no image."""
        found: list[Value] = [None] * count
        row_of: list[int] = [-1] * count
        unknown = []
        for row, file in enumerate(files):
            name = "" if file is None else plain(file)
            if not name:
                raise ValueError(f"{self.called}, row {row + 1} names no file: write its name, or leave the row out")
            at = keys.find(name)
            if at is None:
                unknown.append(name)
            elif at == SEVERAL:
                raise ValueError(
                    f"{self.called}, row {row + 1}: {name} may be several images of {self.root}: write their names "
                    "with folder and suffix"
                )
            elif row_of[at] >= 0 and values[row_of[at]] != values[row]:
                raise ValueError(
                    f"{self.called} has two labels for {name}: {values[row_of[at]]} in row {row_of[at] + 1}, "
                    f"{values[row]} in row {row + 1}; leave one of them"
                )
            else:
                found[at], row_of[at] = values[row], row
        return found, unknown

    # ---- as classes ---------------------------------------------------------------------------------------------

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
        numbers = [number(name) for name in set(names) - {None}]
        fraction = next((one for one in numbers if one is not None and one != int(one)), None)
        if fraction is not None and None not in numbers:
            raise ValueError(
                f"{self.called} has numbers such as {fraction:g} in {column}, which are no classes: set "
                "data.label_column to a column of classes"
            )
        return names


def _lies_in(place: Place, top: Place) -> bool:
    """Whether a place is another, or below it."""
    return PurePath(str(place.resolve())).is_relative_to(str(top.resolve()))


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

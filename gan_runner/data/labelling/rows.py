"""The rows of a table, each at the image that it names."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from gan_runner.data.containers.inside import Place, below
from gan_runner.data.files.decoding import find_images
from gan_runner.data.labelling.columns import column_of_files, headless
from gan_runner.data.labelling.matching import SEVERAL, Keys, keys_from, plain
from gan_runner.data.labelling.opening import open_table
from gan_runner.data.labelling.tables import KINDS, Table, Value
from gan_runner.files import expanded

log = logging.getLogger(__name__)

Row = tuple[Value, ...]
Columns = Callable[[Table, str], list[str]]
"""Which columns of a table are wanted, beside that of the names."""


@dataclass(frozen=True)
class Read:
    """columns: what was read. of_image: the row of each image by its name, None where there is none. rows: all."""

    columns: list[str]
    of_image: dict[str, Row | None]
    rows: list[Row]


class Rows:
    """A table beside images, or with them in a container; read once for each place that it speaks of.

    path: where it lies, as it is, or below each folder of a split, or below `root`. called: how a sentence about it
    begins. A table that lies in no split speaks of the images of all of them, so that a name means one of them or, if
    it fits two, is refused.
    """

    def __init__(self, path: str, root: Place, file_column: str | None, columns: Columns) -> None:
        self.path, self.root, self.file_column, self.columns = path, root, file_column, columns
        self.called = f"data.labels={path}"
        self._read: dict[Place, Read] = {}

    def of(self, place: Place, paths: Sequence[Place]) -> list[Row | None]:
        """The row of each image, None where there is none."""
        read, top = self.read(place, paths)
        return [read.of_image[below(image, top)] for image in paths]

    def read(self, place: Place, paths: Sequence[Place]) -> tuple[Read, Place]:
        """What the table says of the images of a place, and of which folder's images it speaks."""
        path = self.path_for(place)
        apart = _lies_in(path, place) or not _lies_in(place, self.root)
        top = place if apart else self.root
        if top not in self._read:
            self._read[top] = self._joined(path, top, paths if top == place else list(find_images(top)))
        return self._read[top], top

    def path_for(self, place: Place) -> Place:
        """Where the table of the images in a place lies. Raises ValueError where there is none."""
        for path in (expanded(self.path), place / self.path, self.root / self.path):
            if path.is_file():
                return path
        suffixes = KINDS.replace("CelebA's ", "").replace("or ", "").split(", ")
        there = sorted(path.name for path in self.root.iterdir() if path.suffix.lower() in suffixes)
        told = f"there is {', '.join(there[:8])}" if there else f"give a {KINDS}"
        raise ValueError(f"{self.called} is no file, neither here nor in {self.root}: {told}")

    def _joined(self, path: Place, top: Place, images: Sequence[Place]) -> Read:
        table = open_table(path, self.called)
        beside = [self.root, path.parent, self.root.resolve().parent]
        found = column_of_files(table, keys_from(top, images, beside), self.file_column, self.called)
        columns = self.columns(table, found.column)
        files, *values = table.read([found.column, *columns])
        rows = list(zip(*values, strict=True))
        joined, unknown = self._matched(found.keys, files, rows, len(images))
        header = found.keys.find(plain(found.column))
        if header is not None and joined[header] is None:
            raise headless(self.called, found.column)
        if unknown:
            told = "%s: %d of %d names are of no image (the first is %s)"
            log.warning(told, self.called, len(unknown), len(files), unknown[0])
        names = [below(image, top) for image in images]
        return Read(columns, dict(zip(names, joined, strict=True)), rows)

    def _matched(
        self, keys: Keys, files: Sequence[Value], rows: Sequence[Row], count: int
    ) -> tuple[list[Row | None], list[str]]:
        """The row of each of `count` images, None where there is none; and the names of no image."""
        found: list[Row | None] = [None] * count
        first = [-1] * count
        unknown = []
        for number, file in enumerate(files):
            name = "" if file is None else plain(file)
            if not name:
                raise ValueError(f"{self.called}, row {number + 1} names no file: write its name, or leave the row out")
            at = keys.find(name)
            if at is None:
                unknown.append(name)
            elif at == SEVERAL:
                raise ValueError(
                    f"{self.called}, row {number + 1}: {name} may be several images of {self.root}: write their names "
                    "with folder and suffix"
                )
            elif found[at] not in (None, rows[number]):
                raise ValueError(
                    f"{self.called} has two labels for {name}: {_told(rows[first[at]])} in row {first[at] + 1}, "
                    f"{_told(rows[number])} in row {number + 1}; leave one of them"
                )
            else:
                found[at], first[at] = rows[number], number
        return found, unknown


def _told(row: Row) -> str:
    return ", ".join(map(str, row))


def _lies_in(place: Place, top: Place) -> bool:
    """Whether a place is another, or below it."""
    return PurePath(str(place.resolve())).is_relative_to(str(top.resolve()))


def without_labels(images: Sequence[Place], count: int, place: Place, called: str, off: str) -> ValueError:
    """What is wrong where some of `count` images have none."""
    return ValueError(
        f"{len(images)} of {count} images of {place} have no label in {called} (the first is "
        f"{below(images[0], place)}): add them there, move them, or set {off}"
    )

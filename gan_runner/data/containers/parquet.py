"""Images in a column of parquet, as Hugging Face keeps them: one file, or a folder of the files of a set."""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_runner.config.errors import listed
from gan_runner.data.containers.base import Container
from gan_runner.data.containers.class_folders import folder_names
from gan_runner.data.containers.optional import needed
from gan_runner.data.containers.parquet_columns import Columns, asked_of, columns_of
from gan_runner.data.containers.parquet_files import SUFFIX, Part, looks_like_files, parts_of
from gan_runner.data.containers.parquet_labels import LabelColumn, Labels, read_labels
from gan_runner.data.containers.parquet_rows import HELD_BYTES, Rows

log = logging.getLogger(__name__)
MAGIC = b"PAR1"


@dataclass(frozen=True)
class Table:
    """One file: its columns, and all that it has; how many rows each of its groups has, and of each row the label and
    the path noted.
    """

    part: Part
    columns: Columns
    every: tuple[str, ...]
    groups: list[int]
    labels: list[Any]
    paths: list[str | None]


class Parquet(Container):
    """Its rows: an image file each, in a struct with its path beside it or as plain bytes.

    What files are called says which split they are, a column of labels which class a row is; names of classes come from
    the notes that Hugging Face's library leaves in the schema. A row is called by the name in its path where these
    differ, and by its number otherwise.

    array: the column of the images, or that and the column of their classes, where several might be it.
    """

    kind = "parquet"
    in_blocks = True
    holds_arrays = True
    takes_array = True

    def __init__(self, path: Path, array: str | Sequence[str] | None = None) -> None:
        super().__init__(path)
        self.array = array

    @property
    def settings(self) -> object:
        return [self.kind, self.array]

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.array)

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if path.is_dir():
            return looks_like_files(path)
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return path.suffix.lower() == SUFFIX or file.read(len(MAGIC)) == MAGIC

    # ---- what is in it ----------------------------------------------------------------------------------------------

    @cached_property
    def _tables(self) -> list[Table]:
        tables = [self._table(part) for part in parts_of(self.path)]
        if not any(sum(table.groups) for table in tables):
            raise ValueError(f"{self.path} is parquet without a row: set data.root to one that holds images")
        return tables

    def _table(self, part: Part) -> Table:
        file = opened(part.path)
        from pyarrow import ArrowException

        meta = file.metadata
        groups = [meta.row_group(group).num_rows for group in range(meta.num_row_groups)]
        nothing: list[Any] = [None] * meta.num_rows
        try:
            columns = columns_of(file, part.path, *asked_of(self.array))
            labels = nothing if columns.label is None else columns.read(file, columns.label)
            paths = nothing if columns.path is None else columns.read(file, columns.path)
        except (OSError, ArrowException) as error:
            raise damaged(part.path, error) from error
        return Table(part, columns, tuple(file.schema_arrow.names), groups, labels, paths)

    @cached_property
    def class_names(self) -> tuple[str, ...] | None:
        names = next((table.columns.names for table in self._tables if table.columns.names is not None), None)
        return None if names is None else folder_names(names)

    def list_names(self) -> Sequence[str]:
        self._check_bytes()
        folders, names = [], []
        counts: dict[str, int] = defaultdict(int)
        classes = iter(self._labels.folders)
        for table in self._tables:
            split = table.part.split
            for path in table.paths:
                folders.append("".join(f"{part}/" for part in (split, next(classes)) if part))
                names.append((f"{counts[split]:06d}", name_of(path)))
                counts[split] += 1
        by_path = [folder + name for folder, (_, name) in zip(folders, names, strict=True)]
        if all(name for _, name in names) and len(set(by_path)) == len(by_path):
            return by_path
        return [folder + number for folder, (number, _) in zip(folders, names, strict=True)]

    def check_stream(self) -> None:
        """Say what images drawn at random cost in a set that is larger than what of it is held."""
        rows = max((rows for table in self._tables for rows in table.groups), default=0)
        if rows > 1 and sum(table.part.path.stat().st_size for table in self._tables) > HELD_BYTES:
            log.warning(
                "%s: data.stream=true reads a group of up to %d rows from its beginning for nearly each image that it "
                "draws: set data.stream=false, which reads all in order once",
                self.path,
                rows,
            )

    def _check_bytes(self) -> None:
        """Raises ValueError where every row is a path to an image that lies elsewhere."""
        rows = self.handle
        if any(rows.may_have_bytes(number) for number in range(len(self._tables))):
            return
        told = next((path for table in self._tables for path in table.paths if path), None)
        name = f" ({name_of(told)}, …)" if told else ""
        raise ValueError(
            f"{self.path} only points to its images{name} and does not hold their bytes: set data.root to the folder "
            "they lie in, or write the parquet with the bytes"
        )

    # ---- labels -----------------------------------------------------------------------------------------------------

    @cached_property
    def _labels_and_trouble(self) -> tuple[Labels, str]:
        columns = [
            LabelColumn(table.part.path, table.columns.label or "", table.labels, table.columns.names)
            for table in self._tables
        ]
        try:
            return read_labels(columns), ""
        except ValueError as error:
            return Labels([""] * self._starts[-1]), str(error)

    @property
    def _labels(self) -> Labels:
        return self._labels_and_trouble[0]

    @cached_property
    def vectors(self) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        values, column = self._labels.vectors, self._column
        if values is None:
            return None
        count = values.shape[1]
        return tuple(column if count == 1 else f"{column}_{number}" for number in range(count)), values

    @property
    def _column(self) -> str:
        """Of the labels; "" where there is none."""
        return next((table.columns.label for table in self._tables if table.columns.label), "")

    @cached_property
    def label_trouble(self) -> str:
        return self._labels_and_trouble[1] or self._rows_without()

    def _rows_without(self) -> str:
        """Of the rows of a split, of which others have a label, those that have none."""
        if self._labels.own or not self._column:
            return ""
        folders, vectors = self._labels.folders, self._labels.vectors
        lacking = np.array([not name for name in folders]) if vectors is None else np.isnan(vectors[:, 0])
        by_split: dict[str, list[int]] = defaultdict(list)
        for number, table in enumerate(self._tables):
            by_split[table.part.split] += range(self._starts[number], self._starts[number + 1])
        for rows in by_split.values():
            without = [row for row in rows if lacking[row]]
            if 0 < len(without) < len(rows):
                return (
                    f"{self.file_of(without[0])}: its column {self._column} has no value in {len(without)} of "
                    f"{len(rows)} rows (the first is {self.names[without[0]]}): fill them in or leave them out"
                )
        return ""

    @property
    def why_unlabelled(self) -> str:
        column, way_out = self._column, "set data.array=[<images>,<labels>], by the names of the columns"
        if self.label_trouble:
            return self.label_trouble
        if not column:
            told = listed(self._tables[0].every)
            return f"{self.path} has no column that is called as labels are (its columns: {told}): {way_out}"
        if self._labels.own:
            return (
                f"{self.path}: its column {column} has a text of its own in each row, and images of a class share one: "
                f"{way_out}"
            )
        if self._labels.vectors is None and not any(self._labels.folders):
            return f"{self.path}: its column {column} has no label in any row: {way_out}"
        return ""

    @property
    def labels_told(self) -> str:
        columns = next((table.columns for table in self._tables if table.columns.others), None)
        if columns is None:
            return ""
        images = columns.image.removesuffix(".bytes")
        told = " or ".join(f"data.array=[{images},{other}]" for other in columns.others)
        return f"those of the column {columns.label}; {told} takes another"

    # ---- reading ----------------------------------------------------------------------------------------------------

    @cached_property
    def _starts(self) -> list[int]:
        """The first row of each file, of all rows."""
        return [0, *accumulate(len(table.labels) for table in self._tables)]

    def open(self) -> Rows:
        return Rows([(table.part.path, table.columns, table.groups) for table in self._tables], opened)

    def _where(self, index: int) -> tuple[int, int]:
        file = bisect_right(self._starts, index) - 1
        return file, index - self._starts[file]

    def file_of(self, index: int) -> Path:
        return self._tables[self._where(index)[0]].part.path

    def read(self, index: int) -> bytes:
        number, row = self._where(index)
        found: bytes | None = self.handle.row(number, row)
        if found is None:
            path = name_of(self._tables[number].paths[row])
            raise ValueError(f"row {row} only points to {path}" if path else f"row {row} is empty")
        return found


def name_of(path: str | None) -> str:
    """The name in a path that was noted; the folders of whoever wrote it are nobody's business."""
    return "" if path is None else PurePosixPath(path.replace("\\", "/")).name


def opened(path: Path) -> Any:
    """A parquet file, from which no more is read ahead than a page. Raises ValueError for what is none."""
    needed("pyarrow", path, "parquet")
    from pyarrow import parquet

    try:
        return parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> ValueError:
    said = str(error).strip().splitlines()[0].rstrip(".")
    return ValueError(f"{path} cannot be read as parquet, it is damaged, cut off or none: {said}")

"""Which labelling the settings of a set ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_runner.config.labels import words
from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.labelling.base import Labelling
from gan_runner.data.labelling.numbers import Numbers, NumbersInTable, OwnNumbers, holds_lists
from gan_runner.data.labelling.pattern import Pattern
from gan_runner.data.labelling.subfolders import Subfolders
from gan_runner.data.labelling.table import InTable


@dataclass(frozen=True)
class Asked:
    """The settings of a set that are about its labels, as data=folder has them."""

    labels: bool | str = False
    label_pattern: str | None = None
    label_column: str | Sequence[str] | None = None
    file_column: str | None = None

    def __bool__(self) -> bool:
        """Whether anything is asked for; if not, nothing need be looked at."""
        return self != Asked()


def numbers_of(root: Place, asked: Asked) -> Numbers | None:
    """What says labels that are numbers; None where they are classes, or there are none."""
    several = None if isinstance(asked.label_column, str) else asked.label_column
    if asked.labels is True and isinstance(root, InsidePath) and root.container.vectors is not None:
        return OwnNumbers(root, several)
    if not isinstance(asked.labels, str):
        return None
    if several is not None:
        return NumbersInTable(asked.labels, root, asked.file_column, several)
    one = asked.label_column if isinstance(asked.label_column, str) else None
    if not holds_lists(asked.labels, root, one):
        return None
    return NumbersInTable(asked.labels, root, asked.file_column, one)


def labelling_of(root: Place, asked: Asked) -> Labelling | None:
    """What says classes; None where images have none. Raises ValueError for settings that do not go together."""
    labels = asked.labels
    for key, column in (("label_column", asked.label_column), ("file_column", asked.file_column)):
        if column is not None and not isinstance(labels, str):
            told = words(column if isinstance(column, str) else list(column))
            raise ValueError(
                f"data.{key}={told} names a column of a table, and data.labels={str(labels).lower()} names none: set "
                "data.labels to a .csv, .json or .parquet file"
            )
    if asked.label_pattern is not None:
        if labels:
            raise ValueError(
                f"data.label_pattern={asked.label_pattern} and data.labels={str(labels).lower()} label images twice: "
                "leave one of them out"
            )
        return Pattern(asked.label_pattern)
    if isinstance(labels, str):
        one = asked.label_column if isinstance(asked.label_column, str) else None
        return InTable(labels, root, asked.file_column, one)
    return Subfolders(root) if labels else None

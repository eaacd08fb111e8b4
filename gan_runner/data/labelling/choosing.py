"""Which labelling the settings of a set ask for."""

from gan_runner.config.labels import word
from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.base import Labelling
from gan_runner.data.labelling.pattern import Pattern
from gan_runner.data.labelling.subfolders import Subfolders
from gan_runner.data.labelling.table import InTable


def labelling_of(
    root: Place,
    labels: bool | str,
    label_pattern: str | None = None,
    label_column: str | None = None,
    file_column: str | None = None,
) -> Labelling | None:
    """None where images have no labels. Raises ValueError for settings that do not go together."""
    for key, column in (("label_column", label_column), ("file_column", file_column)):
        if column is not None and not isinstance(labels, str):
            raise ValueError(
                f"data.{key}={word(column)} names a column of a table, and data.labels={str(labels).lower()} names "
                "none: set data.labels to a .csv, .json or .parquet file"
            )
    if label_pattern is not None:
        if labels:
            raise ValueError(
                f"data.label_pattern={label_pattern} and data.labels={str(labels).lower()} label images twice: leave "
                "one of them out"
            )
        return Pattern(label_pattern)
    if isinstance(labels, str):
        return InTable(labels, root, file_column, label_column)
    return Subfolders(root) if labels else None

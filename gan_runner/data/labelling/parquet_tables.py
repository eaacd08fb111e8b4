"""Labels in parquet, a column each; images that lie in the same file are not read."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.tables import Value


class ParquetTable:
    """Columns of texts, numbers or lists of numbers. Hugging Face's names of classes stand for their numbers."""

    def __init__(self, path: Place, called: str) -> None:
        try:
            import pyarrow
            from pyarrow import parquet
        except ImportError as error:
            raise ValueError(f"{called} needs pyarrow to be read: pip install 'gan-runner[formats]'") from error
        self.path, self.called, self._parquet = path, called, parquet
        self._errors = (pyarrow.ArrowException, OSError)
        schema = self._read(lambda file: file.schema_arrow)
        self.columns = [field.name for field in schema if not _holds_bytes(field.type, pyarrow.types)]
        self._names = _class_names(schema.metadata)

    def read(self, columns: Sequence[str], most: int | None = None) -> list[list[Value]]:
        table = self._read(lambda file: file.read(columns=list(columns)))
        return [self._named(name, table[name].to_pylist()[:most]) for name in columns]

    def _read(self, what: Callable[[Any], Any]) -> Any:
        try:
            with self.path.open("rb") as file, self._parquet.ParquetFile(file) as opened:
                return what(opened)
        except self._errors as error:
            raise ValueError(f"{self.called} is no parquet file, or is cut off: write it anew") from error

    def _named(self, column: str, values: list[Value]) -> list[Value]:
        names = self._names.get(column)
        if not names:
            return values
        return [names[value] if isinstance(value, int) and 0 <= value < len(names) else None for value in values]


def _holds_bytes(kind: Any, types: Any) -> bool:
    """Whether it is the type of a column of images, not of labels."""
    return any(is_kind(kind) for is_kind in (types.is_struct, types.is_binary, types.is_large_binary))


def _class_names(metadata: Any) -> dict[str, list[str]]:
    """The names of classes that Hugging Face's datasets note for columns of numbers."""
    try:
        features = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {name: kind["names"] for name, kind in features.items() if kind.get("_type") == "ClassLabel"}
    except (LookupError, TypeError, ValueError, AttributeError):
        return {}

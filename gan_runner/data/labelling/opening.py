"""A table of labels is opened by the suffix of its name."""

from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.celeba import AttributeList
from gan_runner.data.labelling.delimited import Delimited
from gan_runner.data.labelling.json_tables import JsonTable
from gan_runner.data.labelling.parquet_tables import ParquetTable
from gan_runner.data.labelling.tables import KINDS, Table


def open_table(path: Place, called: str) -> Table:
    """By the suffix of its name. Raises ValueError, which begins with `called`, for what is no table."""
    kind = path.suffix.lower()
    try:
        if kind in (".csv", ".tsv"):
            table: Table = Delimited(path, called)
        elif kind in (".json", ".jsonl", ".ndjson"):
            table = JsonTable(path, called, lines=kind != ".json")
        elif kind in (".parquet", ".pq"):
            table = ParquetTable(path, called)
        elif kind == ".txt":
            table = AttributeList(path, called)
        else:
            raise ValueError(f"{called} is no table by its suffix: give a {KINDS}")
    except UnicodeDecodeError as error:
        raise ValueError(f"{called} is no text in UTF-8 ({error.reason}): save it as UTF-8") from error
    except OSError as error:
        raise ValueError(f"{called} cannot be read: {error.strerror or error}") from error
    if doubled := [name for name in dict.fromkeys(table.columns) if name and table.columns.count(name) > 1]:
        raise ValueError(f"{called} has two columns called {doubled[0]}: rename one of them")
    return table

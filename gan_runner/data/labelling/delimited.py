"""Tables of text: a row a line, its first line the names of the columns. CSV and TSV."""

import csv
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.tables import as_text

DELIMITERS = ",;\t|"
"""Of these the header's most frequent one parts the columns; of equals the first."""

SAYS_DELIMITER = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)
"""A line above the names of the columns, by which spreadsheets know what parts these."""


class Delimited:
    """Read a column or two at a time, since attributes of 200,000 images are millions of cells."""

    def __init__(self, path: Place, called: str) -> None:
        self.path, self.called = path, called
        with as_text(path) as file:
            filled = (line for line in file if line.strip())
            first = next(filled, "")
            said = SAYS_DELIMITER.fullmatch(first)
            first = next(filled, "") if said else first
        if not first:
            raise ValueError(f"{called} is empty: its first line should name the columns, file,label")
        self.head = 2 if said else 1
        usual = "\t" if path.suffix.lower() == ".tsv" else max(DELIMITERS, key=first.count)
        self.delimiter = said[1] if said else usual
        self.columns = [name.strip() for name in next(csv.reader([first], delimiter=self.delimiter))]

    def read(self, columns: Sequence[str], most: int | None = None) -> list[list[str]]:
        places = [self.columns.index(name) for name in columns]
        found: list[list[str]] = [[] for _ in columns]
        try:
            for cells in islice(self._rows(), most):
                for values, place in zip(found, places, strict=True):
                    values.append(sys.intern(cells[place].strip()))
        except csv.Error as error:
            raise ValueError(f"{self.called} cannot be read: {error}") from error
        except UnicodeDecodeError as error:
            raise ValueError(f"{self.called} is no text in UTF-8 ({error.reason}): save it as UTF-8") from error
        return found

    def _rows(self) -> Iterator[list[str]]:
        """The lines below the header that are not empty."""
        with as_text(self.path) as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            filled = ((reader.line_num, cells) for cells in reader if any(cell.strip() for cell in cells))
            for _ in range(self.head):
                next(filled)
            for number, cells in filled:
                if len(cells) != len(self.columns):
                    raise ValueError(
                        f"{self.called}, line {number} has {len(cells)} cells, and the first line names "
                        f"{len(self.columns)} columns: write a cell for each, in quotes where it has a {self.told}"
                    )
                yield cells

    @property
    def told(self) -> str:
        return {",": "comma", ";": "semicolon", "\t": "tab"}.get(self.delimiter, self.delimiter)

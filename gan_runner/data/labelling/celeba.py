"""CelebA's lists in plain text: list_attr_celeba.txt and its like."""

import sys
from collections.abc import Iterator, Sequence
from itertools import islice

from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.tables import as_text

FILE, LABEL = "file", "label"
"""What the columns of names and, in lists of one number an image, of labels are called."""


class AttributeList:
    """A line with the count, a line with the names of the attributes, then a line an image: its name, and 1 or -1 for
    each attribute. A list without the first two lines has a name and a label a line (identity_CelebA.txt).

    Source: Liu, Luo, Wang & Tang 2015 (arXiv:1411.7766).
    """

    def __init__(self, path: Place, called: str) -> None:
        self.path, self.called = path, called
        with as_text(path) as file:
            first, second = (file.readline().split() for _ in range(2))
        self.head, self.count, self.columns = 0, -1, [FILE, LABEL]
        if len(first) == 1 and first[0].isdecimal() and second:
            self.head, self.count, self.columns = 2, int(first[0]), [FILE, *second]
        elif len(first) != 2:
            raise ValueError(
                f"{called} is no list of attributes (a count, a line of names, a line an image) nor of a name and a "
                "label a line: give a .csv, .tsv, .json, .jsonl or .parquet table"
            )

    def read(self, columns: Sequence[str], most: int | None = None) -> list[list[str]]:
        places = [self.columns.index(name) for name in columns]
        found: list[list[str]] = [[] for _ in columns]
        for cells in islice(self._rows(), most):
            for values, place in zip(found, places, strict=True):
                values.append(sys.intern(cells[place]))
        read = len(found[0]) if found else 0
        if most is None and self.count not in (-1, read):
            raise ValueError(
                f"{self.called} says it lists {self.count} images, and lists {read}: it is cut off; get it anew"
            )
        return found

    def _rows(self) -> Iterator[list[str]]:
        with as_text(self.path) as file:
            for number, line in enumerate(file, start=1):
                cells = line.split()
                if number <= self.head or not cells:
                    continue
                if len(cells) != len(self.columns):
                    raise ValueError(
                        f"{self.called}, line {number} has {len(cells)} words, and should have {len(self.columns)}: "
                        "a name and its labels"
                    )
                yield cells

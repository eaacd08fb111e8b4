"""Labels in JSON: StyleGAN's dataset.json, lists of records, names with labels, and JSON a line (Hugging Face)."""

import json
from collections.abc import Sequence
from typing import Any

from gan_runner.data.containers.inside import Place
from gan_runner.data.labelling.tables import Value

FILE, LABEL = "file", "label"
"""What the columns of pairs are called."""


class JsonTable:
    """{"labels": [[name, label], …]} or {name: label} are pairs, [{column: value}, …] and lines of such are records.

    Source of the first: dataset_tool.py of StyleGAN3 (NVlabs/stylegan3), where labels are classes or vectors, or null
    for all images where one had none.
    """

    def __init__(self, path: Place, called: str, lines: bool) -> None:
        self.called = called
        with path.open("rb") as file:
            text = file.read().decode("utf-8-sig")
        found = self._lines(text) if lines else self._loaded(text, "")
        if isinstance(found, dict) and found.keys() == {"labels"}:
            found = found["labels"]
            if found is None:
                raise ValueError(f"{called} says that its labels are null, so its set has none: set data.labels=false")
        self.columns, self._values = self._columns(found)

    def read(self, columns: Sequence[str], most: int | None = None) -> list[list[Value]]:
        return [self._values[name][:most] for name in columns]

    def _lines(self, text: str) -> list[Any]:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
        return [self._loaded(line, f", line {number}") for number, line in lines]

    def _loaded(self, text: str, where: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "it is too deep")
            place = "" if where else f" in line {getattr(error, 'lineno', 1)}"
            raise ValueError(f"{self.called}{where} is no JSON ({reason}{place}): write it anew") from error

    def _columns(self, found: Any) -> tuple[list[str], dict[str, list[Value]]]:
        if isinstance(found, dict):
            found = [[name, label] for name, label in found.items()]
        if not isinstance(found, list):
            raise ValueError(f"{self.called} holds {str(found)[:20]!r}, and labels are pairs or records: {self.ways}")
        if not found:
            raise ValueError(f"{self.called} is empty: {self.ways}")
        if all(isinstance(one, dict) for one in found):
            names = list(dict.fromkeys(str(name) for one in found for name in one))
            return names, {name: [one.get(name) for one in found] for name in names}
        wrong = next((place for place, one in enumerate(found) if not isinstance(one, list) or len(one) != 2), None)
        if wrong is not None:
            raise ValueError(f"{self.called}: entry {wrong + 1} is neither a pair nor a record: {self.ways}")
        return [FILE, LABEL], {FILE: [one[0] for one in found], LABEL: [one[1] for one in found]}

    ways = 'write {"labels": [["a.png", 0], …]}, {"a.png": "cat", …} or [{"file": "a.png", "label": "cat"}, …]'

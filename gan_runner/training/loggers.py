"""metrics.csv: one row per logged batch, one column per figure, readable while the run is going on."""

import csv
from argparse import Namespace
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only

from gan_runner.runs.folder import RunFolder
from gan_runner.types import PathString


class CSV(Logger):
    """Appends to <folder>/metrics.csv. A resumed run keeps the rows of before its checkpoint and drops later ones.

    (Lightning's own CSVLogger deletes the file of the run it resumes.)
    """

    def __init__(self, folder: PathString) -> None:
        super().__init__()
        self.path = RunFolder(Path(folder)).metrics
        self._columns: list[str] | None = None
        self._row: dict[str, str] = {}
        self._start = self._end = 0  # where the newest row lies in the file

    @property
    def name(self) -> str:
        return ""

    @property
    def version(self) -> str:
        return ""

    @rank_zero_only
    def log_hyperparams(self, params: dict[str, Any] | Namespace, *args: Any, **kwargs: Any) -> None:
        """The run folder's config.yaml has them."""

    @rank_zero_only
    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Append a row; figures of the same batch share one."""
        row = {"step": str(step or 0), **{name: f"{value:.8g}" for name, value in metrics.items()}}
        if row["step"] == self._row.get("step"):
            row = self._row | row
        if self._columns is None or not set(row) <= set(self._columns):
            self._widen(row)
        with self.path.open("r+", newline="") as file:
            file.seek(self._end if row["step"] != self._row.get("step") else self._start)
            self._start = file.tell()
            csv.DictWriter(file, self._columns or []).writerow(row)
            file.truncate()
            self._end = file.tell()
        self._row = row

    def _widen(self, row: dict[str, str]) -> None:
        """Write the file anew, with the columns of the rows before this one and of this one."""
        earlier: list[dict[str, str]] = []
        if self.path.exists():
            with self.path.open(newline="") as file:
                before = list(csv.DictReader(file))
            earlier = [old for old in before if int(old["step"]) < int(row["step"])]
            for old in before:  # a resumed run may measure what it saved: that belongs to the row it has
                if self._columns is None and old["step"] == row["step"]:
                    row |= {name: value for name, value in old.items() if value and name not in row}
        self._columns = list(dict.fromkeys([*(earlier[0] if earlier else []), *row]))
        with self.path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self._columns, restval="")
            writer.writeheader()
            writer.writerows(earlier)
            self._start = self._end = file.tell()

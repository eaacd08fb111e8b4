"""metrics.csv: one row per logged batch, one column per figure, readable while the run is going on."""

import csv
from argparse import Namespace
from pathlib import Path
from typing import Any

from pytorch_lightning.loggers.logger import Logger
from pytorch_lightning.utilities import rank_zero_only


class CSV(Logger):
    """Appends to <folder>/metrics.csv. A resumed run keeps the rows of before its checkpoint and drops later ones.

    (Lightning's own CSVLogger deletes the file of the run it resumes.)
    """

    def __init__(self, folder: str) -> None:
        super().__init__()
        self.path = Path(folder) / "metrics.csv"
        self._columns: list[str] | None = None

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
        row = {"step": str(step), **{name: f"{value:.8g}" for name, value in metrics.items()}}
        if self._columns is None or not set(row) <= set(self._columns):
            self._rewrite(row, step or 0)
        else:
            with self.path.open("a", newline="") as file:
                csv.DictWriter(file, self._columns).writerow(row)

    def _rewrite(self, row: dict[str, str], step: int) -> None:
        """Write the file anew, with the columns of its rows and of this one."""
        rows: list[dict[str, str]] = []
        if self.path.exists():
            with self.path.open(newline="") as file:
                rows = [old for old in csv.DictReader(file) if int(old["step"]) < step or self._columns is not None]
        self._columns = list(dict.fromkeys([*(rows[0] if rows else []), *row]))
        with self.path.open("w", newline="") as file:
            writer = csv.DictWriter(file, self._columns, restval="")
            writer.writeheader()
            writer.writerows([*rows, row])

"""What the tables of docs/results.md show: which figures, in which order of rows."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from classes import CLASSES
from gan_runner.runs.summary import spread
from runs import BASELINES, Run


class Column(NamedTuple):
    """A figure of an evaluation: its heading, its name up to the first slash, digits, and whether it is a share.

    against: baselines of the same figure, which are shown in brackets.
    """

    heading: str
    figure: str
    digits: int
    percent: bool = False
    against: Sequence[str] = ()

    def cell(self, values: Sequence[float]) -> str:
        """Mean ± standard error; a dash where a run has none, as the KL of no modes."""
        mean, error, count = spread(value * (100 if self.percent else 1) for value in values)
        if math.isnan(mean):
            return "–"
        around = f" ± {error:.{self.digits}f}" if count > 1 else ""
        return f"{mean:.{self.digits}f}{around}{' %' if self.percent else ''}"

    def of(self, figures: Sequence[Mapping[str, float]]) -> str:
        """A cell of some runs; empty where this was not measured."""
        if self.figure not in figures[0]:
            return ""
        found = self.cell([one[self.figure] for one in figures])
        beside = [self.cell([figures[0][f"{self.figure}/{name}"]]) for name in self.against]
        return f"{found} ({', '.join(beside)})" if beside else found


class Table(NamedTuple):
    """Columns; and which rows come first: those with the least of `best`, or the most if `descending`.

    best: figures, of which the product counts; none where rows are of different data and keep the order of their names.
    taken: recipes, or folders of them, where that is not the folder of the table's name. of_classes: a row is ten runs,
    of one class each, and the baselines of metrics.anomaly stand below.
    """

    columns: list[Column]
    best: Sequence[str] = ()
    descending: bool = False
    taken: Sequence[str] = ()
    of_classes: bool = False

    def ranked(self, rows: Mapping[str, Sequence[Run]]) -> list[str]:
        """The names of rows, the best first."""
        means = {
            row: math.prod(spread(run.figures[figure] for run in runs)[0] for figure in self.best)
            for row, runs in rows.items()
        }
        return sorted(rows, key=means.__getitem__, reverse=self.descending)

    def cells(self, figures: Sequence[Mapping[str, float]]) -> list[str]:
        """One for each column."""
        return [column.of(figures) for column in self.columns]


POINTS = Table(
    [
        Column("modes", "modes_covered", 1),
        Column("on a mode", "modes_high_quality", 1, percent=True),
        Column("KL", "modes_kl", 4),
    ],
    best=["modes_covered", "modes_high_quality"],
    descending=True,
)
STACKED = Table(
    [
        Column("modes", "classes_covered", 1),
        Column("KL", "class_kl", 3),
        Column("sure", "class_sure", 1, percent=True),
    ],
    best=["class_kl"],
)
DIGITS = Table(
    [
        Column("Fréchet", "frechet", 2),
        Column("KL", "class_kl", 4),
        Column("recall", "recall", 3),
        Column("sure", "class_sure", 1, percent=True),
    ],
    best=["frechet"],
)
SECONDS = Column("seconds of one core", "seconds", 0)
FAST = Table([DIGITS.columns[0], DIGITS.columns[1], DIGITS.columns[3], SECONDS], best=["frechet"], taken=["mnist/fast"])
GROWN = Table(
    [
        Column("Fréchet", "frechet", 1),
        Column("KL", "class_kl", 3),
        Column("sure", "class_sure", 1, percent=True),
        SECONDS,
    ],
    best=["frechet"],
)
TRANSLATED = Table(
    [
        Column("L1", "a2b_l1", 3, against=BASELINES),
        Column("PSNR", "a2b_psnr", 1, against=BASELINES),
        Column("SSIM", "a2b_ssim", 3, against=BASELINES),
        Column("L1 back", "b2a_l1", 3, against=BASELINES),
        Column("Fréchet", "a2b_frechet", 3),
        Column("Fréchet back", "b2a_frechet", 3),
        SECONDS,
    ],
    taken=["emoji", "rose2tulip", "restoring"],
)
TUTORIAL = Table(
    [
        Column("test −ELBO", "nelbo", 2),
        Column("reconstruction", "nats", 2),
        Column("KL of codes", "kl_nats", 2),
        SECONDS,
    ],
    best=["nelbo"],
)
EQUAL_TIME = Table(
    [
        Column("Fréchet", "frechet", 1),
        Column("precision", "precision", 3),
        Column("recall", "recall", 3),
        Column("coverage", "coverage", 3),
        Column("KL", "class_kl", 3),
        Column("copies", "memorized", 1, percent=True),
        Column("squared error", "squared_error", 1),
        Column("usefulness", "usefulness", 1, percent=True),
        SECONDS,
    ],
    best=["frechet"],
)
ONE_CLASS = Table(
    [
        Column("mean", "auroc_mean", 1, percent=True),
        Column("worst", "auroc_worst", 1, percent=True),
        *(Column(str(label), f"auroc_{label}", 1, percent=True) for label in CLASSES),
        SECONDS,
    ],
    best=["auroc_mean"],
    descending=True,
    of_classes=True,
)
TABLES = {
    "ring": POINTS,
    "grid": POINTS,
    "stacked_mnist": STACKED,
    "stacked_mnist_half": STACKED,
    "stacked_mnist_quarter": STACKED,
    "mnist": DIGITS._replace(taken=["mnist/dcgan"]),
    "mnist_fast": FAST,
    "progan": GROWN,
    "translation": TRANSLATED,
    "vae_mnist": TUTORIAL,
    "equal_time_mnist": EQUAL_TIME,
    "equal_time_fashion": EQUAL_TIME,
    "one_class_mnist": ONE_CLASS,
    "one_class_fashion": ONE_CLASS,
}

"""metrics.csv stays one table: rows by batch, columns by figure, through new figures and resumes."""

import csv
from pathlib import Path

from gan_runner.training.loggers import CSV


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_rows_of_one_batch_are_merged_and_new_figures_get_columns(tmp_path: Path) -> None:
    logger = CSV(str(tmp_path))
    logger.log_metrics({"a": 1.0}, 1)
    logger.log_metrics({"a": 2.0}, 2)
    logger.log_metrics({"b": 0.5}, 2)
    logger.log_metrics({"a": 3.0, "b": 1e-9}, 3)
    logger.log_metrics({"b": 0.25}, 3)
    assert rows(tmp_path) == [
        {"step": "1", "a": "1", "b": ""},
        {"step": "2", "a": "2", "b": "0.5"},
        {"step": "3", "a": "3", "b": "0.25"},
    ]


def test_a_resumed_run_keeps_rows_of_before_and_drops_what_it_plays_again(tmp_path: Path) -> None:
    first = CSV(str(tmp_path))
    for step in (10, 20, 30):
        first.log_metrics({"a": step}, step)
    CSV(str(tmp_path)).log_metrics({"a": -20.0}, 20)
    assert [(row["step"], row["a"]) for row in rows(tmp_path)] == [("10", "10"), ("20", "-20")]


def test_what_a_resumed_run_measures_of_its_last_batch_joins_the_row_it_has(tmp_path: Path) -> None:
    CSV(str(tmp_path)).log_metrics({"a": 1.0, "b": 2.0}, 10)
    resumed = CSV(str(tmp_path))
    resumed.log_metrics({"measured": 3.0, "b": 4.0}, 10)
    resumed.log_metrics({"a": 5.0}, 20)
    assert rows(tmp_path) == [
        {"step": "10", "measured": "3", "b": "4", "a": "1"},
        {"step": "20", "measured": "", "b": "", "a": "5"},
    ]

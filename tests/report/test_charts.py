"""Curves of a page: those of curves.png as numbers, thinned without losing what sticks out, in strict JSON."""

import json
import math
from pathlib import Path

from fixtures.told_runs import COLLAPSE, told_run
from gan_runner.report.charts import MOST, charts, in_short, rounded, thin


def test_the_curves_of_a_run(tmp_path: Path) -> None:
    told = charts(told_run(tmp_path), [COLLAPSE], 100, "en")
    assert told is not None
    json.dumps(told, allow_nan=False)
    losses, says = told["panels"]
    assert losses["title"] == "losses: what is made small"
    assert [curve["label"] for curve in losses["curves"]] == ["loss of G"]
    assert says["level"] == {"label": "½: cannot tell", "value": 0.5, "colour": "#464646"}
    assert (losses["x"][0], losses["x"][-1], told["end"]) == (0, 100, 100)
    assert losses["curves"][0]["y"][:2] == [None, 1.01]
    assert [(band["state"], band["start"], band["end"]) for band in told["bands"]] == [
        ("healthy", 0, 60),
        ("collapsed", 60, 100),
    ]


def test_in_spanish(tmp_path: Path) -> None:
    told = charts(told_run(tmp_path), [COLLAPSE], 100, "es")
    assert told is not None
    assert told["panels"][0]["title"] == "pérdidas: lo que se minimiza"
    assert told["panels"][0]["curves"][0]["label"] == "pérdida de G"
    assert told["bands"][1]["label"] == "colapsado"


def test_without_figures_there_are_none(tmp_path: Path) -> None:
    assert charts(told_run(tmp_path, logged=False), [], 100, "en") is None


def test_games_are_told_apart(tmp_path: Path) -> None:
    run = told_run(tmp_path)
    run.metrics.write_text("step,generator/a/adversarial,generator/b/adversarial\n1,1,2\n2,1,nan\n")
    told = charts(run, [], 2, "en")
    assert told is not None
    first, second = told["panels"][0]["curves"]
    assert (first["label"], second["label"]) == ("a: loss of G", "b: loss of G")
    assert first["dash"] != second["dash"]
    assert second["y"][-1] is None


def test_evaluations_are_curves_from_the_second_on(tmp_path: Path) -> None:
    run, name = told_run(tmp_path), "evaluation/modes_covered/points/9"
    for rows, shown in (("50,1,3,8\n", False), ("50,1,3,8\n100,1,4,8\n", True)):
        run.metrics.write_text(f"step,generator/gan/adversarial,{name},{name}/real\n1,2,,\n{rows}")
        told = charts(run, [], 100, "en")
        assert told is not None
        found = [panel for panel in told["panels"] if panel["name"] == name]
        assert bool(found) is shown
    assert found[0]["title"] == "modes ↑"
    assert found[0]["level"]["value"] == 8


def test_thinning_keeps_peaks_and_ends() -> None:
    values = [math.sin(step / 50) for step in range(50_000)]
    values[31_000], values[40_000] = 99.0, math.nan
    steps, kept = thin(range(50_000), values)
    assert len(steps) == len(kept) <= MOST
    assert (steps[0], steps[-1], max(kept)) == (0, 49_999, 99.0)
    assert thin([1, 2], [3.0, 4.0]) == ([1, 2], [3.0, 4.0])


def test_numbers() -> None:
    assert [rounded(value) for value in (1.23456, math.inf, math.nan, None)] == [1.235, None, None, None]
    assert in_short("evaluation/modes_kl/points/9", "es") == "KL ↓"
    assert in_short("generator/loss", "en") == "generator/loss"

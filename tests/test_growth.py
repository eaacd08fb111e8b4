"""benchmarks/growth.py: what it would measure, what it keeps of it, and that its plot is drawn from its record."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import growth

    monkeypatch.setattr(growth, "RECORD", tmp_path / "growth.json")
    monkeypatch.setattr(growth, "PLOT", tmp_path / "growth.svg")
    return growth


def test_the_largest_points_are_left_out_where_rows_or_samples_are_counted(growth: Any) -> None:
    rows = [*growth.points(growth.PARTS["rows"], 10_000)]
    assert ("in memory", 10_000) in rows
    assert ("streamed", 1_000) in rows
    assert max(x for _, x in rows) == 10_000
    assert [x for _, x in growth.points(growth.PARTS["image"], 1)] == [16, 32, 64, 128]


def test_parts_that_are_not_asked_for_stay_and_points_are_measured_anew(
    growth: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {"batch": {"DCGAN": {"4": {"y": 1.0, "mb": 2.0}}}, "width": {"DCGAN": {"64": {"y": 9.0, "mb": 9.0}}}}
    growth.RECORD.write_text(json.dumps(before))
    monkeypatch.setattr(growth, "in_a_process_of_its_own", lambda part, line, x: {"y": x / 8, "mb": 700.12345})
    monkeypatch.setattr(sys, "argv", ["growth.py", "width"])
    growth.main()
    record = json.loads(growth.RECORD.read_text())
    assert record["batch"] == before["batch"]
    assert record["width"]["DCGAN"] == {str(x): {"y": x / 8, "mb": 700.123} for x in (8, 16, 32, 64)}
    assert "| width | DCGAN | 64 | 8 ms | 700 MB |" in capsys.readouterr().out
    assert {"batch size", "channels", "peak MB"} <= set(growth.PLOT.read_text().replace(">", "<").split("<"))


def test_a_part_that_there_is_not_is_refused(growth: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["growth.py", "depth"])
    with pytest.raises(SystemExit):
        growth.main()


def test_a_point_says_its_cost_and_its_memory(growth: Any) -> None:
    found = growth.found_here(growth.PARTS["samples"], "diversity", 50)
    assert found["y"] >= 0
    assert found["mb"] > 50

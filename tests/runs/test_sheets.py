"""The pictures of a sweep: written beside its summary, the best settings first, and never the end of a command."""

import json
from pathlib import Path

import pytest
from PIL import Image

from gan_runner.runs import comparison, dots, sheets

KL = "evaluation/modes_kl/points/9"


def played(sweep: Path, number: int, *words: str, kl: float = 0.1, status: str = "finished") -> None:
    (sweep / str(number) / "samples").mkdir(parents=True)
    Image.new("RGB", (9, 9)).save(sweep / str(number) / "samples" / "00000000.png")
    facts = {"command": ["gan-train", *words], "status": status, "figures": {KL: kl, f"{KL}/real": 0.01}}
    (sweep / str(number) / "run.json").write_text(json.dumps(facts))


def test_both_are_drawn(tmp_path: Path) -> None:
    played(tmp_path, 0, "loss=hinge", "seed=0")
    played(tmp_path, 1, "loss=minimax", "seed=0", status="interrupted")
    assert sheets.draw(tmp_path) == [tmp_path / "comparison.png", tmp_path / "dots.png"]
    for name in ("comparison.png", "dots.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.width > 200


def test_rows_say_how_many_of_their_jobs_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = []
    monkeypatch.setattr(dots, "drawn", lambda rows, columns: told.append((rows, columns)))
    played(tmp_path, 0, "loss=hinge", "seed=0", kl=0.3)
    played(tmp_path, 1, "loss=hinge", "seed=1", status="failed")
    played(tmp_path, 2, "loss=minimax", "seed=0", kl=0.2)
    sheets.draw(tmp_path)
    ((rows, (column,)),) = told
    assert rows == ["loss=hinge (1 of 2)", "loss=minimax"]
    assert (column.heading, column.logarithmic, column.real) == ("KL ↓", True, pytest.approx(0.01))
    assert column.values == {"loss=hinge (1 of 2)": [0.3], "loss=minimax": [0.2]}


@pytest.mark.parametrize(("mode", "first"), [("min", "lr=0"), ("max", "lr=13")])
def test_of_many_settings_the_best_come_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str, first: str
) -> None:
    told = []
    monkeypatch.setattr(comparison, "drawn", lambda table, names: told.append([row.settings for row in table]))
    for number in range(14):
        played(tmp_path, number, f"lr={number}", kl=0.1 + number)
    sheets.draw(tmp_path, "modes_kl", mode)
    assert told[0][0] == first
    assert len(told[0]) == 14


def test_what_goes_wrong_is_told_and_the_other_is_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("no letters")

    monkeypatch.setattr(comparison, "drawn", broken)
    played(tmp_path, 0, "loss=hinge", "seed=0")
    assert sheets.draw(tmp_path) == [tmp_path / "dots.png"]
    assert "comparison.png is not drawn: no letters" in caplog.text


def test_a_sweep_without_jobs_has_none(tmp_path: Path) -> None:
    assert sheets.draw(tmp_path) == []

import csv
import os
from pathlib import Path

import pytest

from gan_runner.inference.table import named, write_table


@pytest.mark.parametrize("name", ["=1+1.png", "+a.png", "-a.png", "@a.png"])
def test_a_name_is_no_formula(name: str) -> None:
    assert named(Path(name)) == f"./{name}"
    assert Path(named(Path(name))) == Path(name)


def test_other_names_stay() -> None:
    assert named(Path("new/=1+1.png")) == "new/=1+1.png"
    assert named(Path("ä, [b].png")) == "ä, [b].png"


def test_any_name_can_be_written_and_read_again(tmp_path: Path) -> None:
    names = [named(Path(os.fsdecode(name))) for name in (b"\xff.png", b"a,b.png", b'q"q.png', b"new\nline.png")]
    write_table(tmp_path / "t.csv", ["image", "score"], [[name, "1"] for name in names])
    with (tmp_path / "t.csv").open(newline="", encoding="utf-8") as file:
        assert [row[0] for row in csv.reader(file)] == ["image", "\\xff.png", "a,b.png", 'q"q.png', "new\nline.png"]

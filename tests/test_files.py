"""Files that are whole or not there, and JSON that any parser reads."""

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest

from fixtures.nobody import be_nobody
from gan_runner.files import expanded, final_name, read_json, replacing, write_json


def test_an_interrupted_file_leaves_the_old_one_alone(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")

    def write_half() -> None:
        with replacing(path) as beside:
            beside.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["x.npz", "x", "a.b.onnx", ".hidden", ".0123abcd"])
def test_a_name_for_the_time_being_tells_the_final_one(tmp_path, name):
    assert final_name(tmp_path / name) == tmp_path / name
    with replacing(tmp_path / name) as beside:
        beside.touch()
        assert final_name(beside) == tmp_path / name


def test_the_suffix_stays_and_the_bytes_are_on_the_disk_before_they_take_the_place(tmp_path, monkeypatch):
    path, order = tmp_path / "x.npz", []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda *given: (order.append("fsync"), fsync(*given)))
    monkeypatch.setattr(os, "replace", lambda *given: (order.append("replace"), replace(*given)))
    with replacing(path) as beside:
        assert beside.parent == path.parent
        assert beside.suffix == ".npz"
        beside.write_text("new")
    assert path.read_text() == "new"
    assert order == ["fsync", "replace", "fsync"]  # the file, its name, the folder


# ---- JSON -----------------------------------------------------------------------------------------------------------


def strictly(text: str) -> Any:
    """As parsers of other languages read it: NaN and Infinity are no JSON."""

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def test_json_has_null_and_a_reason_beside_it_for_what_is_not_finite(tmp_path):
    content = {
        "figures": {"kl": math.nan, "covered": 0.0, "rate": math.inf},
        "earlier": [{"figures": {"kl": 1.5}}, {"figures": {"kl": -math.inf}, "why": None}],
        "shape": (1, 2),
    }
    write_json(tmp_path / "run.json", content)
    found = strictly((tmp_path / "run.json").read_text())
    assert found["figures"] == {"kl": None, "covered": 0.0, "rate": None}
    assert found["not_finite"] == {
        "figures": {"kl": "NaN", "rate": "Infinity"},
        "earlier": {"1": {"figures": {"kl": "-Infinity"}}},
    }
    back = read_json(tmp_path / "run.json")
    assert math.isnan(back["figures"].pop("kl"))
    assert back["figures"] == {"covered": 0.0, "rate": math.inf}
    assert back["earlier"][1] == {"figures": {"kl": -math.inf}, "why": None}
    assert set(back) == set(content)


def test_finite_json_says_nothing_more_and_json_of_earlier_versions_reads(tmp_path):
    path = tmp_path / "run.json"
    write_json(path, {"figures": {"kl": 0.5}})
    assert strictly(path.read_text()) == {"figures": {"kl": 0.5}}
    path.write_text('{"figures": {"kl": NaN, "rate": Infinity}}')
    figures = read_json(path)["figures"]
    assert math.isnan(figures["kl"])
    assert figures["rate"] == math.inf
    path.write_text("[]")
    with pytest.raises(ValueError, match="holds no mapping"):
        read_json(path)


def test_what_is_no_json_is_named(tmp_path):
    (tmp_path / "run.json").write_text('{"status": "fin')
    with pytest.raises(ValueError, match=r"run\.json is cut or no JSON: Unterminated string"):
        read_json(tmp_path / "run.json")


def test_a_path_of_a_home_that_nobody_knows_stays_as_it_is(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert expanded("~/photos") == Path("/home/ada/photos")
    be_nobody(monkeypatch)
    assert expanded("~/photos") == Path("~/photos")
    assert expanded("~ada/photos") == Path("~ada/photos")

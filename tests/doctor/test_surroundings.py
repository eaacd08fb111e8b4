"""Variables, shared memory, clocks, encodings."""

import json
from pathlib import Path
from typing import Any

import pytest

from gan_runner.doctor import surroundings as module
from gan_runner.doctor.surroundings import surroundings, troubles

WELL = {"variables": {}, "shared_memory": None, "encoding": "utf-8", "file_encoding": "UTF-8", "clock": "2026",
        "clock_behind": 0.0, "disk_clock_apart": 0.01}  # fmt: skip


@pytest.mark.parametrize(
    ("differs", "says"),
    [
        ({}, None),
        ({"variables": {"OMP_NUM_THREADS": "4"}}, None),
        ({"variables": {"OMP_NUM_THREADS": "many"}}, "OMP_NUM_THREADS=many is no number of threads"),
        ({"variables": {"OMP_NUM_THREADS": "0"}}, "OMP_NUM_THREADS=0 is no number of threads"),
        ({"variables": {"OMP_NUM_THREADS": "64"}}, "is more than the 4 core(s) that may be used"),
        ({"variables": {"OMP_NUM_THREADS": "1"}}, "a run uses one of the 4 cores"),
        ({"shared_memory": 64e6}, "/dev/shm has 64 MB"),
        ({"shared_memory": 2e9}, None),
        ({"encoding": "latin-1"}, "the terminal's encoding is latin-1, not UTF-8"),
        ({"file_encoding": "cp1252"}, "files' encoding is cp1252"),
        ({"clock_behind": 400.0}, "400 day(s) before these files were written"),
        ({"disk_clock_apart": -90.0}, "the disk's clock is -90 seconds from the machine's"),
    ],
)
def test_what_will_bite_is_told(differs: dict[str, Any], says: str | None) -> None:
    found = [*troubles({**WELL, **differs}, cores=4)]
    assert [says in one.says for one in found] == [True] * bool(says) if says else not found
    assert all(one.level == "warning" and one.helps for one in found)


def test_of_this_process_facts_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:secret@host")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("MY_TOKEN", "secret")
    found = surroundings(str(tmp_path))
    assert "secret" not in json.dumps(found)
    assert found["variables"]["OMP_NUM_THREADS"] == "2"
    assert abs(found["disk_clock_apart"]) < 60
    assert not [*tmp_path.iterdir()]


def test_a_clock_that_stands_in_the_past_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "time", lambda: 1e9)
    assert surroundings("nowhere")["clock_behind"] > 365

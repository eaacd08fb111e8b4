"""run.json: what it holds while a run plays, and how it says that the run ended."""

import json
import os
import platform
import subprocess
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import torch

from gan_runner.runs import record as module
from gan_runner.runs.interruption import Interrupted
from gan_runner.runs.record import Record, hardware


def written(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "run.json").read_text(), parse_constant=pytest.fail)
    return facts


def test_it_is_there_from_the_start_and_tells_how_to_play_the_run_again(tmp_path: Path) -> None:
    before = datetime.now().astimezone().replace(microsecond=0)
    with Record(tmp_path, 3, ["loss=hinge", "seed=3"]):
        facts = written(tmp_path)
    assert facts["status"] == "running"
    assert facts["command"] == ["gan-train", "loss=hinge", "seed=3"]
    assert (facts["seed"], facts["directory"], facts["host"]) == (3, os.getcwd(), platform.node())
    assert facts["process"] == os.getpid()  # whether a run that says it runs still does
    assert before <= datetime.fromisoformat(facts["started"]) <= datetime.now().astimezone()
    assert facts["versions"]["torch"] == version("torch")
    assert facts["versions"]["python"] == platform.python_version()
    assert "earlier" not in facts
    assert "seconds" not in facts


def test_what_a_run_was_chosen_to_be_stays_known_when_it_goes_on(tmp_path: Path) -> None:
    chosen = {"model": "vanilla", "data": "ring"}
    with Record(tmp_path, 0, ["seed=1"], choices=chosen, swept=["seed"]):
        assert (written(tmp_path)["choices"], written(tmp_path)["swept"]) == (chosen, ["seed"])
    with Record(tmp_path, 0, ["resume=x"], later=True) as record:
        record.begin()
        assert (written(tmp_path)["choices"], written(tmp_path)["swept"]) == (chosen, ["seed"])


def test_facts_are_on_the_disk_at_once(tmp_path: Path) -> None:
    with Record(tmp_path, 0, []) as record:
        record.add(batches=5, notes=["a"])
        assert (written(tmp_path)["batches"], written(tmp_path)["notes"]) == (5, ["a"])
        record.add(batches=6)
        assert (written(tmp_path)["batches"], written(tmp_path)["notes"]) == (6, ["a"])


@pytest.mark.parametrize(
    ("error", "status", "why"),
    [
        (None, "finished", None),
        (Interrupted(130), "interrupted", None),
        (KeyboardInterrupt(), "interrupted", None),
        (ValueError("data.root=x does not exist"), "failed", "ValueError: data.root=x does not exist"),
        (SystemExit(3), "failed", "SystemExit: 3"),  # somebody else's
    ],
    ids=repr,
)
def test_it_ends_as_the_run_did_and_hides_no_error(
    tmp_path: Path, error: BaseException | None, status: str, why: str | None
) -> None:
    def play() -> None:
        with Record(tmp_path, 0, []):
            if error is not None:
                raise error

    if error is None:
        play()
    else:
        with pytest.raises(type(error)):
            play()
    facts = written(tmp_path)
    assert (facts["status"], facts.get("why")) == (status, why)
    assert facts["seconds"] >= 0
    assert facts["cpu_seconds"] >= 0


def test_clocks_are_read_from_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module.time, "monotonic", iter([10.0, 17.256]).__next__)
    monkeypatch.setattr(module.time, "process_time", iter([1.0, 4.5]).__next__)
    with Record(tmp_path, 0, []):
        pass
    assert (written(tmp_path)["seconds"], written(tmp_path)["cpu_seconds"]) == (7.26, 3.5)


def test_a_resumed_run_keeps_the_story_of_its_earlier_parts_in_order(tmp_path: Path) -> None:
    for seed in (1, 2, 3):
        with Record(tmp_path, seed, [f"seed={seed}"]) as record:
            record.add(batches=10 * seed)
    facts = written(tmp_path)
    assert facts["seed"] == 3
    assert [(part["seed"], part["batches"], part["status"]) for part in facts["earlier"]] == [
        (1, 10, "finished"),
        (2, 20, "finished"),
    ]
    assert not any("earlier" in part for part in facts["earlier"])


def test_a_run_that_is_not_gone_on_with_keeps_the_record_it_has(tmp_path: Path) -> None:
    with Record(tmp_path, 1, []) as record:
        record.add(batches=10, figures={"gap": 1.0})
    before = (tmp_path / "run.json").read_bytes()

    def refused() -> None:
        with Record(tmp_path, 2, [], later=True) as record:
            record.add(batches=0)
            raise ValueError("other settings")

    with pytest.raises(ValueError, match="other settings"):
        refused()
    assert (tmp_path / "run.json").read_bytes() == before
    with Record(tmp_path, 2, [], later=True) as record:
        record.begin()
        assert (written(tmp_path)["status"], written(tmp_path)["batches"]) == ("running", 10)
        record.begin()  # once is enough
    assert len(written(tmp_path)["earlier"]) == 1
    assert written(tmp_path)["figures"] == {"gap": 1.0}


def test_only_a_run_that_goes_on_has_what_its_earlier_parts_came_to(tmp_path: Path) -> None:
    facts = {"batches": 10, "figures": {"gap": 1.0}, "initial_weights": {"from": "a.ckpt"}}
    with Record(tmp_path, 1, []) as record:
        record.add(**facts)
    with Record(tmp_path, 1, [], later=True) as record:
        record.begin()
    assert {key: written(tmp_path)[key] for key in facts} == facts
    with Record(tmp_path, 2, []):  # another run, in the same folder
        assert not facts.keys() & written(tmp_path).keys()


def test_a_figure_that_is_not_finite_is_null_on_the_disk(tmp_path: Path) -> None:
    with Record(tmp_path, 1, []) as record:
        record.add(figures={"kl": float("nan")})
    assert written(tmp_path)["figures"] == {"kl": None}
    assert written(tmp_path)["not_finite"] == {"figures": {"kl": "NaN"}}


def test_a_killed_part_is_kept_as_it_was(tmp_path: Path) -> None:
    Record(tmp_path, 1, []).__enter__()
    with Record(tmp_path, 1, []):
        pass
    assert [part["status"] for part in written(tmp_path)["earlier"]] == ["running"]


def test_of_several_ranks_only_one_writes(tmp_path: Path) -> None:
    with Record(tmp_path, 0, [], silent=True) as record:
        record.add(batches=1)
    assert record.facts["status"] == "finished"
    assert list(tmp_path.iterdir()) == []


def test_the_revision_is_that_of_the_code_marked_when_it_was_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a repository made for it, and outside of any."""
    monkeypatch.setattr(module, "__file__", str(tmp_path / "record.py"))
    (tmp_path / "record.py").write_text("1\n")
    assert revision_of_a_new_process(tmp_path) is None
    author = ["-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert revision_of_a_new_process(tmp_path) == head[:12]
    (tmp_path / "record.py").write_text("2\n")
    assert Record(tmp_path, 0, []).facts["git_revision"] == head[:12]  # a later job of a sweep: it runs what was there
    assert revision_of_a_new_process(tmp_path) == f"{head[:12]}+"
    module._git_revision.cache_clear()


def revision_of_a_new_process(folder: Path) -> str | None:
    module._git_revision.cache_clear()
    found: str | None = Record(folder, 0, []).facts["git_revision"]
    return found


def test_a_run_without_git_is_recorded_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert revision_of_a_new_process(tmp_path) is None
    with Record(tmp_path, 0, []):
        assert written(tmp_path)["git_revision"] is None
    module._git_revision.cache_clear()


def test_hardware_is_what_torch_computes_on() -> None:
    facts = hardware()
    assert facts["cores"] == os.cpu_count()
    assert facts["threads"] == torch.get_num_threads()
    assert len(facts["gpus"]) == torch.cuda.device_count()
    assert json.loads(json.dumps(facts)) == facts

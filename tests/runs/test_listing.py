"""The runs of an output folder as a table has them, and their removal."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from gan_runner.config.errors import ConfigError
from gan_runner.runs import listing
from gan_runner.runs.listing import Listed, age, chosen, in_bytes, listed, needed_by, ordered, remove, table

PLAYS = {"status": "running", "host": platform.node(), "process": os.getpid()}
KILLED = {"status": "running", "host": platform.node(), "process": 2**22 + 1}
MODES = {"evaluation/modes_covered/points/2500": 8.0, "evaluation/modes_covered/points/2500/real": 8.0, "x": 1.0}
HOUR = "2026-11-28T{:02}:00:00+00:00"


def make(outputs: Path, name: str, hour: int, *command: str, files: int = 0, **facts: Any) -> Path:
    folder = outputs / name
    folder.mkdir(parents=True)
    told = {"status": "finished", "command": ["gan-train", *command], "started": HOUR.format(hour), **facts}
    (folder / "run.json").write_text(json.dumps(told))
    for number in range(files):
        (folder / f"{number}").write_bytes(b"\0" * 1000)
    return folder


@pytest.fixture
def outputs(tmp_path: Path) -> Path:
    place = tmp_path / "outputs"
    make(place, "runs/vanilla-ring/minimax-1", 1, "model=vanilla", "loss=minimax", batches=2000, figures=MODES, files=3)
    make(place, "runs/vanilla-ring/2", 2, "model=vanilla", status="failed", why="ValueError: no\nmore", batches=7)
    make(place, "runs/dcgan-digits/3", 3, "seed=1", choices={"model": "dcgan", "data": "digits"}, **PLAYS)
    make(place, "runs/dcgan-digits/4", 4, **KILLED)
    make(place, "sweeps/vanilla-ring/s/0-hinge", 5, "model=vanilla", "optimizer.lr=0.001", "loss=hinge", batches=10)
    make(place, "sweeps/vanilla-ring/s/1-minimax", 6, "model=vanilla", "loss=minimax", status="interrupted")
    (place / "runs" / "dcgan-digits" / "begun" / ".hydra").mkdir(parents=True)
    return place


def names(runs: list[Listed]) -> list[str]:
    return [run.name for run in runs]


def test_every_run_is_told_with_its_state_and_why(outputs: Path) -> None:
    states = {run.name: (run.state, run.why) for run in listed(outputs)}
    assert states == {
        "vanilla-ring/minimax-1": ("finished", ""),
        "vanilla-ring/2": ("failed", "ValueError: no\nmore"),
        "dcgan-digits/3": ("playing", ""),
        "dcgan-digits/4": ("stopped", "its process ended without a word: it was killed, or the machine had no memory "
                                      "left"),
        "vanilla-ring/s/0-hinge": ("finished", ""),
        "vanilla-ring/s/1-minimax": ("stopped", ""),
        "dcgan-digits/begun": ("empty", "it stopped before it had begun"),
    }  # fmt: skip


def test_weights_without_a_record_are_told(outputs: Path) -> None:
    (outputs / "runs/dcgan-digits/begun/checkpoints").mkdir()
    told = Listed(outputs / "runs/dcgan-digits/begun", outputs)
    assert (told.state, told.why) == ("empty", "its record is not there")


def test_a_run_that_plays_is_told_by_its_figures_so_far(outputs: Path) -> None:
    run = outputs / "runs/dcgan-digits/3"
    rows = ["step,loss,evaluation/frechet/classifier/90", "1,0.5,", "2,0.4,33.5", "3,0.3,", "4,0."]  # one is written
    (run / "metrics.csv").write_text("\n".join(rows))
    playing = Listed(run, outputs)
    assert (playing.batches, playing.figure) == (3, ("evaluation/frechet/classifier/90", 33.5))


def test_the_figure_is_the_objective_or_the_one_that_tells_most(outputs: Path) -> None:
    run = Listed(outputs / "runs/vanilla-ring/minimax-1", outputs)
    assert run.figure == ("evaluation/modes_covered/points/2500", 8.0)
    asked = make(outputs, "runs/a-b/1", 1, "objective=x", figures=MODES)
    assert Listed(asked, outputs).figure == ("x", 1.0)
    unknown = make(outputs, "runs/a-b/2", 1, "objective=y", figures={"x": 1.0})
    assert Listed(unknown, outputs).figure is None
    lost = make(outputs, "runs/a-b/3", 1, figures={"evaluation/modes_kl/points/9": None})
    assert str(Listed(lost, outputs).figure) == "('evaluation/modes_kl/points/9', nan)"


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        (["state=failed"], ["vanilla-ring/2"]),
        (["state=interrupted", "vanilla"], ["vanilla-ring/s/1-minimax"]),
        (["model=vanilla", "loss=minimax"], ["vanilla-ring/s/1-minimax", "vanilla-ring/minimax-1"]),
        (["data=digits"], ["dcgan-digits/4", "dcgan-digits/3", "dcgan-digits/begun"]),
        (["optimizer.lr=1e-3"], ["vanilla-ring/s/0-hinge"]),
        (["minimax", "state=finished"], ["vanilla-ring/minimax-1"]),
        (["nothing"], []),
    ],
)
def test_filters(outputs: Path, filters: list[str], kept: list[str]) -> None:
    assert sorted(names(chosen(listed(outputs), filters))) == sorted(kept)


def test_filters_that_cannot_be(outputs: Path) -> None:
    with pytest.raises(ConfigError, match="state=ended is none of finished, playing, stopped, failed, ended early"):
        chosen(listed(outputs), ["state=ended"])
    with pytest.raises(ConfigError, match=r"no run was given sate \(did you mean state\?\)"):
        chosen(listed(outputs), ["sate=failed"])


def test_orders(outputs: Path) -> None:
    runs = [run for run in listed(outputs) if run.state != "empty"]
    assert names(ordered(runs, "age"))[0] == "vanilla-ring/s/1-minimax"
    assert names(ordered(runs, "length"))[:2] == ["vanilla-ring/minimax-1", "vanilla-ring/s/0-hinge"]
    assert names(ordered(runs, "size"))[0] == "vanilla-ring/minimax-1"
    assert names(ordered(runs, "figure"))[0] == "vanilla-ring/minimax-1"
    assert names(ordered(runs, "state"))[0] in ("vanilla-ring/minimax-1", "vanilla-ring/s/0-hinge")
    assert names(ordered(runs, "name"))[0] == "dcgan-digits/3"
    with pytest.raises(ConfigError, match=r"sort=ages is no order \(did you mean age\?\)"):
        ordered(runs, "ages")


def test_the_best_figure_comes_first_whichever_way_is_better(tmp_path: Path) -> None:
    for number, value in enumerate((3.0, 1.0, None)):
        for word in ("frechet", "auroc"):
            make(tmp_path, f"runs/{word}-b/{number}", 1, figures={f"evaluation/{word}/c/9": value})
    runs = listed(tmp_path)
    assert names(ordered(chosen(runs, ["frechet"]), "figure")) == ["frechet-b/1", "frechet-b/0", "frechet-b/2"]
    assert names(ordered(chosen(runs, ["auroc"]), "figure")) == ["auroc-b/0", "auroc-b/1", "auroc-b/2"]


def test_the_table(outputs: Path) -> None:
    now = listing.finding.began(listing.RunFolder(outputs), {"started": HOUR.format(7)})
    runs = [run for run in listed(outputs) if run.state != "empty"]
    lines = [line.split() for line in table(runs, now)]
    assert lines[0] == ["run", "state", "batches", "figure", "age", "size"]
    assert lines[1] == ["vanilla-ring/s", "sweep:", "1", "finished,", "1", "stopped"]
    assert lines[2][:5] == ["1-minimax", "stopped", "0", "1", "h"]
    assert lines[3][:5] == ["0-hinge", "finished", "10", "2", "h"]
    assert lines[-1][:7] == ["vanilla-ring/minimax-1", "finished", "2,000", "modes_covered", "8", "6", "h"]
    assert lines[-2][-3:] == ["ValueError:", "no", "more"]


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(5, "5 s"), (-3, "0 s"), (180, "3 min"), (7200, "2 h"), (47 * 3600, "47 h"), (4 * 86400, "4 days")],
)
def test_ages(seconds: float, told: str) -> None:
    assert age(seconds) == told


@pytest.mark.parametrize(
    ("size", "told"),
    [(7, "7 B"), (1234, "1.2 kB"), (345678, "346 kB"), (45e6, "45 MB"), (99.6e6, "100 MB"), (2.34e9, "2.3 GB")],
)
def test_sizes(size: float, told: str) -> None:
    assert in_bytes(size) == told


def test_what_is_removed_is_gone_with_folders_that_hold_nothing_else(outputs: Path) -> None:
    (outputs / "sweeps/vanilla-ring/s/summary.md").touch()
    runs = listed(outputs)
    gone = remove(chosen(runs, ["s/1-minimax"]))
    assert names(gone) == ["vanilla-ring/s/1-minimax"]
    assert (outputs / "sweeps/vanilla-ring/s/summary.md").is_file()  # a job is left
    remove(chosen(listed(outputs), ["model=vanilla"]))
    assert not (outputs / "sweeps/vanilla-ring").exists()
    assert not (outputs / "runs/vanilla-ring").exists()
    assert sorted(names(listed(outputs))) == ["dcgan-digits/3", "dcgan-digits/4", "dcgan-digits/begun"]


def test_a_run_that_plays_is_never_removed_nor_what_a_link_leads_to(outputs: Path, tmp_path: Path) -> None:
    (kept := tmp_path / "kept").mkdir()
    (kept / "file").touch()
    (outputs / "runs/dcgan-digits/4/link").symlink_to(kept)
    runs = listed(outputs)
    record = outputs / "runs/dcgan-digits/4/run.json"
    stopped = record.read_text()
    record.write_text(json.dumps(json.loads(stopped) | PLAYS))  # it has been gone on with since it was listed
    assert not remove(chosen(runs, ["dcgan-digits/4", "state=stopped"]))
    record.write_text(stopped)
    assert names(remove(runs)).count("dcgan-digits/4") == 1
    assert (kept / "file").is_file()
    assert names(listed(outputs)) == ["dcgan-digits/3"]


def test_who_needs_what_goes_is_known(outputs: Path) -> None:
    played = outputs / "runs/vanilla-ring/minimax-1"
    make(outputs, "sweeps/vanilla-ring/s/2", 7, same_as=str(played.resolve()))
    runs = listed(outputs)
    assert names(needed_by(chosen(runs, ["minimax-1"]), runs)) == ["vanilla-ring/s/2"]
    assert not needed_by(runs, runs)


def test_a_thousand_runs_are_listed_without_torch(tmp_path: Path) -> None:
    for number in range(1000):
        make(tmp_path / "outputs", f"runs/a-b/{number}", 1, figures=MODES)
    code = (
        "import sys; from pathlib import Path; from gan_runner.runs.listing import listed, table\n"
        "print(len(list(table(listed(Path('outputs')), 0)))); print(*sys.modules)"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines()[0] == "1001"
    assert not {"torch", "numpy", "pydantic"} & set(ended.stdout.split())


def test_of_a_link_the_link_goes_and_the_run_stays(outputs: Path) -> None:
    real = outputs / "runs/vanilla-ring/minimax-1"
    link = outputs / "runs/vanilla-ring/linked"
    link.symlink_to(real)
    before = sorted(path.name for path in real.iterdir())
    assert names(remove(chosen(listed(outputs), ["linked"]))) == ["vanilla-ring/linked"]
    assert not link.is_symlink()
    assert sorted(path.name for path in real.iterdir()) == before


def test_a_folder_of_runs_may_lie_elsewhere(outputs: Path, tmp_path: Path) -> None:
    make(tmp_path, "disk/elsewhere-ring/9", 9)
    (outputs / "runs/elsewhere-ring").symlink_to(tmp_path / "disk/elsewhere-ring")
    assert names(remove(chosen(listed(outputs), ["elsewhere-ring"]))) == ["elsewhere-ring/9"]
    assert not (tmp_path / "disk/elsewhere-ring/9").exists()


@pytest.mark.parametrize(
    "odd", [{"figures": 3}, {"batches": "x"}, {"command": "gan-train"}, {"status": 5}, {"started": 7}, {"choices": []}]
)
def test_a_record_of_other_kinds_does_not_hide_the_others(outputs: Path, odd: dict[str, Any]) -> None:
    make(outputs, "runs/vanilla-ring/odd", 7)
    record = outputs / "runs/vanilla-ring/odd/run.json"
    record.write_text(json.dumps(json.loads(record.read_text()) | odd))
    (found,) = (run for run in listed(outputs) if run.name == "vanilla-ring/odd")
    assert (found.state, found.why) == ("empty", "its record cannot be read (ValueError)")
    assert len(list(table(listed(outputs), 0.0))) > 5

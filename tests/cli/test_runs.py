"""gan-runs as a user starts it."""

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from gan_runner.cli import runs as command
from gan_runner.cli.groups import complete
from gan_runner.cli.runs import OWN, Request
from gan_runner.config.errors import ConfigError
from gan_runner.config.options import CONFIGS


@pytest.fixture
def gan_runs(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-runs", *arguments)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A finished run, one that failed, and one that this process plays."""
    import os
    import platform

    states = {"hinge-1": "finished", "minimax-1": "failed", "minimax-2": "running"}
    for name, status in states.items():
        folder = tmp_path / "outputs" / "runs" / "vanilla-ring" / name
        folder.mkdir(parents=True)
        here = {"host": platform.node(), "process": os.getpid(), "command": ["gan-train", f"loss={name[:-2]}"]}
        why = {"why": "ValueError: no"} if status == "failed" else {}
        (folder / "run.json").write_text(json.dumps({"status": status, **here, **why}))
    return tmp_path / "outputs"


def test_runs_are_listed_and_counted(gan_runs: Callable[..., Any], three: Path) -> None:
    done = gan_runs()
    assert done.code == 0
    assert [line.split()[:2] for line in done.out.splitlines()[1:4]] == sorted(
        [["vanilla-ring/hinge-1", "finished"], ["vanilla-ring/minimax-1", "failed"],
         ["vanilla-ring/minimax-2", "playing"]],
        key=lambda row: -(three / "runs" / row[0] / "run.json").stat().st_mtime,
    )  # fmt: skip
    assert "ValueError: no" in done.out
    assert done.out.splitlines()[-1].startswith("3 run(s), ")
    assert gan_runs("minimax", "state=failed").out.splitlines()[-1].startswith("1 run(s), ")
    assert gan_runs("relativistic").out == "None of 3 run(s) below outputs is relativistic\n"
    assert gan_runs("outputs=elsewhere").out == "No run lies below elsewhere: gan-train begins one\n"


def test_nothing_is_removed_before_it_is_confirmed_and_never_what_plays(
    gan_runs: Callable[..., Any], three: Path
) -> None:
    asked = gan_runs("remove=minimax")
    assert asked.code == 0
    assert "vanilla-ring/minimax-2 is being played, and stays" in asked.out
    assert "Would remove 1 run(s), " in asked.out
    assert "yes=true does it" in asked.out
    assert len(list(three.glob("runs/*/*"))) == 3
    done = gan_runs("remove=minimax", "yes=true")
    assert "Removed 1 run(s), " in done.out
    assert sorted(path.name for path in three.glob("runs/*/*")) == ["hinge-1", "minimax-2"]
    assert gan_runs("remove=state=failed", "yes=true").out == "Nothing to remove: no other run is state=failed\n"
    assert gan_runs("loss=hinge", "remove=minimax", "yes=true").out.startswith(
        "Nothing to remove: no other run is loss"
    )


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["yes=true"], "yes=true is for remove="),
        (["yes=1", "remove=x"], "yes=1 is not valid: it should be true or false"),
        (["--force"], "unknown flag --force"),
        (["remove="], "remove= has no value"),
        (["sort=ages"], "sort=ages is no order (did you mean age?)"),
        (["state=dead"], "state=dead is none of finished, playing"),
        (["los=hinge"], "no run was given los (did you mean loss?)"),
    ],
)
def test_mistakes_are_answered_by_a_sentence(
    gan_runs: Callable[..., Any], three: Path, arguments: list[str], told: str
) -> None:
    ended = gan_runs(*arguments)
    assert ended.code == 1
    assert ended.err.startswith(f"gan-runs: {told}")
    assert len(ended.err.splitlines()) == 1


def test_help_is_a_page_whose_examples_are_understood(gan_runs: Callable[..., Any]) -> None:
    page = gan_runs("--help").out
    examples = [line.split("  ")[1].split()[1:] for line in page.splitlines() if line.startswith("  gan-runs")]
    assert len(examples) > 5
    for words in examples:
        Request.of(words)
    assert "sort: age  " in page
    assert "{" not in page


def test_its_keys_and_their_defaults_are_those_of_its_page() -> None:
    keys = yaml.load((CONFIGS / "runs.yaml").read_text(), yaml.BaseLoader)  # else `yes` would be true
    assert tuple(keys) == OWN
    assert {key: "null" if value is None else str(value).lower() for key, value in Request()._asdict().items()} == {
        "filters": "()",
        **keys,
    }
    assert complete("runs", "gan-runs rem") == ["remove="]
    with pytest.raises(ConfigError, match="sort= has no value"):
        Request.of(["sort="])


def test_it_waits_for_nothing_slow_and_a_reader_may_leave(three: Path) -> None:
    code = (
        "import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); "
        "from gan_runner.cli.runs import main; main()"
    )
    ended = subprocess.run([sys.executable, "-c", code], cwd=three.parent, capture_output=True, text=True)
    assert ended.returncode == 0
    assert not {"torch", "numpy", "pydantic", "pytorch_lightning"} & set(ended.stderr.split())
    line = f"{sys.executable} -m gan_runner runs | true"
    left = subprocess.run(line, shell=True, cwd=three.parent, capture_output=True, text=True)
    assert (left.returncode, left.stderr) == (0, "")


def test_the_script_is_this_command() -> None:
    project = Path(__file__).parents[2] / "pyproject.toml"
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    assert scripts["gan-runs"] == f"{command.main.__module__}:main"

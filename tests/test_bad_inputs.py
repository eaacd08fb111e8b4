"""Hostile and broken input: whatever comes in, one sentence and a non-zero exit, or a documented skip.

The rows are in bad_inputs/, by what is wrong.
"""

import hashlib
import json
import os
import re
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bad_inputs import (
    archives,
    arrays,
    autoencoders,
    checkpoints,
    composition,
    depth,
    detect,
    downloads,
    export,
    features,
    fine_tuning,
    labels,
    looking,
    measuring,
    pictures,
    points,
    resume,
    sample,
    sets,
    stores,
    translate,
    values,
)
from bad_inputs.scene import DRAWN, TRAIN, Row, Scene
from fixtures import commands

MOST_SECONDS, MOST_MEGABYTES = 20, 600
KINDS = (
    composition,
    values,
    pictures,
    depth,
    points,
    sets,
    stores,
    downloads,
    checkpoints,
    resume,
    fine_tuning,
    labels,
    sample,
    translate,
    detect,
    export,
    archives,
    autoencoders,
    arrays,
    measuring,
    features,
    looking,
)
ROWS: dict[str, Row] = {name: row for kind in KINDS for name, row in kind.ROWS.items()}

LATER = {"run/run.json", "run/train.log"}
"""What a resumed run adds its story to, even if it fails."""


def hashes(folder: Path) -> dict[str, str]:
    """Every plain file below a folder."""
    files = [Path(top, name) for top, _, names in os.walk(folder) for name in names]
    plain = [path for path in files if path.is_file() and not path.is_symlink() and readable(path)]
    names = {path: str(path.relative_to(folder)) for path in plain}
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for path, name in names.items() if name not in LATER}


def readable(path: Path) -> bool:
    try:
        path.open("rb").close()
    except PermissionError:
        return False
    return True


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of one batch, as gan-train leaves it."""
    folder = tmp_path_factory.mktemp("finished") / "run"
    with pytest.MonkeyPatch.context() as patches:
        patches.chdir(folder.parent)
        assert commands.play(TRAIN, *DRAWN, f"hydra.run.dir='{folder}'") == 0
    return folder


@pytest.mark.parametrize("name", ROWS)
def test_bad_input_ends_in_one_sentence(
    name: str,
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    serve: Callable[..., str],
    run_command: Callable[..., Any],
    recwarn: pytest.WarningsRecorder,
) -> None:
    row = ROWS[name]
    with monkeypatch.context() as patches:
        row.make(Scene(tmp_path, finished, patches, serve))
        before, memory, started = hashes(tmp_path), peak_megabytes(), time.monotonic()
        ended = run_command(*row.command)
    assert time.monotonic() - started < MOST_SECONDS
    assert peak_megabytes() - memory < MOST_MEGABYTES
    assert ended.code == row.code, ended.err
    if row.code:
        assert len(ended.err.strip().splitlines()) == 1, ended.err
        assert ended.err.startswith(f"{row.command[0]}: ")
        assert len(ended.err) < 900
        assert "debug=trace" not in ended.err
    else:
        assert ended.err == ""
    assert not [str(warning.message) for warning in recwarn if "PIL" in warning.filename]
    said = ended.out + ended.err
    assert "Traceback" not in said
    assert not [words for words in row.told if words not in said], said
    after = hashes(tmp_path)
    assert {path: after.get(path) for path in before} == before
    assert not list(tmp_path.rglob("canary"))
    records = [json.loads(path.read_text()) for path in tmp_path.rglob("run.json")]
    assert all(record["status"] in ("finished", "failed") for record in records)


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_the_table_is_long_and_its_sentences_are_checked() -> None:
    assert len(ROWS) == sum(len(kind.ROWS) for kind in KINDS) >= 60  # no name twice
    assert all(row.told or not row.code for row in ROWS.values())
    assert not any(re.fullmatch(r"\W*", words) for row in ROWS.values() for words in row.told)

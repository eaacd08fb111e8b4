"""A folder to work in, and a run that was trained there in Python."""

from collections.abc import Callable
from pathlib import Path

import pytest

import gan_runner as gr
from fixtures.small_runs import SMALL

QUIET = [*SMALL, "callbacks.progress=null", "callbacks.curves=null", "callbacks.report=null"]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def trained(here: Path) -> Callable[..., gr.Run]:
    """trained('model=dcgan', …) -> a small run, by gan_runner.train."""
    return lambda *keys: gr.train(*QUIET, *keys)

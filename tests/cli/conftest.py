"""gan-train, in this process and as a shell would start it."""

import functools
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fixtures.small_runs import Outcome


@pytest.fixture
def gan_train(run_command: Callable[..., Outcome]) -> Callable[..., Outcome]:
    """gan_train('model=dcgan', …) -> exit code, stdout, stderr; runs in this process, in tmp_path."""
    return functools.partial(run_command, "gan-train")


@pytest.fixture(scope="module")
def script() -> list[str]:
    """The console script, started as a shell would start it."""
    return [str(Path(sys.executable).with_name("gan-train"))]

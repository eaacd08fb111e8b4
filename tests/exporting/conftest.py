"""Networks to hand on, of untrained runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.remembered import remember
from gan_runner.exporting.card import card
from gan_runner.exporting.checking import Checked
from gan_runner.exporting.network import Handed, handed
from gan_runner.exporting.request import ExportRequest


def asked(run: Any, **keys: Any) -> ExportRequest:
    return ExportRequest.from_config({"run": str(run), **keys})


@pytest.fixture(scope="session")
def plain(runs: dict[str, str]) -> Handed:
    """A generator of images (3, 8, 8), the average of one."""
    return handed(asked(runs["plain"]))


@pytest.fixture(scope="session")
def conditional(runs: dict[str, str]) -> Handed:
    """A generator of images (1, 8, 16) of 4 classes."""
    return handed(asked(runs["conditional"]))


@pytest.fixture(scope="session")
def points(runs: dict[str, str]) -> Handed:
    """A generator of points (2,)."""
    return handed(asked(runs["points"]))


@pytest.fixture
def network_of() -> Callable[..., Handed]:
    """network_of(run, part=…, bytes=…) -> what is handed on of a run folder."""

    def make(run: str | Path, **keys: Any) -> Handed:
        return handed(asked(run, **keys))

    return make


@pytest.fixture
def remembered(saved: Callable[..., Path], network_of: Callable[..., Handed], tmp_path: Path) -> Callable[..., str]:
    """remembered(…) -> the card of a run with a record; facts: beside the usual ones."""

    def make(*overrides: str, **facts: Any) -> str:
        chosen = overrides or ("model=dcgan", "network.width=4", "data=digits")
        run = remember(saved(tmp_path / "run", (1, 16, 16), 10, *chosen), **facts)
        return card(network_of(run), Checked(256, 4.5e-7, 2.0, 1000, 1), "onnx", "generator.onnx", None, "samples.png")

    return make

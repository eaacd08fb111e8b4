"""Versions, and whether they go together."""

import platform
from collections.abc import Sequence

import pytest

from gan_runner.doctor import packages as module
from gan_runner.doctor.packages import Package, allows, installed, troubles, version_of
from gan_runner.doctor.requirements import Requirements, Wanted


def told(*packages: Package, python: str = "") -> list[str]:
    return [f"{one.level}: {one.says} -> {one.helps}" for one in troubles(Requirements(python, (), {}), packages)]


@pytest.fixture(autouse=True)
def built_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """torchvision asks for one version of torch, as it does."""
    lines = {"torchvision": ["numpy", "torch==2.14.1", "gdown>=4.7.3; extra == 'gdown'"]}
    monkeypatch.setattr(module, "requires", lambda name: lines.get(name))


def test_what_is_installed_is_known_by_its_version() -> None:
    (torch, nothing) = installed([Wanted("torch", ">=2.11"), Wanted("no-such-thing", "")], {"torch": "2.14.1"})
    assert torch == Package("torch", version_of("torch"), ">=2.11", "2.14.1")
    assert nothing == Package("no-such-thing", None, "", "")


@pytest.mark.parametrize(
    ("packages", "says"),
    [
        ([Package("torch", "2.14.1+cu130", ">=2.11", "2.14.1")], []),
        ([Package("torch", "2.14.9", ">=2.11", "2.14.1")], []),  # what mends changes nothing
        (
            [Package("torch", None, ">=2.11"), Package("scipy", None, "")],
            ["missing: not installed: torch, scipy -> pip install 'torch>=2.11' 'scipy'"],
        ),
        (
            [Package("torch", "2.4.0", ">=2.11")],
            ["warning: torch 2.4.0 is outside of what was tested, >=2.11 -> pip install 'torch>=2.11'"],
        ),
        (
            [Package("torch", "2.15.0", ">=2.11", "2.14.1"), Package("pillow", "14.0", "", "13.0.0")],
            ["warning: newer than the newest that was tested: torch 2.15.0 (2.14.1), pillow 14.0 (13.0.0) -> "],
        ),
        (
            [Package("torch", "2.13.0", ">=2.11"), Package("torchvision", "0.29.1", "")],
            ["missing: torchvision 0.29.1 asks for torch ==2.14.1, and 2.13.0 is installed -> "
             "pip install --upgrade torchvision torch"],
        ),
        ([Package("torch", "2.14.1+cpu", ""), Package("torchvision", "0.29.1+cpu", "")], []),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told(packages: Sequence[Package], says: list[str]) -> None:
    assert told(*packages) == says


def test_a_python_that_is_too_old_is_told() -> None:
    (says,) = told(python=">=99")
    assert says == f"missing: Python {platform.python_version()} is not >=99 -> install such a Python"


def test_versions_of_no_known_form_are_let_be() -> None:
    assert allows(">=1", "of my own")
    assert not told(Package("x", "of my own", ">=1", "1.0"))

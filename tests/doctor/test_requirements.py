"""What the package asks for."""

from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from gan_runner.doctor import requirements as module
from gan_runner.doctor.packages import allows
from gan_runner.doctor.requirements import CHECKOUT, Wanted, install, newest_tested, parsed, requirements


def test_lines_are_read_as_pip_writes_them() -> None:
    lines = ["torch>=2.11", "pytorch-lightning>=2.6.1,<2.7", "scipy", "jinja2 >=3.1 ; python_version > '3'",
             "gan-runner[features,web]", "uvicorn[standard]>=0.30"]  # fmt: skip
    assert parsed(lines) == (
        Wanted("torch", ">=2.11"),
        Wanted("pytorch-lightning", ">=2.6.1,<2.7"),
        Wanted("scipy", ""),
        Wanted("jinja2", ">=3.1"),
        Wanted("uvicorn", ">=0.30"),
    )


def test_an_installed_package_says_the_same_as_its_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = ["torch>=2.11", "starlette>=0.46; extra == 'web'", 'uvicorn>=0.30; extra == "web"']

    class Told(dict):  # type: ignore[type-arg]
        def get_all(self, key: str) -> list[str]:
            return ["web", "hub"]

    monkeypatch.setattr(module, "CHECKOUT", tmp_path / "none")
    monkeypatch.setattr(module, "requires", lambda name: lines)
    monkeypatch.setattr(module, "metadata", lambda name: Told({"Requires-Python": ">=3.11"}))
    assert requirements() == (
        ">=3.11",
        (Wanted("torch", ">=2.11"),),
        {"web": (Wanted("starlette", ">=0.46"), Wanted("uvicorn", ">=0.30")), "hub": ()},
    )
    assert install("web") == "pip install 'gan-runner[web]'"


def test_a_folder_that_nobody_installed_asks_for_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "metadata", unknown)
    monkeypatch.setattr(module, "CHECKOUT", tmp_path / "none")
    assert requirements() == ("", (), {})
    monkeypatch.setattr(module, "CHECKOUT", CHECKOUT)
    assert install("web") == "pip install '.[web]'"


def test_all_that_is_needed_was_tested_in_a_version_that_is_allowed() -> None:
    newest = newest_tested()
    for one in requirements().needed:
        assert allows(one.versions, newest[one.name]), one

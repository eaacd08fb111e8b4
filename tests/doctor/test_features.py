"""What is installed of what not all need."""

import pytest

from gan_runner.doctor import features as module
from gan_runner.doctor.features import FOR, Feature, features
from gan_runner.doctor.requirements import Requirements, Wanted, requirements


def found(monkeypatch: pytest.MonkeyPatch, versions: dict[str, str], tools: tuple[str, ...] = ()) -> dict[str, Feature]:
    """The features where these packages and tools are all there is."""
    extras = {"web": (Wanted("starlette", ">=0.46"), Wanted("uvicorn", "")), "dev": (Wanted("pytest", ""),)}
    monkeypatch.setattr(module, "version_of", versions.get)
    monkeypatch.setattr(module.shutil, "which", lambda name: name if name in tools else None)
    return {one.name: one for one in features(Requirements("", (), extras))}


def test_the_command_installs_what_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = found(monkeypatch, {"uvicorn": "1.0"})
    assert lacking["web"].lacks == ("starlette",)
    assert lacking["web"].helps == "pip install 'gan-runner[web]'"
    assert "dev" not in lacking
    assert (lacking["wandb"].helps, lacking["mlflow"].helps) == ("pip install wandb", "pip install mlflow")
    assert lacking["g++"].helps == "apt-get install g++"


def test_what_is_there_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GAN_BROWSER", raising=False)
    versions = {"uvicorn": "1", "starlette": "0.46", "wandb": "0.31", "mlflow": "3.17"}
    ready = found(monkeypatch, versions, ("git", "clang++", "google-chrome"))
    assert not [one for one in ready.values() if one.lacks or one.helps]


def test_what_is_too_old_lacks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert found(monkeypatch, {"uvicorn": "1", "starlette": "0.1"})["web"].lacks == (
        "starlette>=0.46 (0.1 is installed)",
    )


def test_the_small_mlflow_needs_a_store(monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = found(monkeypatch, {"mlflow-skinny": "3.17", "alembic": "1"})["mlflow"]
    assert (lacking.lacks, lacking.helps) == (("sqlalchemy",), "pip install sqlalchemy")


def test_a_browser_of_ones_own_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GAN_BROWSER", "my-browser")
    assert found(monkeypatch, {}, ("chromium",))["chromium"].lacks
    assert not found(monkeypatch, {}, ("my-browser",))["chromium"].lacks


def test_every_extra_for_users_is_told_of() -> None:
    assert set(requirements().extras) - {"dev"} <= set(FOR)

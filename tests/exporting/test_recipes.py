"""Every recipe is handed on, all its parts in both forms that hold a network, and computes there what it computes here.

benchmarks/exporting.py says how well, at published widths.
"""

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from fixtures.recipes import MODELS


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return import_module("exporting")


def exported(benchmark: Any, model: str, folder: Path, *overrides: str) -> list[str]:
    found = []
    for network in benchmark.networks(benchmark.run_of(model, folder, *overrides, narrow=True)):
        for name in ("onnx", "pt2"):
            form = benchmark.FORMATS[name]
            checked = benchmark.written(network, form, folder / f"{network.part}{form.suffix}", name)
            assert checked.relative < 2e-5, f"{network.part} {name}: {checked.sentence()}"
        found.append(network.part)
    return found


@pytest.mark.parametrize(
    ("model", "parts"), [("r3gan", ["generator"]), ("cvae", ["generator", "encoder", "reconstruction"])]
)
def test_some(benchmark: Any, tmp_path: Path, model: str, parts: list[str]) -> None:
    assert exported(benchmark, model, tmp_path) == parts


@pytest.mark.slow
@pytest.mark.parametrize("model", MODELS)
def test_every(benchmark: Any, tmp_path: Path, model: str) -> None:
    assert exported(benchmark, model, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["autoencoder", "aae"])
def test_samples_of_a_mixture(benchmark: Any, tmp_path: Path, model: str) -> None:
    """Its components and their choice are in the file."""
    assert "generator" in exported(benchmark, model, tmp_path, "system.sample_from=mixture")


@pytest.mark.slow
@pytest.mark.parametrize("latent", ["uniform", "gaussian_mixture", "swiss_roll"])
def test_other_priors(benchmark: Any, tmp_path: Path, latent: str) -> None:
    assert exported(benchmark, "dcgan", tmp_path, f"latent={latent}", "latent.latent_dim=4") == ["generator"]


def test_a_row_of_the_table(
    benchmark: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    narrow = benchmark.run_of
    monkeypatch.setattr(benchmark, "run_of", lambda *rest: narrow(*rest, narrow=True))
    benchmark.main(["vanilla", "--rounds", "1"])
    head, rule, row = capsys.readouterr().out.splitlines()
    assert head == benchmark.HEAD
    assert head.count("|") == rule.count("|") == row.count("|")
    assert row.startswith("| vanilla | generator | ")

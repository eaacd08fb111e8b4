"""gan-evaluate as a user meets it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def gan_evaluate(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-evaluate", *arguments)


def test_it_measures_and_writes_nothing_else(
    gan_evaluate: Callable[..., Any], runs: dict[str, str], tmp_path: Path
) -> None:
    done = gan_evaluate(f"run={runs['points']}", "output=found.json", "num_samples=30", "accelerator=cpu")
    assert done.code == 0, done.err
    assert "modes_high_quality/points/30" in done.out
    assert {path.name for path in tmp_path.iterdir()} == {"found.json", "found_modes.png"}
    assert json.loads((tmp_path / "found.json").read_text())["fakes"] == 30


def test_groups_choose_metrics_and_features(
    gan_evaluate: Callable[..., Any], runs: dict[str, str], tmp_path: Path
) -> None:
    done = gan_evaluate(
        f"run={runs['plain']}", "metrics=[frechet,prdc]", "features=random_conv", "metrics.prdc.k=3", "output=a.json",
        "num_samples=30", "accelerator=cpu",
    )  # fmt: skip
    assert done.code == 0, done.err
    figures = json.loads((tmp_path / "a.json").read_text())["figures"]
    assert {"frechet/random_conv64/30", "coverage/random_conv64/30"} <= set(figures)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("output=a.json",), "give either run="),
        (("ckpt=none.ckpt",), "checkpoint none.ckpt does not exist"),
        (("metrics=fid",), "metrics=fid does not exist (did you mean metrics=[frechet]?)"),
        (("metrics=[modes]", "metrics.modes.sigma=3"), "unknown key metrics.modes.sigma"),
        (("seed=x",), "seed='x' is not valid"),
    ],
)
def test_mistakes_get_one_sentence(gan_evaluate: Callable[..., Any], arguments: tuple[str, ...], said: str) -> None:
    done = gan_evaluate(*arguments)
    assert done.code == 1
    assert said in done.err
    assert len(done.err.strip().splitlines()) == 1


def test_help_shows_the_choices(gan_evaluate: Callable[..., Any]) -> None:
    page = gan_evaluate("--help").out
    for told in ("metrics     anomaly, authenticity, class_frechet", "features    classifier", "num_samples", "/real"):
        assert told in page

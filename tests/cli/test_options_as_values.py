"""Options as values: they compose to what the option itself composes to."""

from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from gan_runner.cli.options_as_values import as_values, written
from gan_runner.config.options import CONFIGS
from gan_runner.config.overrides import parsed

RING = ("data=ring", "model=vanilla")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The configuration of a run folder, as Hydra wrote it."""
    folder = tmp_path_factory.mktemp("run")
    OmegaConf.save(composed(CONFIGS, "train", *RING), folder / "config.yaml")
    return folder


def composed(place: Path, name: str, *overrides: str) -> Any:
    with initialize_config_dir(str(place), version_base="1.3"):
        return compose(name, list(overrides))


@pytest.mark.parametrize(
    ("override", "group"),
    [
        ("schedule=linear", "schedule"),
        ("schedule=constant_then_linear", "schedule"),
        ("loss=hinge", "loss"),
        ("tricks=[r1,ema]", "tricks"),
        ("tricks=[]", "tricks"),
        ("+tricks@tricks.r1=r1", "tricks"),
    ],
)
def test_an_option_and_its_values_are_the_same(override: str, group: str, folder: Path) -> None:
    values = as_values(override)
    assert override not in values
    assert composed(folder, "config", *values)[group] == composed(CONFIGS, "train", *RING, override)[group]


def test_an_optimizer_comes_with_its_own_rate(folder: Path) -> None:
    found = composed(folder, "config", *as_values("optimizer=sgd"), "optimizer.momentum=0.25").optimizer
    assert (found.lr, found.generator.lr, found.discriminator.momentum) == (0.1, 0.1, 0.25)
    assert "betas" not in found


def test_other_overrides_stay_and_options_that_are_not_there_are_told() -> None:
    for override in ("model=dcgan", "optimizer.lr=1e-3", "data.root=a=b", "-m", "trainer.max_steps=3"):
        assert as_values(override) == [override]
    with pytest.raises(MissingConfigException):
        as_values("schedule=nowhere")


def test_values_are_written_as_hydra_reads_them() -> None:
    assert written({"a": [1, 2.5, None, True], "b": "it's ${x} here", "c": "${optimizer.lr}", "d": {}}) == (
        '{a:[1,2.5,null,true],b:"it\'s ${x} here",c:${optimizer.lr},d:{}}'
    )
    node = ["C:\\runs", "\\", "it's \\'", 'a "word"']
    assert parsed(f"key={written(node)}").value() == node

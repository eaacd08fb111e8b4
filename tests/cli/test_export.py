"""gan-export as a user starts it."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_runner.cli import export as command
from gan_runner.config.options import CONFIGS
from gan_runner.exporting.request import ExportRequest as Request


@pytest.fixture
def gan_export(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-export", *arguments)


def composed(*overrides: str) -> Any:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return OmegaConf.to_container(compose("export", overrides=list(overrides)))


def test_it_writes_its_output_and_nothing_else(
    gan_export: Callable[..., Any], runs: dict[str, str], tmp_path: Path
) -> None:
    done = gan_export(f"run={runs['points']}", "format=pt2", "output=out/ring.pt2")
    assert (done.code, done.err) == (0, "")
    assert "the generator after 12 batches as a program of torch.export: out/ring.pt2 (" in done.out
    assert {path.name for path in tmp_path.rglob("*")} == {"out", "ring.pt2"}


def test_classes_of_ones_own_need_trust(
    gan_export: Callable[..., Any], saved: Callable[..., Path], tmp_path: Path
) -> None:
    own = "network.generator._target_=fixtures.own_parts.Generator"
    saved(tmp_path / "mine", (3, 8, 8), None, "model=vanilla", "data=synthetic", own, "~network.generator.hidden",
          "~network.generator.activation", "~network.generator.batch_norm")  # fmt: skip
    refused = gan_export("run=mine", "format=pt2", "output=x.pt2")
    assert (refused.code, "not trusted" in refused.err) == (1, True)
    assert gan_export("run=mine", "format=pt2", "output=x.pt2", "trust=true").code == 0


def test_help_is_a_page_with_examples(gan_export: Callable[..., Any]) -> None:
    page = gan_export("--help").out
    assert len(page.splitlines()) < 42
    examples = [line.split() for line in page.splitlines() if line.startswith("  gan-export ")]
    assert len(examples) >= 5
    for _, *arguments in examples:  # each composes
        Request.from_config(composed(*arguments)).form.check()


def test_the_configuration_lists_what_a_request_takes() -> None:
    defaults = {key: field.default for key, field in Request.model_fields.items()}
    assert composed() == defaults


def test_the_console_script_is_declared() -> None:
    project = CONFIGS.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    assert scripts["gan-export"] == f"{command.main.__module__}:main"

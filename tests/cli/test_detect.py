"""gan-detect as a user starts it."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image

from gan_runner.cli import detect as command
from gan_runner.config.options import CONFIGS
from gan_runner.inference.request import DetectRequest as Request


@pytest.fixture
def gan_detect(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-detect", *arguments)


def composed(*overrides: str) -> Any:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return OmegaConf.to_container(compose("detect", overrides=list(overrides)))


def test_it_writes_its_output_and_nothing_else(
    gan_detect: Callable[..., Any], runs: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (8, 8), (200, 100, 0)).save(tmp_path / "in" / "a.png")
    (tmp_path / "in" / "b.jpg").write_bytes(b"none")
    done = gan_detect(f"run={runs['plain']}", "input=in", "output=out/scores.csv", "search_steps=2",
                      "false_alarms=null", "accelerator=cpu")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert "skipped in/b.jpg: " in done.out
    assert "1 of 2 images scored after 12 batches: out/scores.csv\n  search2: " in done.out
    assert {path.name for path in tmp_path.rglob("*")} == {"in", "a.png", "b.jpg", "out", "scores.csv"}


def test_if_none_can_be_read_it_fails(gan_detect: Callable[..., Any], runs: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "b.jpg").write_bytes(b"none")
    done = gan_detect(f"run={runs['plain']}", "input=b.jpg", "output=s.csv", "search_steps=2", "false_alarms=null")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("gan-detect: none of 1 image(s) could be read: b.jpg: ")
    assert [path.name for path in tmp_path.iterdir()] == ["b.jpg"]


def test_help_is_a_page_with_examples(gan_detect: Callable[..., Any]) -> None:
    page = gan_detect("--help").out
    assert len(page.splitlines()) < 42
    examples = [line.split() for line in page.splitlines() if line.startswith("  gan-detect ")]
    assert len(examples) == 4
    for _, *arguments in examples:  # each composes
        Request.from_config(composed(*(argument.replace("<time>", "x") for argument in arguments)))


def test_the_configuration_lists_what_a_request_takes() -> None:
    defaults = {key: field.default for key, field in Request.model_fields.items()}
    assert composed() == defaults


def test_the_console_script_is_declared() -> None:
    project = CONFIGS.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    assert scripts["gan-detect"] == f"{command.main.__module__}:main"

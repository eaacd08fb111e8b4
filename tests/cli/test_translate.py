"""gan-translate as a user starts it."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from PIL import Image

from gan_runner.cli import translate as command
from gan_runner.config.options import CONFIGS
from gan_runner.inference.translate import Request


@pytest.fixture
def gan_translate(run_command: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: run_command("gan-translate", *arguments)


def composed(*overrides: str) -> Any:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        return OmegaConf.to_container(compose("translate", overrides=list(overrides)))


def test_it_writes_its_output_and_nothing_else(
    gan_translate: Callable[..., Any], translators: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "in").mkdir()
    Image.new("RGB", (8, 9), (200, 100, 0)).save(tmp_path / "in" / "a.jpg")
    (tmp_path / "in" / "b.jpg").write_bytes(b"none")
    done = gan_translate(f"run={translators['cyclegan']}", "input=in", "output=out", "accelerator=cpu")
    assert (done.code, done.err) == (0, "")
    assert "skipped in/b.jpg: " in done.out
    assert done.out.endswith(
        "1 of 2 images translated a2b by the generator's average (tricks.ema) after 12 batches: out\n"
    )
    assert {path.name for path in tmp_path.rglob("*")} == {"in", "a.jpg", "b.jpg", "out", "a.png"}


def test_if_none_can_be_read_it_fails(
    gan_translate: Callable[..., Any], translators: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "b.jpg").write_bytes(b"none")
    done = gan_translate(f"run={translators['cyclegan']}", "input=b.jpg", "output=out.png", "accelerator=cpu")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("gan-translate: none of 1 image(s) could be read: b.jpg: ")
    assert len(done.err.strip().splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["b.jpg"]


def test_help_is_a_page_with_examples(gan_translate: Callable[..., Any]) -> None:
    page = gan_translate("--help").out
    assert len(page.splitlines()) < 40
    examples = [line.split() for line in page.splitlines() if line.startswith("  gan-translate ")]
    assert len(examples) == 6
    for _, *arguments in examples:  # each composes
        Request.from_config(composed(*(argument.replace("<time>", "x").strip("'") for argument in arguments)))


def test_the_configuration_lists_what_a_request_takes() -> None:
    defaults = {key: field.default for key, field in Request.model_fields.items()}
    assert composed() | {"damage": None} == defaults  # a group without an option is no key


def test_the_console_script_is_declared() -> None:
    project = CONFIGS.parent / "pyproject.toml"
    if not project.is_file():
        pytest.skip("not a checkout")
    scripts = tomllib.loads(project.read_text())["project"]["scripts"]
    assert scripts["gan-translate"] == f"{command.main.__module__}:main"

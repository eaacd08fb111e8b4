"""The commands of README.md and docs/ compose, pass the check of their configuration and name what exists."""

import re
import shlex
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from gan_runner.assemble import plain_config
from gan_runner.config.options import CONFIGS, options
from gan_runner.config.schema import check
from gan_runner.inference import evaluate, sample, translate

ROOT = Path(__file__).parent.parent
README, *DOCS = (path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md"))])
LINES = [line for page in (README, *DOCS) for line in page.splitlines()]
COMMANDS = [line.partition("#")[0].strip("$ ") for line in LINES if re.match(r"\$ gan-", line)]


def choices(word: str) -> list[str]:
    """key=a,b -> [key=a, key=b]; commas within brackets and quotes part nothing."""
    key, equals, value = word.partition("=")
    values = re.findall(r"(?:\[[^\]]*\]|'[^']*'|[^,\[])+", value)
    return [f"{key}={one}" for one in values] if equals and not key.startswith("+") and values else [word]


def sweep(words: list[str]) -> list[list[str]]:
    """The overrides of the first and the last job of a sweep; what a search draws is left out."""
    words = [word for word in words if word != "-m" and "(" not in word]
    return [[choices(word)[at] for word in words] for at in (0, -1)]


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("gan-train") and "<time>" not in c])
def test_training(command):
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        for overrides in sweep([word for word in shlex.split(command)[1:] if word != "resume=auto"]):
            check(plain_config(compose("train", [*overrides, "paths.run=unused"])))


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("gan-sample")])
def test_sampling(command):
    pairs = (word.split("=", 1) for word in shlex.split(command.replace("<", "").replace(">", ""))[1:])
    values = {key: {"true": True}.get(value, int(value) if value.isdigit() else value) for key, value in pairs}
    assert sample.Request.from_config(values).form in ("arrays", "picture")


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("gan-translate")])
def test_translating(command):
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("translate", shlex.split(command.replace("<", "").replace(">", ""))[1:])
    asked = translate.Request.from_config(plain_config(config))
    assert asked.input
    assert asked.output


@pytest.mark.parametrize("command", [c for c in COMMANDS if c.startswith("gan-evaluate")])
def test_evaluating(command):
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        words = shlex.split(command.replace("<", "").replace(">", ""))[1:]
        config = plain_config(compose("evaluate", [*words, "paths.run=unused"]))
    assert evaluate.Request.from_config(config).output in (None, "best.json")


@pytest.mark.parametrize("group", sorted(path.name for path in CONFIGS.iterdir() if path.is_dir()))
def test_the_table_of_groups_is_complete(group):
    if group in ("callbacks", "logger", "hydra", "paths", "debug"):
        return  # parts of a run, not of an experiment
    rows = [line for line in README.splitlines() if line.startswith("|") and f"`{group}`" in line.split("|")[1]]
    assert len(rows) == 1, group
    named = set(re.findall("`([^`]+)`", rows[0]))
    named |= {f"{head[:-1]}/{option}" for head in named if head.endswith("/") for option in named}
    missing = set(options(CONFIGS / group)) - named
    assert not missing

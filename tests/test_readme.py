"""README.md and docs/*.md: commands compose, what they name exists, lists of options are complete, links are right."""

import re
import shlex
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from gan_runner.cli import data, doctor, report, runs
from gan_runner.config.options import CONFIGS, options
from gan_runner.config.plain import plain_config
from gan_runner.config.schema import check
from gan_runner.exporting.request import ExportRequest
from gan_runner.inference import detect, evaluate, sample, translate
from gan_runner.runs import listing

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PLACES = {"README.md": README} | {path.relative_to(DOCS).as_posix(): path for path in sorted(DOCS.rglob("*.md"))}
"""Every page by its name: running.md, es/curso.md."""
PAGES = {name: path.read_text(encoding="utf-8") for name, path in PLACES.items()}
MOST_LINES = 150
"""Of README."""
OUTSIDE = {"callbacks", "logger", "hydra", "paths", "debug", "command"}
"""Groups that are parts of a run or of a command, not of an experiment."""
GROUPS = sorted(path.name for path in CONFIGS.iterdir() if path.is_dir() and path.name not in OUTSIDE)
PLACEHOLDERS = ("…", "<")
"""What stands in a command for something that it does not say."""
FILE = re.compile(r"[a-z_]+\.(csv|json|yaml|md|cls)|run\.[a-z]+")
"""What looks like a key and is none: files, and what is asked of a run in Python."""


# ---- commands -------------------------------------------------------------------------------------------------------


def code_blocks(page: str) -> str:
    return "\n".join(re.findall(r"^```[a-z]*\n(.*?)^```", page, re.DOTALL | re.MULTILINE))


def spans(page: str) -> list[str]:
    """What stands in the text as code."""
    prose = re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE)
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", prose)]


def commands(page: str) -> Iterator[str]:
    """Those of the blocks, also behind torchrun, and those of the text that are whole."""
    for line in re.findall(r"^\$ (?:torchrun .* --no-python )?(gan-.*)$", code_blocks(page), re.MULTILINE):
        yield line.partition("#")[0].strip()
    for span in spans(page):
        is_whole = "=" in span and " --" not in span and not any(sign in span for sign in PLACEHOLDERS)
        if re.match("gan-[a-z]+ ", span) and is_whole:
            yield span


COMMANDS = {f"{name}: {command}": command for name, page in PAGES.items() for command in commands(page)}


def of(program: str) -> Any:
    """Parametrize a test by the commands that call a program."""
    found = {name: command for name, command in COMMANDS.items() if command.split()[0] == program}
    assert found, program
    return pytest.mark.parametrize("command", found.values(), ids=found)


def words_of(command: str) -> list[str]:
    """The arguments; <time> is the name of a folder."""
    return shlex.split(command.replace("<", "").replace(">", ""))[1:]


def choices(word: str) -> list[str]:
    """key=a,b -> [key=a, key=b]; commas within brackets and quotes part nothing."""
    key, equals, value = word.partition("=")
    values = re.findall(r"(?:\[[^\]]*\]|'[^']*'|[^,\[])+", value)
    return [f"{key}={one}" for one in values] if equals and not key.startswith("+") and values else [word]


def sweep(words: list[str]) -> list[list[str]]:
    """The overrides of the first and the last job of a sweep; what a search draws is left out."""
    words = [word for word in words if word != "-m" and "(" not in word]
    return [[choices(word)[at] for word in words] for at in (0, -1)]


@of("gan-train")
def test_training(command: str) -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        for overrides in sweep([word for word in words_of(command) if not word.startswith("resume=")]):
            config = compose("train", [*overrides, "paths.run=unused"])
            missing = OmegaConf.missing_keys(config) & {"data.root", "data.of.root"}  # left to whoever plays it
            rooted = [f"{key}=photos" for key in missing]
            check(plain_config(compose("train", [*overrides, *rooted, "paths.run=unused"]) if rooted else config))


@of("gan-sample")
def test_sampling(command: str) -> None:
    values = {key: yaml.safe_load(value) for key, _, value in (word.partition("=") for word in words_of(command))}
    assert sample.Request.from_config(values).form in ("arrays", "picture", "folder")


@of("gan-translate")
def test_translating(command: str) -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("translate", words_of(command))
    asked = translate.Request.from_config(plain_config(config))
    assert asked.input
    assert asked.output


@of("gan-detect")
def test_detecting(command: str) -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("detect", words_of(command))
    asked = detect.Request.from_config(plain_config(config))
    assert asked.input
    assert str(asked.output).endswith(".csv")


@of("gan-export")
def test_exporting(command: str) -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("export", words_of(command))
    asked = ExportRequest.from_config(plain_config(config))
    assert asked.form.suffix
    assert asked.output


@of("gan-evaluate")
def test_evaluating(command: str) -> None:
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = plain_config(compose("evaluate", [*words_of(command), "paths.run=unused"]))
    assert str(evaluate.Request.from_config(config).output or "metrics.json").endswith(".json")


@of("gan-runs")
def test_listing(command: str) -> None:
    asked = runs.Request.of(words_of(command))
    assert asked.sort in listing.ORDERS
    known = {f"{key}=" for key in ("state", *choices_of_runs())}
    assert all("=" not in one or one.startswith(tuple(known)) for one in (*asked.filters, asked.remove or ""))


@of("gan-data")
def test_looking(command: str) -> None:
    asked = data.Request.of(words_of(command))
    assert asked.overrides["root"]
    node, _ = data.composed(asked)
    assert node["root"]


@of("gan-doctor")
def test_looking_at_the_machine(command: str) -> None:
    assert doctor.Request.of(words_of(command)).outputs


@of("gan-report")
def test_reporting(command: str) -> None:
    asked = report.Request.of(words_of(command))
    assert str(asked.output or "report.html").endswith(".html")


def choices_of_runs() -> list[str]:
    """What runs may be listed by: groups, and keys of gan-train."""
    return [key for key in (*GROUPS, *known_keys()) if key]


def test_targets_of_make_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = {target for page in PAGES.values() for target in re.findall(r"^\$ make ([a-z-]+)", code_blocks(page), re.M)}
    named |= {span.split()[1] for page in PAGES.values() for span in spans(page) if re.fullmatch("make [a-z-]+", span)}
    assert {"train", "test"} <= named
    assert not named - targets


# ---- keys and options -----------------------------------------------------------------------------------------------


@cache
def known_keys() -> frozenset[str]:
    """Every key that some option of some group has, by its whole name."""
    found: set[str] = set()
    for path in CONFIGS.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        package = re.match(r"# @package (\S+)", text)
        place = package[1] if package else path.relative_to(CONFIGS).parts[0].removesuffix(".yaml")
        found |= set(flat(yaml.safe_load(text), "" if path.parent == CONFIGS or place == "_global_" else place))
    return frozenset(found)


def flat(node: Any, path: str) -> Iterator[str]:
    yield path
    if isinstance(node, Mapping):
        for key, value in node.items():
            yield from flat(value, f"{path}.{key}" if path else str(key))


def overrides(page: str) -> Iterator[str]:
    """Words of the text that are a key of the configuration, with a value or without."""
    first = "|".join(sorted({key.partition(".")[0] for key in known_keys()} - {""}))
    for span in spans(page):
        for word in span.split():
            if re.fullmatch(rf"'?\+?(?:{first})(?:\.[a-z_0-9]+|=.*)(?:[.=].*)?", word) and not FILE.fullmatch(word):
                yield word.strip("'")


@pytest.mark.parametrize("name", PAGES)
def test_keys_exist(name: str) -> None:
    keys = {word.partition("=")[0].lstrip("+") for word in overrides(PAGES[name])}
    unknown = {key for key in keys if key.replace("data.of.", "data.") not in known_keys()}
    assert not unknown


@pytest.mark.parametrize("name", PAGES)
def test_options_exist(name: str) -> None:
    for word in overrides(PAGES[name]):
        group, _, value = word.partition("=")
        if group in GROUPS and not any(sign in word for sign in PLACEHOLDERS) and value != "mine":
            unknown = set(re.findall(r"[a-z0-9_/]+", value)) - set(options(CONFIGS / group))
            assert not unknown, word


def rows(page: str) -> list[list[str]]:
    """The cells of all tables."""
    lines = [line for line in page.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def section(page: str, heading: str) -> str:
    """What stands below a heading of the third level, up to the next one."""
    parts = re.split(r"^#{2,3} (.*)$", page, flags=re.MULTILINE)
    found = [text for name, text in zip(parts[1::2], parts[2::2], strict=True) if name == f"`{heading}`"]
    assert len(found) == 1, heading
    return found[0]


@pytest.mark.parametrize("group", GROUPS)
def test_the_list_of_options_is_complete(group: str) -> None:
    told = [name for cells in rows(section(PAGES["running.md"], group)) for name in re.findall("`([^`]+)`", cells[0])]
    assert sorted(told) == sorted(options(CONFIGS / group))


def test_the_table_of_groups_names_what_exists() -> None:
    found = [cells for cells in rows(PAGES["README.md"]) if re.match("`[a-z]+`", cells[0]) and len(cells) == 3]
    groups = {group for cells in found for group in re.findall("`([^`]+)`", cells[0])}
    assert {"model", "data", "network", "loss", "tricks", "experiment"} <= groups
    for first, _, third in found:
        known = {option for group in re.findall("`([^`]+)`", first) for option in options(CONFIGS / group)}
        assert set(re.findall("`([^`]+)`", third)) <= known, first


@pytest.mark.parametrize("trick", options(CONFIGS / "tricks"))
def test_every_trick_is_explained(trick: str) -> None:
    told = section(PAGES["tricks.md"], trick)
    assert all(f"**{word}" in told for word in ("Helps", "Cost", "Source"))


# ---- pages ----------------------------------------------------------------------------------------------------------


def anchors(page: str) -> set[str]:
    """What a link to a heading ends with."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"^```.*?^```", "", page, flags=re.DOTALL | re.MULTILINE), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    here = PLACES[name].parent
    for link in re.findall(r"\]\(([^)\s]+)\)", PAGES[name]):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        goal = here / path if path else PLACES[name]
        assert goal.is_file(), link
        assert not anchor or anchor in anchors(goal.read_text(encoding="utf-8")), link


def test_readme_is_short_and_its_figures_are_those_of_the_results() -> None:
    assert len(PAGES["README.md"].splitlines()) <= MOST_LINES
    measured = [cells for cells in rows(PAGES["README.md"]) if cells[0].startswith("`experiment=")]
    assert measured
    assert all(cells in rows(PAGES["results.md"]) for cells in measured)

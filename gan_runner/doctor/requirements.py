"""What the package asks for, from its own metadata: packages that are needed, extras, the newest that were tested."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, metadata, requires
from pathlib import Path
from typing import NamedTuple

from gan_runner.config.options import PACKAGE
from gan_runner.files import read_json

PRODUCT = "gan-runner"
TESTED = Path(__file__).with_name("tested.json")
"""The newest version of each package that the tests were run with."""
CHECKOUT = PACKAGE.parent / "pyproject.toml"
LINE = re.compile(r"(?P<name>[A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*(?P<wanted>[^;]*)")
EXTRA = re.compile(r"extra\s*==\s*['\"]([\w.-]+)['\"]")


class Wanted(NamedTuple):
    """A package and the versions of it that are asked for, as pip writes them; "" for any."""

    name: str
    versions: str


class Requirements(NamedTuple):
    """Packages that are needed, and those of each extra."""

    python: str
    needed: tuple[Wanted, ...]
    extras: dict[str, tuple[Wanted, ...]]


def requirements() -> Requirements:
    """Of the checkout, where the package lies in one: what was installed of it may be older. Else what is installed."""
    if CHECKOUT.is_file():
        project = tomllib.loads(CHECKOUT.read_text("utf-8"))["project"]
        if project["name"] == PRODUCT:
            extras = {name: parsed(lines) for name, lines in project["optional-dependencies"].items()}
            return Requirements(project["requires-python"], parsed(project["dependencies"]), extras)
    return _installed()


def _installed() -> Requirements:
    try:
        told, lines = metadata(PRODUCT), requires(PRODUCT) or []
    except PackageNotFoundError:  # run from a folder: nothing is known of it
        return Requirements("", (), {})
    of_extra: dict[str, list[str]] = {name: [] for name in told.get_all("Provides-Extra") or []}
    needed: list[str] = []
    for line in lines:
        extra = EXTRA.search(line)
        (of_extra.setdefault(extra[1], []) if extra else needed).append(line)
    extras = {name: parsed(found) for name, found in of_extra.items()}
    return Requirements(told["Requires-Python"] or "", parsed(needed), extras)


def parsed(lines: Sequence[str]) -> tuple[Wanted, ...]:
    """Lines of requirements; those that name the product's own extras say nothing new."""
    found = [LINE.match(line) for line in lines]
    wanted = [Wanted(one["name"], one["wanted"].strip()) for one in found if one]
    return tuple(one for one in wanted if one.name.lower() != PRODUCT)


def newest_tested() -> dict[str, str]:
    """Package -> the newest version that was tested."""
    return read_json(TESTED)


def install(extra: str) -> str:
    """The command that installs an extra."""
    try:
        known = extra in (metadata(PRODUCT).get_all("Provides-Extra") or [])
    except PackageNotFoundError:
        known = False
    return f"pip install '{PRODUCT}[{extra}]'" if known or not CHECKOUT.is_file() else f"pip install '.[{extra}]'"

"""What configuration files, docstrings and docs/tricks.md tell of an option: read as text, nothing imported."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from gan_runner.config.options import CONFIGS, PACKAGE, options

DOCS = next((place for place in (PACKAGE / "docs", PACKAGE.parent / "docs") if place.is_dir()), None)
"""Inside the package when installed from a wheel, beside it in a checkout."""

UNTOLD = ("_target_", "_partial_", "defaults")
LINE = re.compile(r"(?P<indent> *)(?P<name>\w+):(?: (?P<value>[^#\s].*?))?(?: +# (?P<comment>.*))?$")
NAME = r"[A-ZÀ-Ž][\w'’-]+"
PAPER = re.compile(rf"{NAME}(?:, {NAME})*(?: & {NAME}| et al\.)? \d{{4}}\b")
"""Authors and year, as in Lin et al. 2018."""


@dataclass(frozen=True)
class Key:
    """A setting: its value as it is written, and the comment behind it."""

    value: str
    comment: str = ""


@dataclass(frozen=True)
class Described:
    """An option of a group.

    head: the comment lines that its file begins with. keys: its settings by their whole names, those of the files that
    it builds on too. chooses: what a recipe chooses of other groups. targets: the classes of this package that it
    names, by where it names them.
    """

    group: str
    name: str
    head: Sequence[str]
    keys: Mapping[str, Key] = field(default_factory=dict)
    chooses: Mapping[str, str] = field(default_factory=dict)
    targets: Mapping[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> str:
        """The first sentence of its head; of an experiment the first between its command and what is expected."""
        said = [line for line in self.head if not line.startswith("gan-train ")]
        told = list(takewhile(lambda line: not line.startswith("Expected: "), said)) or said
        return re.split(r"(?<!\bal)\.(?=\s+[A-Z]|$)", " ".join(told).strip(), maxsplit=1)[0].rstrip(".") + "."

    @property
    def documented(self) -> Mapping[str, str]:
        """The docstrings of its classes, by where it names them; a recipe's are those of others."""
        targets = {} if self.group in ("model", "experiment") else self.targets
        found = {place: docstring(target) for place, target in targets.items()}
        return {place: told for place, told in found.items() if told}

    @property
    def source(self) -> str:
        """Authors and year of the paper that it is from, where a docstring says so; of a list of metrics none."""
        if self.group == "metrics" and len(self.targets) > 1:
            return ""
        for told in self.documented.values():
            _, found, after = " ".join(told.split()).partition("Source: ")
            if found and (paper := PAPER.search(after)):
                return paper[0]
        return ""


@cache
def described(group: str, name: str) -> Described:
    """An option by its group and its name."""
    path = CONFIGS / group / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()
    head = [line.removeprefix("#").strip() for line in _head(lines) if not line.startswith("# @package")]
    keys, chooses, targets = _read(path, group.replace("/", "."))
    return Described(group, name, head, keys, chooses, targets)


def _head(lines: Sequence[str]) -> Iterator[str]:
    for line in lines:
        if not line.startswith("#"):
            return
        yield line


def _read(path: Path, package: str) -> tuple[dict[str, Key], dict[str, str], dict[str, str]]:
    """The keys, choices and classes of a file and of those that it builds on. package: where a file lies that does not
    say so itself.
    """
    text = path.read_text(encoding="utf-8")
    if said := re.match(r"# @package (\S+)", text):
        package = "" if said[1] == "_global_" else said[1]
    keys: dict[str, Key] = {}
    chooses: dict[str, str] = {}
    targets: dict[str, str] = {}
    for entry in (yaml.safe_load(text) or {}).get("defaults", []):
        if isinstance(entry, dict):
            ((choice, option),) = entry.items()
            group = str(choice).removeprefix("override ").removeprefix("/").partition("@")[0]
            chooses[group] = f"[{', '.join(option)}]" if isinstance(option, list) else str(option)
        elif entry != "_self_":
            name, _, place = entry.partition("@")
            base = CONFIGS / name[1:] if name.startswith("/") else path.parent / name
            inner = f"{package}.{place}" if place else package
            more = _read(base.with_name(f"{base.name}.yaml"), inner)
            keys, chooses, targets = keys | more[0], chooses | more[1], targets | more[2]
    for key, found in _own(text.splitlines(), package):
        if key.endswith("._target_") or key == "_target_":
            if found.value.startswith("gan_runner."):
                targets[key.removesuffix("_target_").rstrip(".")] = found.value
        elif key.rpartition(".")[2] not in UNTOLD and not _is_passed_on(key, found.value):
            keys[key] = Key(found.value, found.comment or keys.get(key, found).comment)
    return keys, chooses, targets


def _own(lines: Sequence[str], package: str) -> Iterator[tuple[str, Key]]:
    """The settings that a file writes down itself, by their whole names."""
    above: list[tuple[int, str]] = []
    for line in lines:
        found = LINE.match(line)
        if found is None:
            continue
        indent = len(found["indent"])
        above = [(depth, name) for depth, name in above if depth < indent]
        if above and above[0][1] == "defaults":
            continue
        key = ".".join(filter(None, (package, *(name for _, name in above), found["name"])))
        value, comment = found["value"] or "", found["comment"] or ""
        if value.startswith("{") and value != "{}":
            yield from _flat(yaml.safe_load(value), key, comment)
        elif value:
            yield key, Key(value, comment)
        above.append((indent, found["name"]))


def _flat(node: Any, path: str, comment: str) -> Iterator[tuple[str, Key]]:
    if isinstance(node, dict):
        for name, value in node.items():
            yield from _flat(value, f"{path}.{name}", comment)
    else:
        yield path, Key(_written(node), comment)


def _written(value: Any) -> str:
    """As YAML writes it."""
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _is_passed_on(key: str, value: str) -> bool:
    """Whether a value is another of the same part, network.width for network.generator.width: it is told there."""
    return value.startswith("${" + key.partition(".")[0] + ".") and "." in key


# ---- docstrings and pages -------------------------------------------------------------------------------------------


def docstring(target: str) -> str:
    """What a class of this package says of itself, read from its source; nothing where it says nothing."""
    module, _, name = target.rpartition(".")
    path = PACKAGE.parent.joinpath(*module.split(".")).with_suffix(".py")
    if not path.is_file():
        return ""
    for part in ast.parse(path.read_bytes()).body:
        if isinstance(part, ast.ClassDef | ast.FunctionDef) and part.name == name:
            return ast.get_docstring(part) or ""
    return ""


@cache
def _page(name: str) -> str:
    path = None if DOCS is None else DOCS / name
    return path.read_text(encoding="utf-8") if path is not None and path.is_file() else ""


def of_trick(name: str) -> str:
    """What docs/tricks.md says of a trick: what it does, when it helps, what it costs, whom it refuses, its source."""
    _, found, after = _page("tricks.md").partition(f"\n### `{name}`\n")
    return unmarked(re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0].strip()) if found else ""


def at_a_glance(name: str) -> tuple[str, str]:
    """Of a trick, the cost and what was measured, from the table of docs/tricks.md."""
    for line in _page("tricks.md").splitlines():
        if line.startswith(f"| [`{name}`]"):
            _, _, cost, measured = (unmarked(cell.strip()) for cell in line.strip("|").split("|"))
            return cost, measured.replace("`", "")
    return "", ""


def unmarked(text: str) -> str:
    """Markdown as plain text: links are their words, nothing is bold."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).replace("**", "")


def names_of(group: str) -> list[str]:
    """The options of a group, or of a folder in it (experiment/lesson)."""
    folder = CONFIGS / group
    return options(folder) if folder.is_dir() else []

"""The groups, options and keys of a command, read from its YAML files. (Hydra's own lists take it half a second.)"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
CONFIGS = next(p for p in (PACKAGE / "configs", PACKAGE.parent / "configs") if p.is_dir())
"""Inside the package when installed from a wheel, beside it in a checkout."""


def groups(name: str) -> dict[str, list[str]]:
    """The groups that configs/<name>.yaml composes, with their options."""
    taken = [line.strip(" -").partition(":")[0] for line in _lines(name) if line.startswith("  - ")]
    return {group: options(CONFIGS / group) for group in sorted(taken) if (CONFIGS / group).is_dir()}


def options(folder: Path) -> list[str]:
    """The options of a group; those in a folder of their own come after the others, as <folder>/<option>."""
    found = (path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.yaml"))
    return sorted(found, key=lambda option: (option.count("/"), option))


def page_of_choices(name: str) -> str:
    """A line per group that leaves a choice."""
    return "\n".join(
        f"  {group:<11} {', '.join(gathered(found))}" for group, found in groups(name).items() if found != ["default"]
    )


def gathered(found: Sequence[str]) -> list[str]:
    """ring/a, ring/b -> ring/{a, b}"""
    folders = dict.fromkeys(option.rpartition("/")[0] for option in found)
    inside = {folder: [o.rpartition("/")[2] for o in found if o.rpartition("/")[0] == folder] for folder in folders}
    return inside.pop("", []) + [f"{folder}/{{{', '.join(names)}}}" for folder, names in inside.items()]


def page_of_keys(name: str) -> str:
    """The keys of configs/<name>.yaml that are no group, with their comments."""
    lines = [line for line in _lines(name) if line and line[0].isalpha() and not line.endswith(":")]
    width = max(len(line.partition(" #")[0]) for line in lines)
    return "\n".join("  {0:<{width}}  {2}".format(*line.partition(" # "), width=width) for line in lines)


def complete(name: str, line: str) -> Sequence[str] | None:
    """What the last word of a command line can become; None where the composed configuration must be asked."""
    word = "" if line.endswith(" ") else line.split(" ")[-1]
    key, equals, start = word.partition("=")
    known = groups(name)
    if equals:
        return [f"{key}={option}" for option in known[key] if option.startswith(start)] if key in known else None
    if "." in word or "/" in word or "@" in word:
        return None
    own = [line.partition(":") for line in _lines(name) if line[:1].isalpha() and not line.startswith("defaults")]
    words = [f"{key}{'=' if value.strip() else '.'}" for key, _, value in own]
    words += [f"{group}=" for group in known] + [f"{group}." for group in known if not _is_global(known[group], group)]
    return sorted({found for found in words if found.startswith(word)})


def _is_global(options: Sequence[str], group: str) -> bool:
    """A recipe sets keys of other groups and has none of its own."""
    return (CONFIGS / group / f"{options[0]}.yaml").read_text(encoding="utf-8").startswith("# @package _global_")


def _lines(name: str) -> list[str]:
    return (CONFIGS / f"{name}.yaml").read_text(encoding="utf-8").splitlines()

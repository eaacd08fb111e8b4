"""What the pages and the shell's completion tell of a command: its groups, their options, its keys."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence

from gan_runner.config.options import CONFIGS, groups, lines

WIDEST = 120
"""Columns of a page, on a terminal that has more."""


def page_of_choices(name: str) -> str:
    """A paragraph per group that leaves a choice, as wide as the terminal allows."""
    choices = {group: gathered(found) for group, found in groups(name).items() if found != ["default"]}
    return "\n".join(_paragraph(f"  {group:<11} {', '.join(found)}", " " * 14) for group, found in choices.items())


def _paragraph(text: str, hanging: str) -> str:
    columns = min(shutil.get_terminal_size((WIDEST, 24)).columns, WIDEST)
    return textwrap.fill(text, columns, subsequent_indent=hanging, break_on_hyphens=False, break_long_words=False)


def gathered(found: Sequence[str], most: int | None = None) -> list[str]:
    """ring/a, ring/b -> ring/{a, b}; most: how many of a folder are named, and the others are counted."""
    folders = dict.fromkeys(option.rpartition("/")[0] for option in found)
    inside = {folder: [o.rpartition("/")[2] for o in found if o.rpartition("/")[0] == folder] for folder in folders}
    own = inside.pop("", [])
    return own + [f"{folder}/{{{_some(names, most or len(names))}}}" for folder, names in inside.items()]


def _some(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def page_of_keys(name: str) -> str:
    """The keys of configs/<name>.yaml that are no group, with their comments."""
    keys = [line for line in lines(name) if line and line[0].isalpha() and not line.endswith(":")]
    width = max(len(line.partition(" #")[0]) for line in keys)
    return "\n".join("  {0:<{width}}  {2}".format(*line.partition(" # "), width=width) for line in keys)


def complete(name: str, line: str) -> Sequence[str] | None:
    """What the last word of a command line can become; None where the composed configuration must be asked."""
    word = "" if line.endswith(" ") else line.split(" ")[-1]
    key, equals, start = word.partition("=")
    known = groups(name)
    if equals:
        group = key.lstrip("+").partition("@")[0]  # data@data.of, +tricks@tricks.ema
        return [f"{key}={option}" for option in known[group] if option.startswith(start)] if group in known else None
    if "." in word or "/" in word or "@" in word:
        return None
    own = [line.partition(":") for line in lines(name) if line[:1].isalpha() and not line.startswith("defaults")]
    words = [f"{key}{'=' if value.strip() else '.'}" for key, _, value in own]
    words += [f"{group}=" for group in known] + [f"{group}." for group in known if not _is_global(known[group], group)]
    return sorted({found for found in words if found.startswith(word)})


def _is_global(options: Sequence[str], group: str) -> bool:
    """A recipe sets keys of other groups and has none of its own."""
    return (CONFIGS / group / f"{options[0]}.yaml").read_text(encoding="utf-8").startswith("# @package _global_")

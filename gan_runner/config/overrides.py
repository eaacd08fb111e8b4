"""key=value in Hydra's grammar: read, and written so that it is read as what is meant."""

from __future__ import annotations

import os
import re
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString

PARTS = re.compile(r"""(?:^|,)("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[^,]*)(?=,|$)""")
"""What commas part: quoted words, which may have commas of their own, or anything."""

DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
"""What may be one number with a decimal comma, or two values."""


def parsed(argument: str) -> Override | None:
    """An override as Hydra reads it; None where it cannot."""
    try:
        return OverridesParser.create().parse_override(argument)
    except Exception:
        return None


def value_of(argument: str) -> str | None:
    """What key=value says, without quotes; None for null. What is no string, or cannot be read, is told as typed."""
    override = parsed(argument)
    value = argument.partition("=")[2] if override is None else override.value()
    return value if value is None or isinstance(value, str) else argument.partition("=")[2]


def quoted(text: str) -> str:
    """A text as a quoted word, which is read as this very text."""
    return str(QuotedString(text=text, quote=Quote.single if '"' in text else Quote.double).with_quotes())


def quoted_path(value: str | Path) -> str:
    """A path as a quoted word; the home folder in place of ~."""
    text = os.path.expanduser(str(value))
    return quoted(f"./{text}" if text.startswith("~") else text)  # of nobody here: a name like others


def quoted_words(value: str) -> str:
    """A word, or a list of some, as the grammar reads it: in quotes what it refuses."""
    if not (value.startswith("[") and value.endswith("]")):
        return quoted(value)
    parts = (part.strip() for part in PARTS.findall(value[1:-1]))
    return f"[{','.join(quoted(part) if parsed(f'key={part}') is None else part for part in parts)}]"

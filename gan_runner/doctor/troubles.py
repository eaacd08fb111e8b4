"""What is wrong with an installation or a machine, and what a report about it keeps to itself."""

from __future__ import annotations

import getpass
import re
from pathlib import Path
from typing import Literal, NamedTuple


class Trouble(NamedTuple):
    """A sentence, and what helps, which may be empty."""

    level: Literal["missing", "warning"]
    says: str
    helps: str = ""


def missing(says: str, helps: str = "") -> Trouble:
    """Something that is needed does not work."""
    return Trouble("missing", private(says), private(helps))


def warning(says: str, helps: str = "") -> Trouble:
    """Something that will bite, sooner or later."""
    return Trouble("warning", private(says), private(helps))


def private(text: str) -> str:
    """Without the home folder and the user's name, wherever they stand in a path: it may go into a bug report."""
    home, user = _home(), _user()
    if home:
        text = re.sub(re.escape(home) + r"(?=/|\b)", "~", text)
    if user:
        text = re.sub(rf"(?<=[/_]){re.escape(user)}(?=/|\W|$)", "<user>", text)
    return text


def _home() -> str:
    try:
        home = str(Path.home())
    except RuntimeError:  # nobody's
        return ""
    return "" if home == "/" else home


def _user() -> str:
    try:
        name = getpass.getuser()
    except (KeyError, OSError, ImportError):  # a number without a name, as in containers
        return ""
    return "" if name == "root" else name  # which tells nothing, and is a word of other paths

"""A page as one file: its modules as one script, its styles and data within it. No build step, and nothing to fetch."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path

STATIC = Path(__file__).parent / "static"
IMPORT = re.compile(r'^import \{ ([^}]*) \} from "([^"]+)";\n', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const|let) (\w+))", re.MULTILINE)


def bundled(entry: str, root: Path = STATIC) -> str:
    """A module and all that it imports, each after those that it imports, as one script.

    Each becomes a function that is called once, so that its names are its own, and an object of what it exports, named
    after its path: game_player of game/player.js.
    """
    texts: dict[str, str] = {}

    def take(name: str) -> None:
        if name not in texts:
            text = (root / name).read_text("utf-8")
            for _, other in IMPORT.findall(text):
                take(_beside(name, other))
            texts[name] = text

    take(entry)
    return "".join(_wrapped(name, text) for name, text in texts.items())


def _wrapped(name: str, text: str) -> str:
    exports = ", ".join(found for _, found in EXPORT.findall(text))
    body = EXPORT.sub(r"\1", IMPORT.sub(lambda found: _taken(name, *found.groups()), text))
    return f"const {called(name)} = (() => {{\n{body}return {{ {exports} }};\n}})();\n"


def _taken(name: str, names: str, other: str) -> str:
    return f"const {{ {names.replace(' as ', ': ')} }} = {called(_beside(name, other))};\n"


def _beside(name: str, other: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), other))


def called(name: str) -> str:
    """What a module is called in a script: game_player of game/player.js."""
    return name.removesuffix(".js").replace("/", "_")


def styled(sheets: Sequence[str], root: Path = STATIC) -> str:
    """Style sheets as one."""
    return "\n".join((root / name).read_text("utf-8") for name in sheets)


def within_script(value: object) -> str:
    """JSON within a script: nothing in it ends the script."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")

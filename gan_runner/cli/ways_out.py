"""Ways out of a mistake, in the keys that a command has: those of data.* are gan-train's and gan-data's."""

from __future__ import annotations

import re

ROOTS = {"evaluate": "root", "translate": "input", "detect": "input"}
"""Commands that read images without keys of data.*, and the key of theirs that says where these lie."""
OTHERWISE = {
    "evaluate": "give root=<a folder or file as the run was trained on>",
    "translate": "give input=<an image file, or a folder of images>",
    "detect": "give input=<an image file, or a folder of images>",
}
KEY = re.compile(r"\bdata\.[a-z_]+")


def of_command(text: str, command: str) -> str:
    """A sentence, "<fact>: <way out>, or <way out>", without the ways out that the command lacks; where none is left,
    with the one that it always has.
    """
    if command not in ROOTS or "gan-train" in text:
        return text
    told = re.sub(r"\bdata\.root\b", ROOTS[command], text)
    fact, colon, ways = told.rpartition(": ")
    if not KEY.search(ways):
        return told
    left = [way for way in re.split(r", or |; ", ways) if not KEY.search(way)] if colon else []
    return f"{fact if colon else told}: {', or '.join(left) or OTHERWISE[command]}"

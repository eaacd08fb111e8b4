"""Files that are whole or not there, and JSON that any parser reads."""

import json
import math
import os
import re
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

NOT_FINITE = "not_finite"
"""The key of a JSON file that says which of its nulls stand for numbers that are not finite, and for which."""
NAMES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


@contextmanager
def replacing(path: Path, before: Path | None = None) -> Iterator[Path]:
    """A new name beside `path`; what was written under it takes the place of `path`, on the disk, when all went well.

    Whatever goes wrong or interrupts, `path` holds what it held before. The suffix stays, since writers go by it.
    With `before`, what `path` held is kept there; killed between the two renames, it is there and `path` is missing.
    """
    beside = path.with_name(f".{path.stem}.{secrets.token_hex(4)}{path.suffix}")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        if before is not None and path.exists():
            os.replace(path, before)
        os.replace(beside, path)
        sync_folder(path.parent)
    finally:
        beside.unlink(missing_ok=True)


def expanded(path: str | os.PathLike[str]) -> Path:
    """A path with the home folder in the place of ~; as it is where nobody's home is known, as a shell leaves it."""
    return Path(os.path.expanduser(path))


def final_name(path: Path) -> Path:
    """Of a name that `replacing` made up, the name that it stands for; any other as it is."""
    made_up = re.fullmatch(r"\.(.+)\.[0-9a-f]{8}(\.[^.]*)?", path.name)
    return path if made_up is None else path.with_name(made_up[1] + (made_up[2] or ""))


def sync_folder(folder: Path) -> None:
    """Put the names in a folder on the disk, where the system can (POSIX)."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove_leftovers(folder: Path, suffix: str) -> None:
    """Remove what a process that was killed while `replacing` left in a folder."""
    for left in folder.glob(f".*.{'[0-9a-f]' * 8}{suffix}"):
        left.unlink(missing_ok=True)


# ---- JSON -----------------------------------------------------------------------------------------------------------


def write_json(path: Path, content: Mapping[str, Any], compact: bool = False) -> None:
    """Write a JSON file, whole; compact: on one line, for programs alone.

    JSON has no NaN: a number that is not finite becomes null, and why is told at the end:
    {"figures": {"kl": null, "covered": 0.0}, "not_finite": {"figures": {"kl": "NaN"}}}
    """
    with replacing(path) as beside:
        beside.write_text(to_json(content, compact) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any]:
    """What `write_json` was given; of earlier versions also what holds NaN itself. Raises ValueError, naming it, for no
    mapping."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is cut or no JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no mapping")
    return restored(content)


def to_json(content: Mapping[str, Any], compact: bool = False) -> str:
    """The text that `write_json` writes."""
    separators = (",", ":") if compact else None
    return json.dumps(strict(content), indent=None if compact else 2, separators=separators, allow_nan=False)


def strict(content: Mapping[str, Any]) -> dict[str, Any]:
    """A copy that JSON can hold: nulls for numbers that are not finite, which are named under NOT_FINITE."""
    plain, reasons = _told(content)
    return dict(plain) | ({NOT_FINITE: reasons} if reasons else {})


def restored(content: Mapping[str, Any]) -> dict[str, Any]:
    """What `strict` was given."""
    plain = {key: value for key, value in content.items() if key != NOT_FINITE}
    _put_back(plain, content.get(NOT_FINITE, {}))
    return plain


def _told(node: Any) -> tuple[Any, Any]:
    """A node without numbers that are not finite, and what they were: a tree of the same keys (of a list its indices)
    that has them alone, or nothing.
    """
    if isinstance(node, float) and not math.isfinite(node):
        return None, "NaN" if math.isnan(node) else "Infinity" if node > 0 else "-Infinity"
    if isinstance(node, Mapping):
        parts = {str(key): _told(value) for key, value in node.items()}
        return {key: plain for key, (plain, _) in parts.items()}, {key: why for key, (_, why) in parts.items() if why}
    if isinstance(node, list | tuple):
        items = [_told(value) for value in node]
        return [plain for plain, _ in items], {str(index): why for index, (_, why) in enumerate(items) if why}
    return node, None


def _put_back(node: Any, reasons: Mapping[str, Any]) -> None:
    """Numbers that are not finite, in the places of their nulls."""
    for key, why in reasons.items():
        place: Any = int(key) if isinstance(node, list) else key
        if isinstance(why, Mapping):
            _put_back(node[place], why)
        else:
            node[place] = NAMES[why]

"""What a set of image files holds, as one hash. A file is read once; later it is known by its size and times."""

import hashlib
import json
import logging
import stat
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gan_runner.data.containers.inside import Place, below, reading_order, settings_of
from gan_runner.files import read_json, replacing
from gan_runner.types import Contents
from gan_runner.waiting.threads import each

log = logging.getLogger(__name__)

DIGITS = 32
"""Of the hexadecimal digits of a SHA-256: 128 bits, by which no two sets are alike by accident."""
FORMAT = 1
UNREADABLE = "unreadable"
"""In the place of the digest of a file that cannot be read."""
SETTLED_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again within one tick of the file system's clock."""
SHOWN = 1024
"""Files from which on it is said that they were read."""

Mark = list[int]
"""Size, time of change of the contents and of the entry, ns: what a file is known by without reading it."""


def contents(root: Place, paths: Sequence[Place], cache: Path | None) -> Contents:
    """How many files there are, and a hash of their names below `root` and of their bytes, in this order: see
    `digests`.
    """
    return contents_of(digests(root, paths, cache))


def contents_of(known: Mapping[str, str]) -> Contents:
    """Of files by name, in this order, and the digest of each."""
    told = "\n".join(f"{digest} {name}" for name, digest in known.items())
    return {"files": len(known), "content": hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()[:DIGITS]}


def digests(root: Place, paths: Sequence[Place], cache: Path | None) -> dict[str, str]:
    """A hash of the bytes of each file, by its name below `root`, in this order.

    What was read is noted below `cache`, by path, size and times: the next call asks the file system alone. (None:
    nothing is noted.) A file that cannot be read is UNREADABLE.
    """
    note = None if cache is None else _note_of(root, cache)
    names = [below(path, root) for path in paths]
    marks = dict(zip(names, map(_mark, paths), strict=True))
    known = _known(note, marks)
    unread = {names[place]: paths[place] for place in reading_order(paths) if names[place] not in known}
    if unread:
        began = time.time_ns()
        found = each(_digest, [*unread.values()], "reading", "files")
        read = dict(zip(unread, found, strict=True))
        known |= read
        if note is not None:
            _write(note, known, marks, began, unread)
        if len(unread) >= SHOWN:
            log.info("%s: %d files read, to know them again", root, len(unread))
    return {name: known[name] for name in names}


def joined(parts: Iterable[Contents]) -> Contents:
    """Of several sets, in this order."""
    parts = list(parts)
    told = "\n".join(part["content"] for part in parts)
    count = sum(part["files"] for part in parts)
    return {"files": count, "content": hashlib.sha256(told.encode()).hexdigest()[:DIGITS]}


def _note_of(root: Place, cache: Path) -> Path:
    told = " ".join([str(root.resolve()), *map(str, settings_of(root))])
    place = hashlib.sha256(told.encode(errors="surrogateescape")).hexdigest()[:16]
    return cache / "contents" / f"{place}.json"


def _known(note: Path | None, marks: Mapping[str, Mark | None]) -> dict[str, str]:
    """The digests of files that are as they were when they were read."""
    if note is None or not note.is_file():
        return {}
    try:
        found = read_json(note)
        files = found["files"] if found["format"] == FORMAT else {}
        return {name: files[name][1] for name, mark in marks.items() if name in files and files[name][0] == mark}
    except (OSError, ValueError, LookupError, TypeError):
        log.warning("%s is damaged: the images are read again", note)
        return {}


def _write(
    note: Path, known: Mapping[str, str], marks: Mapping[str, Mark | None], began: int, unread: Iterable[str]
) -> None:
    """Note what will not change unseen, if any that was `unread` is of it. Without a note, files are read again:
    nothing else is lost.
    """
    settled = {name: mark for name, mark in marks.items() if mark and max(mark[1:]) < began - SETTLED_NS}
    if settled.keys().isdisjoint(unread):
        return
    with suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        files = {name: [mark, known[name]] for name, mark in settled.items()}
        with replacing(note) as beside:  # `write_json` looks at each number, and there are three for each file
            beside.write_text(json.dumps({"format": FORMAT, "files": files}, separators=(",", ":")), encoding="utf-8")


def _mark(path: Place) -> Mark | None:
    """None for what is no plain file, or not there."""
    with suppress(OSError):
        found = path.stat()
        if stat.S_ISREG(found.st_mode):  # to open a pipe would wait for a writer
            return [found.st_size, found.st_mtime_ns, found.st_ctime_ns]
    return None


def _digest(path: Place) -> str:
    try:
        if _mark(path) is None:
            return UNREADABLE
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]
    except Exception:  # a container's library raises anything; decoding tells of it
        return UNREADABLE

"""Where the files of a tar lie in it, and a compressed one unpacked, so that they can be read in any order."""

from __future__ import annotations

import bz2
import gzip
import logging
import lzma
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any, NamedTuple

from gan_runner.data.containers import guards
from gan_runner.data.containers.guards import taken
from gan_runner.waiting.preparing import preparing

log = logging.getLogger(__name__)

OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
"""First bytes of what is compressed -> what opens it."""
DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)
"""What reading compressed bytes raises."""
BLOCK, END = tarfile.BLOCKSIZE, 2 * tarfile.BLOCKSIZE
"""Of a header, and of the zeros that end a tar."""
MAGIC = slice(257, 262)
LOOK_AHEAD = 1 << 16
"""Bytes behind the end in which another tar is looked for: none is padded by more."""
PIECE = 1 << 20
ROOM = 1 << 26
"""Bytes of a disk that are left free."""


class Extent(NamedTuple):
    """Bytes of a file."""

    offset: int
    size: int


def opener_of(path: Path) -> Callable[..., Any] | None:
    """What unpacks a file; None where it is not compressed."""
    with path.open("rb") as file:
        first = file.read(8)
    return next((opener for magic, opener in OPENERS.items() if first.startswith(magic)), None)


def is_tar(path: Path) -> bool:
    """By the mark in its first header, compressed or not."""
    opener = opener_of(path) or open
    try:
        with opener(path, "rb") as file:
            header: bytes = file.read(BLOCK)
    except DAMAGED:
        return False
    return header[MAGIC] == b"ustar"


def unpacked(path: Path, opener: Callable[..., Any]) -> IO[bytes]:
    """A compressed tar as a plain one, in a file that is gone with the process. Raises ValueError where that fails."""
    folder = tempfile.gettempdir()
    free, size = shutil.disk_usage(folder).free - ROOM, 0
    log.info("%s is unpacked once into %s: a plain tar need not be", path, folder)
    with ExitStack() as closing, preparing("unpacking", None, "MB", 1e6) as done:
        file: IO[bytes] = closing.enter_context(tempfile.TemporaryFile())
        for piece in _pieces(path, opener):
            size += len(piece)
            if size > guards.MOST_UNPACKED:
                raise ValueError(f"{path} unpacks to more than {guards.MOST_UNPACKED:,} bytes: unpack and look at it")
            if size > free:
                raise ValueError(
                    f"{path} unpacks to more than the {max(free, 0) / 1e6:,.0f} MB that are free in {folder}: set "
                    "TMPDIR to a folder on a larger disk, or data.root to a folder where it is unpacked"
                )
            file.write(piece)
            done(len(piece))
        file.flush()
        closing.pop_all()  # it stays open as long as the tar is read
    return file


def _pieces(path: Path, opener: Callable[..., Any]) -> Iterator[bytes]:
    try:
        with opener(path, "rb") as packed:
            while piece := packed.read(PIECE):
                yield piece
    except DAMAGED as error:
        raise ValueError(f"{path} is cut off or damaged ({error}): get it or pack it anew") from error


def extents(path: Path, file: IO[bytes]) -> dict[str, Extent]:
    """Where the plain files of a tar lie in `file`, by their names; links, devices and files with holes are left out,
    which is said.

    path: what sentences call it. Raises ValueError for what is no tar, or a damaged one.
    """
    found: list[tuple[str, Extent]] = []
    others = 0
    try:
        file.seek(0)
        with tarfile.open(fileobj=file, mode="r:") as archive:
            while (one := archive.next()) is not None:
                archive.members.clear()  # type: ignore[attr-defined]  # it would keep them all
                if one.isreg() and one.sparse is None:
                    found.append((one.name, Extent(one.offset_data, one.size)))
                elif not one.isdir():
                    others += 1
            end = archive.offset
    except (tarfile.TarError, ValueError, EOFError) as error:
        raise _cut(path, len(found), str(error)) from error
    except OSError as error:
        raise ValueError(f"{path} cannot be read as a tar: {error}") from error
    _check_end(path, file, end, len(found))
    if others:
        log.warning("%s: %d links, devices or files with holes are left out: pack the files themselves", path, others)
    return taken(path, found)


def _check_end(path: Path, file: IO[bytes], end: int, count: int) -> None:
    """A tar ends with zeros; one that was cut, or never closed, does not."""
    file.seek(end)
    rest = file.read(END)
    if rest.strip(b"\0"):
        raise _cut(path, count, f"no header at byte {end:,}")
    if not rest:
        log.warning(
            "%s ends without the zeros that end a tar: if it was cut between two files, images are missing (%d files "
            "are there)",
            path,
            count,
        )
    elif file.read(LOOK_AHEAD).strip(b"\0"):
        log.warning("%s goes on behind its end, as tars that were joined do: %d files are read, the others not",
                    path, count)  # fmt: skip


def _cut(path: Path, count: int, reason: str) -> ValueError:
    return ValueError(
        f"{path} is no tar, or one that is cut off or damaged ({reason}, after {count} files): get it or pack it anew"
    )

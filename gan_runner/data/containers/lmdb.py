"""Image files in an LMDB, as those of LSUN: a folder with data.mdb, or such a file alone."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.optional import needed
from gan_runner.data.containers.sniffing import HEAD, suffix_of

FILE = "data.mdb"
MAGIC = (0xBEEFC0DE).to_bytes(4, "little")
MAGIC_AT = slice(16, 20)
Mark = tuple[int, int, int]


class Lmdb(Container):
    """Its entries, by their keys: a key with slashes is a path, and one that is no text is told in hexadecimal.

    A key without a suffix gets that of what its value is by content, JPEG, PNG or WebP, say. An entry that is no image,
    such as one that tells how many there are, keeps its key.
    """

    kind = "lmdb"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if path.is_dir():
            return (path / FILE).is_file()
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return file.read(MAGIC_AT.stop)[MAGIC_AT] == MAGIC

    def file_of(self, index: int) -> Path:
        return file_in(self.path)

    def list_names(self) -> Sequence[str]:
        return [name for name, _ in self._entries]

    @cached_property
    def _entries(self) -> list[tuple[str, bytes]]:
        """Name and key of each, in the order of the keys."""
        with reading(self.path) as transaction:
            found = [(bytes(key), suffix_of(bytes(value[:HEAD]))) for key, value in transaction.cursor()]
        if not found:
            raise ValueError(f"{self.path} is an LMDB without an entry: set data.root to one that holds images")
        if not any(suffix for _, suffix in found):
            raise ValueError(
                f"{self.path} is an LMDB of {len(found)} entries, none of which is an image by its content: it has to "
                "hold whole image files (JPEG, PNG, WebP), as LSUN's does"
            )
        return named(found)

    def read(self, index: int) -> bytes:
        key = self._entries[index][1]
        with reading(self.path) as transaction:
            return bytes(transaction.get(key))


def named(entries: Sequence[tuple[bytes, str]]) -> list[tuple[str, bytes]]:
    """Keys and suffixes to names and keys; no two names are alike."""
    keys = {key for key, _ in entries}
    found = []
    for key, suffix in entries:
        name = as_text(key)
        if not Path(name).suffix and suffix:
            name = key.hex() + suffix if (key + suffix.encode()) in keys else name + suffix
        found.append((name, key))
    return found


def as_text(key: bytes) -> str:
    """A key as a path; in hexadecimal where it is none."""
    try:
        text = key.decode()
    except UnicodeDecodeError:
        return key.hex()
    return text if text.isprintable() and not {"", ".", ".."} & set(text.split("/")) else key.hex()


def file_in(path: Path) -> Path:
    return path / FILE if path.is_dir() else path


# ---- one environment in a process -----------------------------------------------------------------------------------

_lock = threading.Lock()
_open: dict[Path, tuple[Mark, Any]] = {}
"""lmdb opens a path once in a process, and not in a child whose parent has it open: all that read it share one
environment, which is closed before a fork and opened again by whoever reads next.
"""


@contextmanager
def reading(path: Path) -> Iterator[Any]:
    """A transaction that reads, one at a time; what it gives is valid within the block only."""
    with _lock:
        mark = _mark(path)
        if path in _open and _open[path][0] != mark:
            _open.pop(path)[1].close()
        if path not in _open:
            _open[path] = mark, _opened(path)
        with _open[path][1].begin(buffers=True) as transaction:
            yield transaction


def _mark(path: Path) -> Mark:
    stat = file_in(path).stat()
    return stat.st_ino, stat.st_size, stat.st_mtime_ns


def _opened(path: Path) -> Any:
    """An environment that writes nothing, no lock file either. Raises ValueError for a file that is none, or cut."""
    lmdb = needed("lmdb", path, "an LMDB")
    try:
        environment = lmdb.open(str(path), subdir=path.is_dir(), readonly=True, lock=False, create=False)
    except lmdb.Error as error:
        said = str(error).removeprefix(f"{path}: ")
        raise ValueError(f"{path} cannot be read as an LMDB: {said}") from error
    pages, size = environment.info()["last_pgno"] + 1, file_in(path).stat().st_size
    if pages * environment.stat()["psize"] > size:  # to read behind the end would kill the process
        whole = pages * environment.stat()["psize"]
        environment.close()
        raise ValueError(f"{path} is cut off: {size} of {whole} bytes are there: copy it again")
    return environment


def _before_fork() -> None:
    _lock.acquire()
    for _, environment in _open.values():
        environment.close()
    _open.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_lock.release, after_in_child=_lock.release)

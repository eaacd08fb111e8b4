"""Files that are whole or not there."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


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

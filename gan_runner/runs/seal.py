"""The seal of a checkpoint: a SHA-256 behind its contents, by which a damaged file is known without reading it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO

MARK = b"\nSHA256:"
SEAL_BYTES = len(MARK) + 64
CHUNK_BYTES = 1 << 20


class Hashing:
    """A file that remembers the checksum of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()

    def seal(self) -> None:
        """Write the seal behind what was written."""
        self.file.write(MARK + self.digest.hexdigest().encode())


def damage(path: Path) -> str | None:
    """What is wrong with a file's seal, or None."""
    digest, left = hashlib.sha256(), path.stat().st_size - SEAL_BYTES
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
        seal = file.read()
    if not seal.startswith(MARK):
        return "it is cut short, or no checkpoint of gan-train"
    return None if seal == MARK + digest.hexdigest().encode() else "its checksum is wrong"


def checksum(path: Path) -> str:
    """The SHA-256 in the seal of a whole file, which tells its contents from any other's."""
    with path.open("rb") as file:
        file.seek(-64, 2)
        return file.read().decode()

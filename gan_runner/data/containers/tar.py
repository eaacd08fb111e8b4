"""Image files in a tar, compressed or not."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import IO

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.guards import check_size
from gan_runner.data.containers.tape import Extent, extents, is_tar, opener_of, unpacked

SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz")


class Tar(Container):
    """Its plain files, by their names. A compressed one is unpacked once, into a file that is gone with the process."""

    kind = "tar"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._reading = threading.Lock()

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.is_file() and (path.name.lower().endswith(SUFFIXES) or is_tar(path))

    def open(self) -> IO[bytes]:
        """What a compressed one unpacks to; plain ones are opened as they are read."""
        opener = opener_of(self.path)
        assert opener is not None
        return unpacked(self.path, opener)

    @cached_property
    def members(self) -> dict[str, Extent]:
        """Where its files lie, by their names."""
        try:
            if self.is_compressed:
                return extents(self.path, self.handle)
            with self.path.open("rb") as file:
                return extents(self.path, file)
        except OSError as error:
            raise ValueError(f"{self.path} cannot be read as a tar: {error}") from error

    @cached_property
    def is_compressed(self) -> bool:
        return opener_of(self.path) is not None

    def list_names(self) -> Sequence[str]:
        return sorted(self.members)

    def read(self, index: int) -> bytes:
        return self.read_member(self.names[index])

    def read_member(self, name: str) -> bytes:
        offset, size = self.members[name]
        check_size(size)
        if not self.is_compressed:
            with self.path.open("rb", buffering=0) as file:  # of its own: threads and processes share no place in it
                file.seek(offset)
                return file.read(size)
        with self._reading:
            self.handle.seek(offset)
            found: bytes = self.handle.read(size)
            return found

    def check_stream(self) -> None:
        if self.is_compressed:
            raise ValueError(
                f"data.stream=true draws images in any order, and {self.path} is compressed as a whole, so that it is "
                "read from its beginning alone: set data.stream=false, or pack it as a plain .tar"
            )

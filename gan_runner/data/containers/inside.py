"""A place inside a container, which reads as a path does."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import total_ordering
from pathlib import Path, PurePosixPath
from typing import IO, Any

from gan_runner.data.containers.base import Container, Stored


@total_ordering
class InsidePath:
    """A folder or an item of a container, with what of pathlib.Path the reading of files needs.

    It is called by where the container lies and by its name in there: data/set.zip/cat/1.png.
    """

    __slots__ = ("container", "inner", "key")

    def __init__(self, container: Container, inner: str | PurePosixPath = "") -> None:
        self.container = container
        self.inner = inner if isinstance(inner, PurePosixPath) else PurePosixPath(inner)
        self.key = str(self.inner) if self.inner.parts else ""
        """Its name below the container's root, "" of the root itself."""

    # ---- names --------------------------------------------------------------------------------------------------

    def __str__(self) -> str:
        return os.path.join(self.container.path, self.key) if self.key else str(self.container.path)

    __fspath__ = None  # nothing on disk can be opened by its name

    def __repr__(self) -> str:
        return f"InsidePath({str(self)!r})"

    def __hash__(self) -> int:
        return hash((self.container.path, self.key))  # those of two arrays of a file are told apart by __eq__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, InsidePath):
            return NotImplemented
        same = self.container is other.container or self.container.settings == other.container.settings
        return same and (self.container.path, self.key) == (other.container.path, other.key)

    def __lt__(self, other: InsidePath) -> bool:
        return (self.container.path, self.inner) < (other.container.path, other.inner)

    def __truediv__(self, name: str | PurePosixPath) -> InsidePath:
        return InsidePath(self.container, self.inner / name)

    @property
    def name(self) -> str:
        return self.inner.name or self.container.path.name

    @property
    def stem(self) -> str:
        return self.inner.stem if self.key else self.container.path.stem

    @property
    def suffix(self) -> str:
        return self.inner.suffix if self.key else self.container.path.suffix

    @property
    def parent(self) -> InsidePath | Path:
        return InsidePath(self.container, self.inner.parent) if self.key else self.container.path.parent

    def relative_to(self, root: Path | InsidePath) -> PurePosixPath:
        if isinstance(root, InsidePath):
            return self.inner.relative_to(root.inner) if root.key else self.inner
        return PurePosixPath(Path(str(self)).relative_to(root).as_posix())

    def is_relative_to(self, other: Path | InsidePath | str) -> bool:
        here = Path(str(self))
        return here.is_relative_to(str(other))

    def resolve(self) -> InsidePath:
        return self

    # ---- what is there ------------------------------------------------------------------------------------------

    @property
    def index(self) -> int | None:
        """Which item it is; None of a folder, or where there is nothing."""
        return self.container.index_of.get(self.key)

    def is_file(self) -> bool:
        return self.index is not None

    def is_dir(self) -> bool:
        return self.key in self.container.folders

    def exists(self) -> bool:
        return self.is_file() or self.is_dir()

    def iterdir(self) -> Iterator[InsidePath]:
        return (self / name for name in self.container.folders[self.key])

    def files(self, hidden: bool = False) -> Iterator[InsidePath]:
        """All items below it, in sorted order; hidden ones if asked for, but no hidden folders."""
        for name, is_folder in sorted(self.container.folders[self.key].items()):
            seen = not name.startswith(".")
            if is_folder and seen:
                yield from (self / name).files(hidden)
            elif not is_folder and (seen or hidden):
                yield self / name

    def stat(self) -> os.stat_result:
        """Of the file on disk that it lies in."""
        index = self.index
        if index is None and not self.is_dir():
            raise FileNotFoundError(str(self))
        return (self.container.path if index is None else self.container.file_of(index)).stat()

    # ---- reading ------------------------------------------------------------------------------------------------

    def read(self) -> Stored:
        """The item as it is kept."""
        index = self.index
        if index is None:
            raise FileNotFoundError(f"{self} is not there")
        return self.container.read(index)

    def read_bytes(self) -> bytes:
        """The item's bytes; of an array, with its type and shape before them."""
        stored = self.read()
        if isinstance(stored, bytes):
            return stored
        return f"{stored.dtype.str} {stored.shape} ".encode() + stored.tobytes()

    def open(self, mode: str = "rb") -> io.BytesIO:
        if mode != "rb":
            raise io.UnsupportedOperation("what lies in a container is read as bytes, and never written")
        return io.BytesIO(self.read_bytes())

    @property
    def counts_as_image(self) -> bool:
        """Whether it is an image whatever its name says."""
        return self.container.holds_arrays

    def __reduce__(self) -> tuple[object, ...]:
        return InsidePath, (self.container, self.inner)


Place = Path | InsidePath
"""Where an image, or a folder of images, lies."""


@dataclass(frozen=True)
class Page:
    """A place like a path: one image of a file that holds several, called a.tif#3."""

    file: Place
    number: int
    """Counted from 0; its name counts from 1."""
    missing: str = ""
    """Why there is no such page."""

    def __str__(self) -> str:
        return f"{self.file}#{self.number + 1}"

    @property
    def name(self) -> str:
        return f"{self.file.name}#{self.number + 1}"

    @property
    def suffix(self) -> str:
        return self.file.suffix

    @property
    def parent(self) -> Place:
        return self.file.parent

    @property
    def parts(self) -> tuple[str, ...]:
        return (*Path(str(self.file)).parts[:-1], self.name)

    def relative_to(self, root: Place | str) -> PurePosixPath:
        inside = below(self.file, Path(root) if isinstance(root, str) else root)
        return PurePosixPath(inside).with_name(self.name)

    def stat(self) -> os.stat_result:
        return self.file.stat()

    def exists(self) -> bool:
        return self.file.exists()

    def is_file(self) -> bool:
        return self.file.is_file()

    def open(self, mode: str = "rb") -> IO[Any]:
        return self.file.open(mode)


AnImage = Place | Page
"""Where one image lies: a file, or a page of one."""


def reading_order(paths: Sequence[AnImage]) -> Sequence[int]:
    """The positions of paths in the order in which they lie in their container: what is kept in blocks is then read
    once.
    """
    if not paths or not isinstance(paths[0], InsidePath):
        return range(len(paths))
    indices = [path.index if isinstance(path, InsidePath) else None for path in paths]
    return sorted(range(len(paths)), key=lambda position: indices[position] or 0)


def wholes_of(paths: Sequence[Place]) -> list[int] | None:
    """Of each path the number of the whole that it is a part of, by what its container says: the volume of a slice.
    None where each is whole by itself.
    """
    if not paths or not isinstance(paths[0], InsidePath):
        return None
    found = [
        (path.container, path.container.whole_of(path.index or 0)) for path in paths if isinstance(path, InsidePath)
    ]
    numbers = {whole: number for number, whole in enumerate(dict.fromkeys(found))}
    return [numbers[whole] for whole in found] if len(numbers) < len(found) else None


def below(path: AnImage, root: Place) -> str:
    """The name of a place below another, whose container it shares, with / between folders."""
    if isinstance(path, InsidePath | Page):
        return path.relative_to(root).as_posix()
    name, above = str(path), f"{root}{os.sep}"
    if name.startswith(above):  # pathlib takes ten times as long
        return name[len(above) :].replace(os.sep, "/")
    return path.relative_to(str(root)).as_posix()


def settings_of(root: Place) -> list[object]:
    """What the items of a place depend on beside its file: nothing, or that."""
    found = root.container.settings if isinstance(root, InsidePath) else None
    return [] if found is None else [found]

"""What a root is, found by looking: a folder of images, or a container of one kind."""

from __future__ import annotations

import importlib
from functools import lru_cache
from pathlib import Path
from typing import Literal

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.inside import InsidePath, Place

Kind = Literal["auto", "folder", "zip"]
READERS: dict[str, str] = {
    "zip": "gan_runner.data.containers.zip.Zip",
}
"""data.container -> its reader, in the order in which they are asked."""


def place_of(root: Place, kind: Kind = "auto", key: str = "data.root") -> Place:
    """Where the images of a root lie: the folder itself, or the inside of a container.

    Raises ValueError, naming `key`, for what is neither.
    """
    if isinstance(root, InsidePath):
        return root
    found = inside(root, kind)
    if found is not None:
        return found
    if root.is_dir():
        return root
    if kind == "folder" or not root.exists():
        raise ValueError(f"{key}={root} is not a folder: set {key} to a folder of images")
    raise ValueError(
        f"{key}={root} is neither a folder nor a container that is known ({', '.join(READERS)}): set {key} to one of "
        "these, or data.container to what it is"
    )


def inside(path: Path, kind: Kind = "auto") -> InsidePath | None:
    """The inside of a container; None of a folder, an image or nothing."""
    if kind == "folder" or not path.exists():
        return None
    stat = path.stat()
    container = _opened(path.resolve(), kind, (stat.st_size, stat.st_mtime_ns))
    return None if container is None else InsidePath(container)


@lru_cache(maxsize=64)
def _opened(path: Path, kind: Kind, mark: tuple[int, int]) -> Container | None:
    """One container for whoever asks for it in a process, until the file changes."""
    if kind != "auto":
        return _reader(kind)(path)
    for name in READERS:
        reader = _reader(name)
        if reader.recognises(path):
            return reader(path)
    return None


def _reader(kind: str) -> type[Container]:
    module, _, name = READERS[kind].rpartition(".")
    found: type[Container] = getattr(importlib.import_module(module), name)
    return found

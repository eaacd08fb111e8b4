"""The names of classes as those of folders, which they become inside a container."""

from collections.abc import Sequence
from typing import Any


def folder_names(labels: Sequence[Any]) -> tuple[str, ...]:
    """Labels as names of folders: without slashes, not hidden, no two alike; "" of no label."""
    names: list[str] = []
    for label in labels:
        name = "" if label is None else str(label).replace("/", "_")
        name = "_" + name[1:] if name.startswith(".") else name or ("" if label is None else "_")
        while name and name in names:
            name += "_"
        names.append(name)
    return tuple(names)

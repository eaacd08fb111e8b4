"""What a container of images is: how many items it has, what each is called, and what it is kept as."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.marks import mark_of_file

Stored = bytes | NDArray[Any]
"""An item: a whole image file, or an array (H, W) or (H, W, bands)."""


class Container(ABC):
    """A file, or a folder of such files, that holds the images of a set.

    `names` are those of its items, in its own order, as if it were a folder: the first part of "train/cat/0001.png"
    may be a split, the next a class. What says of an array which split it is, and of an item which class, becomes such
    parts, so that all rules for folders hold. A subclass reads; nothing but `recognises` looks at a file before
    `list_names` does.
    """

    kind: ClassVar[str]
    """The value of data.container."""
    holds_arrays: ClassVar[bool] = False
    """Whether its items are arrays, or image files whose names need no suffix: all count as images."""

    takes_array: ClassVar[bool] = False
    """Whether it is also made with `array`, that of several which are the images."""

    as_it_lies: ClassVar[Literal["zip", "tar"] | None] = None
    """The data.container that takes its files by the names that they have in it, where this one gives them others."""

    in_blocks: ClassVar[bool] = False
    """Whether items are kept in blocks that are unpacked as a whole, so that one of them costs as much as many."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock, self._process = threading.Lock(), -1
        self._handle: Any = None
        self._marks: dict[Path, tuple[int | str, ...]] = {}

    @classmethod
    @abstractmethod
    def recognises(cls, path: Path) -> bool:
        """Whether a file or folder that is there looks like one, by its first bytes or by what lies in it."""

    @abstractmethod
    def list_names(self) -> Sequence[str]:
        """The names of all items. Raises ValueError with a sentence for what cannot be read."""

    @abstractmethod
    def read(self, index: int) -> Stored:
        """An item. Raises what its library raises: whoever decodes names the item."""

    def open(self) -> Any:
        """What `handle` keeps: an open file of its library, say."""
        raise NotImplementedError

    @cached_property
    def names(self) -> Sequence[str]:
        return self.list_names()

    @cached_property
    def class_names(self) -> tuple[str, ...] | None:
        """What it calls its classes, in the order of their labels; None where they have the order of their names."""
        return None

    @cached_property
    def vectors(self) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        """Of items with several labels or continuous ones, what they are called (K) and their values (N, K)."""
        return None

    def has_array(self, key: str) -> bool:
        """Whether it is a file of arrays, and one of them, which may be images, has this name."""
        return False

    @property
    def label_trouble(self) -> str:
        """What is wrong with its own labels, and what would mend them; "": nothing, or it has none. Its images are read
        all the same, without them.
        """
        return ""

    @property
    def why_unlabelled(self) -> str:
        """Why its images cannot be given labels of its own, and what would mend it; "": they can, as folders are."""
        return self.label_trouble

    def check_labels(self) -> None:
        """Raises ValueError, with a sentence, where its images are to have labels and its own are none."""
        if self.why_unlabelled:
            raise ValueError(f"{self.why_unlabelled}, or set data.labels=false")

    @property
    def labels_told(self) -> str:
        """Where its own labels come from, if there was a choice: those of the column fine_label. "": there was none."""
        return ""

    def check_stream(self) -> None:  # noqa: B027  # most are read in any order
        """Raises ValueError, with a sentence, where its images cannot be read in any order."""

    @property
    def classes_first(self) -> bool:
        """Whether its first folders are its classes whatever they are called, so that train and val are none of its
        splits.
        """
        return False

    @property
    def plain(self) -> bool:
        """Whether each item is known to be one image of bytes, with 1 or 3 bands, before it is read."""
        return False

    @property
    def settings(self) -> object:
        """All that its items depend on beside its file, as JSON; None: nothing."""
        return None

    def whole_of(self, index: int) -> int:
        """Which item stands for the whole that one is a part of: the first slice of its volume, or itself."""
        return index

    def file_of(self, index: int) -> Path:
        """The file on disk that an item lies in."""
        return self.path

    def mark_of(self, index: int) -> tuple[int | str, ...]:
        """What changes with an item, found without reading it: size and time of the file that it lies in, and a sample
        of its bytes, since a file may be written anew with the size and time that it had.
        """
        return self._mark(self.file_of(index))

    def _mark(self, path: Path) -> tuple[int | str, ...]:
        if path not in self._marks:
            self._marks[path] = mark_of_file(path)
        return self._marks[path]

    @property
    def handle(self) -> Any:
        """What `open` gives, in this process: one from before a fork would share its place in the file."""
        with self._lock:
            if self._process != os.getpid():
                self._handle, self._process = self.open(), os.getpid()
            return self._handle

    @cached_property
    def index_of(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def folders(self) -> dict[str, dict[str, bool]]:
        """Of each folder inside, by name ("" is all of it), what lies in it: name -> whether it is a folder."""
        found: dict[str, dict[str, bool]] = {"": {}}
        for name in self.names:
            above, *parts = "", *name.split("/")
            for place, part in enumerate(parts):
                is_folder = place < len(parts) - 1
                here = found[above]
                here[part] = is_folder or here.get(part, False)
                above = f"{above}/{part}" if above else part
                if is_folder:
                    found.setdefault(above, {})
        return found

    def __reduce__(self) -> tuple[Any, ...]:  # a worker opens the file itself
        return type(self), (self.path,)

"""What files of arrays share: which arrays are images, which axes are which, their labels, an image by its index."""

from __future__ import annotations

import logging
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.array_keys import Asked, Member, Part, parts_of
from gan_runner.data.containers.array_labels import called, columns, names_or_vectors, words_of
from gan_runner.data.containers.base import Container, Stored
from gan_runner.data.containers.layouts import Layout, layout_of

log = logging.getLogger(__name__)

Array = str | tuple[str, ...] | None
CLASS_NAMES = "class_names"
LOOKED_AT = 8
"""Images by which it is seen that a set may hold zeros and ones alone."""


@dataclass(frozen=True)
class Stack:
    """The images of a split, and its labels (N, K). trouble: why it has none, though some lie beside them."""

    part: Part
    member: Member
    layout: Layout
    labels: NDArray[Any] | None
    trouble: str

    @property
    def count(self) -> int:
        return self.layout.rows * self.layout.slices

    @property
    def bytes_in_colour(self) -> bool:
        return self.member.dtype in (np.uint8, bool) and self.layout.length("c") in (1, 3)


class Labels(NamedTuple):
    """Of the stacks that have some: the name of the class of each row, or all as vectors; trouble: why none."""

    classes: list[list[str]] | None = None
    vectors: NDArray[np.float32] | None = None
    trouble: str = ""


class Arrays(Container):
    """A file that keeps images in one array of each split, and their labels in another.

    array: what says of several which they are: the key of the images, or that and the key of the labels; after a colon
    their layout (`gan_runner.data.containers.layouts`). A subclass reads arrays by their keys. Items are called
    train/<class>/<place>: the split where keys name one, the class where labels are classes. The slices of volumes are
    items, called <volume>-<slice>.
    """

    holds_arrays = True
    takes_array = True

    def __init__(self, path: Path, array: Array = None) -> None:
        super().__init__(path)
        self.array, self.asked = array, Asked.of(array)

    # ---- what a subclass reads ----------------------------------------------------------------------------------

    @abstractmethod
    def members(self) -> Mapping[str, Member]:
        """All arrays, by their keys. Raises ValueError with a sentence for what cannot be read."""

    @abstractmethod
    def whole(self, key: str) -> NDArray[Any]:
        """An array as it is, such as labels."""

    @abstractmethod
    def row(self, key: str, axis: int, index: int) -> Stored:
        """What lies at one place of one axis of an array."""

    def make_ready(self, key: str) -> None:
        """Read what cannot be read in parts, before any process asks for a row. Raises ValueError."""

    def file(self, key: str) -> Path:
        """The file that an array lies in."""
        return self.path

    def layout(self, member: Member, labels: Member | None) -> Layout:
        """Raises ValueError, without its subject, where the shape leaves it open."""
        return layout_of(member.shape)

    def has_array(self, key: str) -> bool:
        member = self.known.get(Asked.of(key).images)
        return member is not None and member.may_be_images

    # ---- what it holds ------------------------------------------------------------------------------------------

    @cached_property
    def known(self) -> Mapping[str, Member]:
        return self.members()

    @cached_property
    def stacks(self) -> list[Stack]:
        return [self._stack(self.known, part) for part in parts_of(self.path, self.known, self.asked)]

    def _stack(self, members: Mapping[str, Member], part: Part) -> Stack:
        member, labels = members[part.images], members[part.labels] if part.labels else None
        where = f"{self.file(part.images)}: {part.images} {member}"
        if not member.encoded and member.dtype.kind not in "biuf":
            told = ", whose pickles are never read" if member.dtype.hasobject else ""
            raise ValueError(f"{where}{told}: images are whole numbers or floats")
        try:
            layout = self._layout(member, labels)
        except ValueError as error:
            raise ValueError(f"{where} {error}") from error
        if not layout.rows:
            raise ValueError(f"{where} holds no images: set data.root to a file of images")
        if layout.slices > 1:
            log.info("%s: %d volumes, whose %d slices are an image each", where, layout.rows, layout.slices)
        self.make_ready(part.images)
        try:
            return Stack(part, member, layout, self.labels_of(part, layout.rows), part.trouble)
        except ValueError as error:
            return Stack(part, member, layout, None, str(error))

    def _layout(self, member: Member, labels: Member | None) -> Layout:
        if member.encoded:
            return Layout("n", member.shape)
        return Layout(self.asked.layout, member.shape) if self.asked.layout else self.layout(member, labels)

    def labels_of(self, part: Part, count: int) -> NDArray[Any] | None:
        """The labels (N, K) of a split. Raises ValueError where they are none."""
        if part.labels is None:
            return None
        try:
            return columns(self.whole(part.labels), count)
        except ValueError as error:
            raise ValueError(f"{self.file(part.labels)}: {part.labels} {error}") from error

    @cached_property
    def _starts(self) -> list[int]:
        """The index of the first image of each stack."""
        return list(accumulate((stack.count for stack in self.stacks), initial=0))

    @cached_property
    def _labels(self) -> Labels:
        """Those of all stacks; none where those of one cannot be taken."""
        parts = [stack.labels for stack in self.stacks if stack.labels is not None]
        if trouble := next((stack.trouble for stack in self.stacks if stack.trouble), ""):
            return Labels(trouble=trouble)
        try:
            names = self.class_names if parts else None
        except ValueError as error:
            return Labels(trouble=str(error))
        try:
            classes, vectors = names_or_vectors(parts) if parts else (None, None)
            return Labels(classes if classes is None or names is None else called(classes, names), vectors)
        except ValueError as error:
            keys = " and ".join(stack.part.labels for stack in self.stacks if stack.part.labels)
            return Labels(trouble=f"{self.path}: {keys} {error}")

    @property
    def label_trouble(self) -> str:
        return self._labels.trouble

    @cached_property
    def class_names(self) -> tuple[str, ...] | None:
        """Those in an array class_names, such as gan-sample writes beside its samples."""
        member = self.known.get(CLASS_NAMES)
        if member is None or member.dtype.kind not in "USO":
            return None
        try:
            return words_of(self.whole(CLASS_NAMES))
        except ValueError as error:
            raise ValueError(f"{self.path}: {CLASS_NAMES} {error}") from error

    def list_names(self) -> Sequence[str]:
        classes, names = iter(self._labels.classes or ()), []
        for stack in self.stacks:
            split = f"{stack.part.split}/" if stack.part.split else ""
            labelled = None if stack.labels is None else next(classes, None)
            rows, slices = stack.layout.rows, stack.layout.slices
            for row in range(rows):
                folder = f"{split}{labelled[row]}/" if labelled else split
                name = f"{folder}{row:0{len(str(rows - 1))}d}"
                names += [f"{name}-{one:0{len(str(slices - 1))}d}" for one in range(slices)] if slices > 1 else [name]
        return names

    @cached_property
    def vectors(self) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        labelled = self._labels.vectors
        if labelled is None:
            return None
        values = np.full((self._starts[-1], labelled.shape[1]), np.nan, np.float32)  # NaN: of a split without labels
        at = 0
        for stack, start in zip(self.stacks, self._starts, strict=False):
            if stack.labels is not None:
                rows = labelled[at : at + stack.layout.rows]
                values[start : start + stack.count] = rows.repeat(stack.layout.slices, axis=0)
                at += stack.layout.rows
        count, names = labelled.shape[1], self.class_names or ()
        return names if len(names) == count else tuple(map(str, range(count))), values

    # ---- its images ---------------------------------------------------------------------------------------------

    @property
    def plain(self) -> bool:
        return all(stack.bytes_in_colour for stack in self.stacks)

    @property
    def settings(self) -> object:
        return [self.kind, self.array]

    def file_of(self, index: int) -> Path:
        return self.file(self._found(index)[0].part.images)

    def whole_of(self, index: int) -> int:
        stack, place = self._found(index)
        return index - place % stack.layout.slices

    def read(self, index: int) -> Stored:
        stack, place = self._found(index)
        image = self._image(stack, place)
        return image != 0 if self._are_ones and not isinstance(image, bytes) else image

    def _found(self, index: int) -> tuple[Stack, int]:
        number = bisect_right(self._starts, index) - 1
        return self.stacks[number], index - self._starts[number]

    def _image(self, stack: Stack, place: int) -> Stored:
        row, slice_ = divmod(place, stack.layout.slices)
        values = self.row(stack.part.images, stack.layout.row_axis, row)
        if isinstance(values, bytes):
            return values
        image = stack.layout.image(values, slice_)
        return np.asarray(image.astype(image.dtype.newbyteorder("="), copy=False))

    @cached_property
    def _are_ones(self) -> bool:
        """Whether all bytes are 0 or 1, which would be black as they are. The first images say that of most sets."""
        if not all(stack.member.dtype == np.uint8 and not stack.member.encoded for stack in self.stacks):
            return False
        most = 0
        for stack in self.stacks:
            for place in range(stack.count):
                most = max(most, int(np.max(self._image(stack, place))))
                if most > 1 or (not most and place >= LOOKED_AT):
                    return False
        log.info("%s: its bytes are 0 and 1 alone, and 1 is taken as white", self.path)
        return most == 1

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.path, self.array)

"""Zips as the dataset_tool.py of StyleGAN writes them: 00000/img00000000.png, with the labels in dataset.json."""

from __future__ import annotations

import json
import logging
import re
import zipfile
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.class_folders import folder_names
from gan_runner.data.containers.guards import check_size
from gan_runner.data.containers.zip import Zip
from gan_runner.data.files.decoding import SUFFIXES

log = logging.getLogger(__name__)

TABLE = "dataset.json"
LAYOUT = re.compile(r"\d{5}/img\d{8}\.\w+")
AS_ZIP = "data.container=zip takes its files as they lie"

LARGEST = float(np.finfo(np.float32).max)

Label = int | tuple[float, ...]


class Read(NamedTuple):
    """The labels of a table by the names in the zip. trouble: why there are none."""

    labels: dict[str, Label]
    trouble: str = ""


class StyleGan(Zip):
    """Images whose classes are folders in front of their names: 3/00000/img00000007.png. The names of images with
    vectors for labels, or with none, stand as they are.

    dataset.json holds {"labels": null}, or a pair for each image in any order: its name, and a class as a whole number
    or a vector. Source: dataset_tool.py and training/dataset.py of NVlabs/stylegan3.
    """

    kind = "stylegan"
    as_it_lies = "zip"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if not Zip.recognises(path):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                names = [info.filename for info in archive.infolist() if not info.is_dir()]
                if TABLE not in names:
                    return bool(names) and all(LAYOUT.fullmatch(name) for name in names)
                check_size(archive.getinfo(TABLE).file_size)
                return b'"labels"' in archive.read(TABLE)
        except Exception:  # a zip that cannot be read is told of as a zip
            return False

    def list_members(self) -> dict[str, zipfile.ZipInfo]:
        if absent := sorted(self.labels.keys() - self.packed.keys()):
            log.warning(
                "%s of %s has labels of %d images that are not in the zip (the first is %s): if more than these were "
                "packed, get it or make it anew",
                TABLE, self.path, len(absent), absent[0],
            )  # fmt: skip
        return {self.called(name): one for name, one in self.packed.items() if name != TABLE}

    def called(self, name: str) -> str:
        """What a file is called here: an image of a class below a folder of it."""
        label, classes = self.labels.get(name), self.class_names
        if not isinstance(label, int):
            return name
        return f"{label if classes is None else classes[label]}/{name}"

    @cached_property
    def packed(self) -> dict[str, zipfile.ZipInfo]:
        """All members, by their names in the zip. Raises ValueError where there is no table."""
        members = super().list_members()
        if TABLE not in members:
            raise ValueError(
                f"{self.path} has no {TABLE}, which StyleGAN's dataset_tool.py writes last: its {len(members)} images "
                f"may be the first of more; run the tool again, or {AS_ZIP}"
            )
        return members

    @cached_property
    def table(self) -> Any:
        """What dataset.json holds. Raises ValueError where it cannot be read."""
        member = self.packed[TABLE]
        try:
            check_size(member.file_size)
            return json.loads(self.handle.read(member))
        except (ValueError, RecursionError, zipfile.BadZipFile) as error:
            raise ValueError(f"{TABLE} of {self.path} cannot be read ({error}): make the zip anew") from error

    @cached_property
    def _read(self) -> Read:
        try:
            return Read(labels_in(self.table, f"{TABLE} of {self.path}"))
        except ValueError as error:
            return Read({}, str(error))

    @property
    def labels(self) -> dict[str, Label]:
        """By the names in the zip; of none where the table says null, or what are no labels."""
        return self._read.labels

    @property
    def label_trouble(self) -> str:
        return self._read.trouble

    @cached_property
    def class_names(self) -> tuple[str, ...] | None:
        """Those that gan-data writes beside the labels; StyleGAN's own tool knows numbers alone."""
        if not self.labels:
            return None
        names = self._more("class_names")
        last = max((label for label in self.labels.values() if isinstance(label, int)), default=-1)
        return folder_names(names) if _are_words(names) and last < len(names) else None

    @cached_property
    def vectors(self) -> tuple[tuple[str, ...], NDArray[np.float32]] | None:
        found = [self.labels.get(name) for name in self.names]
        vectors = [label for label in found if isinstance(label, tuple)]
        if not vectors:
            return None
        nothing = (float("nan"),) * len(vectors[0])  # of files that are no images
        values = [label if isinstance(label, tuple) else nothing for label in found]
        names = self._more("label_names")
        if not _are_words(names) or len(names) != len(vectors[0]):
            names = map(str, range(len(vectors[0])))
        return tuple(names), np.array(values, np.float32)

    @property
    def classes_first(self) -> bool:
        return any(isinstance(label, int) for label in self.labels.values())

    def whole_of(self, index: int) -> int:
        return self._wholes.get(index, index)

    @cached_property
    def _wholes(self) -> dict[int, int]:
        """The item that stands for the file whose pages, or the volume whose slices, gan-data packed, by each of them.

        Pairs that are none, or of no image, say nothing.
        """
        known: dict[str, int] = {}
        for pair in self._more("wholes") or ():
            if isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) and isinstance(pair[1], int):
                known[self.called(pair[0])] = pair[1]
        first: dict[int, int] = {}
        return {index: first.setdefault(known[name], index) for index, name in enumerate(self.names) if name in known}

    def _more(self, key: str) -> Any:
        """What gan-data writes beside the labels; None where there is no such list."""
        found = self.table.get(key) if isinstance(self.table, dict) else None
        return found if isinstance(found, list) else None

    @property
    def why_unlabelled(self) -> str:
        if self.label_trouble:
            return self.label_trouble
        images = sorted(name for name in self.packed if Path(name).suffix.lower() in SUFFIXES)
        missing = [name for name in images if name not in self.labels]
        if not self.labels:
            return (
                f"{TABLE} of {self.path} says of no image which class it is of (its tool writes none if one has none): "
                f"{AS_ZIP}"
            )
        if missing:
            return (
                f"{len(missing)} of {len(images)} images of {self.path} have no label in its {TABLE} (the first is "
                f"{missing[0]}): add them"
            )
        return ""


def _are_words(names: Any) -> bool:
    """Whether they are a list of words, each once."""
    return bool(names) and all(isinstance(name, str) for name in names) and len(set(names)) == len(names)


def labels_in(table: Any, told: str) -> dict[str, Label]:
    """The labels of a table by the names of images. Raises ValueError, naming the table, where they are none."""
    pairs = table.get("labels") if isinstance(table, dict) else None
    if pairs is None:
        return {}
    found: dict[str, Label] = {}
    for pair in pairs if isinstance(pairs, list) else [pairs]:
        if not isinstance(pair, list) or len(pair) != 2 or not isinstance(pair[0], str):
            raise ValueError(f"{told}: {_short(pair)} is no pair of a name and a label: write [name, label]")
        name, label = pair[0].replace("\\", "/"), _label(pair[1], told)
        if found.setdefault(name, label) != label:
            raise ValueError(f"{told} has two labels for {name}: leave one")
    sizes = {len(label) if isinstance(label, tuple) else 0 for label in found.values()}
    if len(sizes) > 1:
        kinds = ", ".join(f"vectors of {size}" if size else "classes" for size in sorted(sizes))
        raise ValueError(f"{told} has labels of several kinds ({kinds}): give all images labels of one")
    return found


def _label(label: Any, told: str) -> Label:
    if isinstance(label, int) and not isinstance(label, bool) and label >= 0:
        return label
    if isinstance(label, list) and label and all(_is_number(value) for value in label):
        return tuple(map(float, label))
    raise ValueError(
        f"{told}: {_short(label)} is no label: write classes as whole numbers from 0 on, vectors as lists of numbers"
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and abs(value) <= LARGEST


def _short(value: Any) -> str:
    told = json.dumps(value)
    return told if len(told) <= 60 else f"{told[:57]}…"

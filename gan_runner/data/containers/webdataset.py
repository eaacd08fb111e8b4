"""Shards of WebDataset: tars in which the files of a sample share a name up to its first dot."""

from __future__ import annotations

import json
import logging
import re
import tarfile
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from gan_runner.config.errors import listed
from gan_runner.data.containers.base import Container
from gan_runner.data.containers.class_folders import folder_names
from gan_runner.data.containers.shards import by_split, has_range, shards_of, stem_of, tars_in
from gan_runner.data.containers.tape import DAMAGED
from gan_runner.data.containers.tar import Tar
from gan_runner.data.files.decoding import SUFFIXES

log = logging.getLogger(__name__)

SAMPLE = re.compile(r"((?:.*/|)[^./][^.]*)\.([^/]+)")
"""Of a member's name: the sample's, and the field's. Hidden files have none."""
LOOKED_AT = 64
"""Members of a tar by which it is known as a shard."""


class Item(NamedTuple):
    """An image: in which shard, and under which name there."""

    shard: int
    name: str


class WebDataset(Container):
    """The image of each sample, below a folder of its class where .cls or "label" in .json says one: 3/000017.png.

    path: a folder of shards, a range of them (set-{000000..000012}.tar) or one. A folder may hold other things too
    where it is said to be one of shards. Shards that are called by two splits or more (set-train-000000.tar,
    set-val-000000.tar, or folders train and val) are below folders of these. Where shards use names again, theirs stand
    before them.
    """

    kind = "webdataset"
    as_it_lies = "tar"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._unlabelled, self._trouble = 0, ""

    @classmethod
    def recognises(cls, path: Path) -> bool:
        if has_range(path):
            return True
        if path.is_dir():
            return bool(shards_of(path))
        return Tar.recognises(path) and _has_labels(path)

    @cached_property
    def shards(self) -> list[tuple[str, Tar]]:
        """Each with its split, "" where there are none."""
        found = shards_of(self.path) or by_split(tars_in(self.path))
        if not found:
            raise ValueError(
                f"{self.path} holds no shards of WebDataset: give a folder of tars called <name>-000000.tar, a range "
                "of them or one"
            )
        missing = [path for _, path in found if not path.is_file()]
        if missing:
            raise ValueError(f"{len(missing)} of {len(found)} shards of {self.path} are missing (first {missing[0]})")
        return [(split, Tar(path)) for split, path in found]

    @cached_property
    def items(self) -> dict[str, Item]:
        """The images by their names here."""
        samples = [self._samples(number) for number in range(len(self.shards))]
        self._check_single(samples)
        again = _are_used_again(
            f"{self.shards[number][0]}/{key}" for number, shard in enumerate(samples) for key in shard
        )
        found: dict[str, Item] = {}
        for number, (shard, labels) in enumerate(zip(samples, self._all_labels(samples), strict=True)):
            self._unlabelled += len(shard) - len(labels)
            for key, fields in shard.items():
                name = _images(fields)[0]
                found[self._called(number, name, labels.get(key), again)] = Item(number, name)
        return found

    def _all_labels(self, samples: Sequence[dict[str, dict[str, str]]]) -> list[dict[str, str]]:
        """The classes in each shard; none anywhere where one cannot be taken."""
        try:
            return [self._labels(number, shard) for number, shard in enumerate(samples)]
        except ValueError as error:
            self._trouble = str(error)
            return [{} for _ in samples]

    def list_names(self) -> Sequence[str]:
        return sorted(self.items)

    def read(self, index: int) -> bytes:
        item = self.items[self.names[index]]
        return self.shards[item.shard][1].read_member(item.name)

    def file_of(self, index: int) -> Path:
        return self.shards[self.items[self.names[index]].shard][1].path

    def check_stream(self) -> None:
        for _, shard in self.shards:
            shard.check_stream()

    @property
    def label_trouble(self) -> str:
        count = len(self.names)
        if self._trouble or self._unlabelled in (0, count):
            return self._trouble
        return (
            f"{self._unlabelled} of {count} images of {self.path} have no label beside them (.cls, or .json with "
            '"label"): add them'
        )

    def _samples(self, number: int) -> dict[str, dict[str, str]]:
        """The samples of a shard that hold an image: key -> field, in small letters -> name of the member."""
        found: dict[str, dict[str, str]] = defaultdict(dict)
        for name in self.shards[number][1].members:
            if parts := SAMPLE.fullmatch(name):
                found[parts[1]][parts[2].lower()] = name
        return {key: fields for key, fields in found.items() if _images(fields)}

    def _check_single(self, samples: Sequence[dict[str, dict[str, str]]]) -> None:
        """One image a sample: names with dots fuse to one."""
        fused = [images for shard in samples for fields in shard.values() if len(images := _images(fields)) > 1]
        if fused:
            raise ValueError(
                f"{sum(map(len, fused))} images of {self.path} are {len(fused)} samples to WebDataset, which takes "
                f"names up to the first dot ({', '.join(fused[0][:2])}): pack them by names without dots and one image "
                "a sample, or set data.container=tar (of one tar), which takes each image by itself"
            )

    def _labels(self, number: int, samples: dict[str, dict[str, str]]) -> dict[str, str]:
        """The classes of the samples of a shard that have one, by their keys. Raises ValueError for what is none."""
        shard = self.shards[number][1]
        found: dict[str, str] = {}
        for key, fields in samples.items():
            labels: dict[str, str | None] = {}
            for name in _members(fields, "cls"):
                labels[name] = _from_cls(shard.read_member(name))
                if labels[name] is None:
                    raise ValueError(f"{shard.path}: {name} is no class: write a whole number into it")
            if not labels:
                labels = {name: _from_json(shard.read_member(name)) for name in _members(fields, "json")}
            known = {name: label for name, label in labels.items() if label is not None}
            if len(known) > 1:
                raise ValueError(
                    f"{shard.path} has several labels of one sample ({listed(list(known))}): pack the one to use as "
                    f"{key}.cls"
                )
            if known:
                found[key] = next(iter(known.values()))
        return found

    def _called(self, number: int, name: str, label: str | None, again: bool) -> str:
        split, shard = self.shards[number]
        folder, _, last = name.rpartition("/")
        last = f"{stem_of(shard.path)}-{last}" if again else last
        return "/".join(part for part in (split, label, folder, last) if part)


def _images(fields: dict[str, str]) -> list[str]:
    """The members of a sample that are images, by the last part of their field."""
    return [name for field, name in fields.items() if f".{field.rpartition('.')[2]}" in SUFFIXES]


def _members(fields: dict[str, str], kind: str) -> list[str]:
    """The members of a sample of one kind: 7.cls, else all of 7.label.cls and its like."""
    if kind in fields:
        return [fields[kind]]
    return [fields[field] for field in sorted(fields) if field.endswith(f".{kind}")]


def _are_used_again(keys: Iterator[str]) -> bool:
    known: set[str] = set()
    return any(key in known or known.add(key) for key in keys)  # type: ignore[func-returns-value]


def _from_cls(stored: bytes) -> str | None:
    """A class as a whole number."""
    text = stored.strip()
    return str(int(text)) if text.isdigit() and len(text) < 19 else None


def _from_json(stored: bytes) -> str | None:
    """The "label" of a description: a whole number, or a name. None where there is none."""
    if b'"label"' not in stored:
        return None
    try:
        table = json.loads(stored)
    except (ValueError, RecursionError):
        return None
    label = table.get("label") if isinstance(table, dict) else None
    if isinstance(label, str):
        return folder_names([label.strip() or None])[0] or None
    return str(label) if isinstance(label, int) and not isinstance(label, bool) and label >= 0 else None


def _has_labels(path: Path) -> bool:
    """Whether a tar begins with samples of which one has an image and a class."""
    known: dict[str, set[str]] = defaultdict(set)
    try:
        with tarfile.open(path, "r|*") as archive:
            for one in islice(archive, LOOKED_AT):
                parts = SAMPLE.fullmatch(one.name)
                if not one.isreg() or parts is None:
                    continue
                kind = parts[2].lower().rpartition(".")[2]
                if kind == "json":
                    text = archive.extractfile(one)
                    kind = "json" if text is None or _from_json(text.read(1 << 16)) is None else "cls"
                known[parts[1]].add(f".{kind}")
    except (tarfile.TarError, ValueError, *DAMAGED):  # what is damaged is told of by who reads it
        pass
    return any(".cls" in fields and fields & SUFFIXES for fields in known.values())

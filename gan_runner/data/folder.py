"""Any folder of image files."""

import logging
from pathlib import Path
from typing import Any, Literal, Unpack

import numpy as np
import torch
from torch import Tensor

from gan_runner.data.base import DataFamily, Dealing, family_of
from gan_runner.data.decks import Deck, Memory, hold_out
from gan_runner.data.files.cache import OnError, open_decoded
from gan_runner.data.files.contents import contents
from gan_runner.data.files.decoding import DecodeError, Decoder, Fit, find_images
from gan_runner.images.resizing import ImageSize, height_width
from gan_runner.types import Batch, Fingerprint, Fraction, NaturalInt, Split

log = logging.getLogger(__name__)


class Mapped:
    """A set too large for memory: decoded images in a file, read a batch at a time."""

    def __init__(self, file: Path, rows: int, labels: Tensor | None) -> None:
        self.file, self.rows, self.labels = file, rows, labels
        self.images = np.load(file, mmap_mode="r")

    def __len__(self) -> int:
        return self.rows

    def __getitem__(self, positions: Tensor) -> Batch:
        image = torch.from_numpy(np.asarray(self.images[positions.numpy()]))
        return Batch(image, None if self.labels is None else self.labels[positions])

    def __reduce__(self) -> tuple[Any, ...]:  # a worker maps the file too, instead of receiving its pixels
        return Mapped, (self.file, self.rows, self.labels)


class Streamed:
    """Files decoded when a batch is drawn. A corrupt one is named in the log and replaced by the next."""

    def __init__(self, paths: list[Path], decoder: Decoder, labels: Tensor | None, on_error: OnError) -> None:
        self.paths, self.decoder, self.labels, self.on_error = paths, decoder, labels, on_error

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, positions: Tensor) -> Batch:
        images, drawn = zip(*(self._decoded(int(position)) for position in positions), strict=True)
        label = None if self.labels is None else self.labels[list(drawn)]
        return Batch(torch.from_numpy(np.stack(images)), label)

    def _decoded(self, position: int) -> tuple[np.ndarray, int]:
        for offset in range(len(self.paths)):
            candidate = (position + offset) % len(self.paths)
            try:
                return self.decoder(self.paths[candidate]), candidate
            except DecodeError as error:
                if self.on_error == "fail":
                    raise ValueError(f"{error}; remove the file, or set data.on_error=skip") from error
                log.warning("replaced by the next file: %s", error)
        raise ValueError(f"none of {len(self.paths)} files could be decoded: check data.root")


def open_deck(
    root: Path,
    paths: list[Path],
    decoder: Decoder,
    on_error: OnError,
    cache: Path | None,
    memory_limit_mb: int,
    labels: Tensor | None = None,
) -> Deck:
    """Files below `root`, decoded once: see `gan_runner.data.files.cache.open_decoded`."""
    decoded = open_decoded(root, paths, decoder, on_error, cache, memory_limit_mb)
    if not decoded.kept:
        raise ValueError(f"data.root={root} holds {len(paths)} image files, none of which can be decoded")
    labels = None if labels is None else labels[decoded.kept]
    if decoded.file:
        return Mapped(decoded.file, len(decoded.kept), labels)
    return Memory(torch.from_numpy(decoded.images), labels)


class Folder(DataFamily):
    """Every image below `root`, in sorted order. With `labels`, the subfolders of `root` are the classes.

    Kinds of files, colours and `fit` (crop | stretch | pad): see `gan_runner.data.files.decoding.Decoder`.
    on_error: "skip" names a corrupt file in the log and goes on, "fail" stops at it. holdout: share kept back as
    the test split. Decoded images are kept below `cache` (null: nowhere) and live in memory up to
    `memory_limit_mb`, beyond it they are memory-mapped from the cache. With `stream` nothing is kept: files are
    decoded when drawn, by `num_workers` processes.
    """

    def __init__(
        self,
        *,
        root: str,
        image_size: ImageSize = 64,
        channels: Literal[1, 3, 4] = 3,
        labels: bool = False,
        fit: Fit = "crop",
        on_error: OnError = "skip",
        holdout: Fraction = 0.1,
        cache: str | None = None,
        memory_limit_mb: NaturalInt = 2048,
        stream: bool = False,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.root = Path(root).expanduser()
        self.decoder = Decoder(height_width(image_size), channels, fit)
        self.shape = (channels, *self.decoder.size)
        self.labels, self.on_error, self.holdout = labels, on_error, holdout
        self.cache = None if cache is None else Path(cache).expanduser()
        self.memory_limit_mb, self.stream = memory_limit_mb, stream
        self._whole: Deck | None = None

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in the order of their labels."""
        folders = [path.name for path in self.root.iterdir() if path.is_dir() and path.name[0] != "."]
        return sorted(folders)

    @property
    def num_classes(self) -> int | None:  # type: ignore[override]  # known from the folder, not from the class
        if not self.labels:
            return None
        self.check()
        return len(self.classes)

    def check(self) -> None:
        if not self.root.is_dir():
            raise ValueError(f"data.root={self.root} is not a folder: set data.root to a folder of images")
        if self.labels and not self.classes:
            raise ValueError(
                f"data.labels=true takes the subfolders of {self.root} as classes, and it has none: "
                "set data.labels=false"
            )
        if next(find_images(self.root), None) is None:
            raise ValueError(f"data.root={self.root} holds no images: set data.root to a folder of images")

    def fingerprint(self) -> Fingerprint:
        root = self.root.resolve()
        found = contents(self.root, list(find_images(self.root)), self.cache)
        return {
            "family": family_of(self),
            "name": root.name,
            "root": str(root),
            "files": found["files"],
            "content": found["content"],
            "labels": self.num_classes,
            "split": "a share" if self.holdout else "nothing",
        }

    def prepare_data(self) -> None:
        if self.cache and not self.stream:  # one process decodes, the others find its cache
            self._read_whole()

    @property
    def has_test_split(self) -> bool:
        return self.holdout > 0

    def read(self, split: Split) -> Deck:
        return hold_out(self._read_whole(), self.holdout, split)

    def _read_whole(self) -> Deck:
        if self._whole is None:
            self.check()
            paths = list(find_images(self.root))
            labels = self._labelled(paths) if self.labels else None
            log.info(
                "%s: %d images%s",
                self.root,
                len(paths),
                f", {self.num_classes} classes" if self.labels else "",
            )
            self._whole = (
                Streamed(paths, self.decoder, labels, self.on_error)
                if self.stream
                else open_deck(self.root, paths, self.decoder, self.on_error, self.cache, self.memory_limit_mb, labels)
            )
        return self._whole

    def _labelled(self, paths: list[Path]) -> Tensor:
        """Labels (N,) by the first folder of each path below the root."""
        number = {name: label for label, name in enumerate(self.classes)}
        folders = [path.relative_to(self.root).parts[0] for path in paths]
        outside = [path.name for path, folder in zip(paths, folders, strict=True) if folder not in number]
        if outside:
            raise ValueError(
                f"data.labels=true needs every image in a subfolder of {self.root}, {len(outside)} are not "
                f"({outside[0]}): move them, or set data.labels=false"
            )
        empty = sorted(set(number) - set(folders))
        if empty:
            raise ValueError(
                f"data.labels=true makes the subfolders of {self.root} classes, and {empty[0]} has no images: "
                "remove it, or set data.labels=false"
            )
        return torch.tensor([number[folder] for folder in folders])

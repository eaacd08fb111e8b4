"""CIFAR-10 in its Python form, read without running what a pickle may ask for."""

import pickle
import tarfile
from typing import IO, Any, Literal, Unpack, cast

import numpy as np
import torch

from gan_runner.data.base import DataFamily, Dealing
from gan_runner.data.decks import Memory
from gan_runner.data.fetching.downloads import ArchiveMirror, File, fetch, refuse_missing
from gan_runner.files import expanded
from gan_runner.images.resizing import ImageSize, height_width, resize, to_channels
from gan_runner.types import PathString, Split

FOLDER = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
NAMES: dict[Split, list[str]] = {"train": [f"data_batch_{i}" for i in range(1, 6)], "test": ["test_batch"]}
BATCH_BYTES = 32_000_000  # a batch of 10,000 images is 31.0 MB, the archive 170.5 MB
ARCHIVE_BYTES = 172_000_000


class CIFAR10(DataFamily):
    """50,000 + 10,000 colour photographs of 32 × 32 pixels; 10 classes.

    `root` is laid out as torchvision's: <root>/cifar-10-batches-py/data_batch_1, or cifar-10-python.tar.gz as it
    comes; it may be read-only. With `download`, missing files are fetched.
    Source: Krizhevsky 2009, Learning multiple layers of features from tiny images.
    """

    num_classes = 10
    is_public = True
    class_names = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
    kept_as = "colour"

    def __init__(
        self,
        *,
        root: PathString,
        image_size: ImageSize = 32,
        channels: Literal[1, 3] = 3,
        download: bool = True,
        **dealing: Unpack[Dealing],
    ) -> None:
        super().__init__(**dealing)
        self.root = expanded(root)
        self.channels, self.download = channels, download
        self.size = height_width(image_size)
        self.shape = (channels, *self.size)

    def check(self) -> None:
        missing = self._missing("train")
        if missing:
            refuse_missing("CIFAR10", self.root / FOLDER, missing, self.download)

    def prepare_data(self) -> None:
        self._fetch("train")

    def read(self, split: Split) -> Memory:
        self._fetch(split)
        batches = [self._read_batch(name) for name in NAMES[split]]
        images = torch.from_numpy(np.concatenate([images for images, _ in batches]))
        labels = torch.from_numpy(np.concatenate([labels for _, labels in batches]))
        return Memory(to_channels(resize(images, self.size), self.channels), labels)

    def _read_batch(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        path = self.root / FOLDER / name
        try:
            if path.is_file():
                with path.open("rb") as stream:
                    content = unpickle(stream, path.stat().st_size)
            else:
                with tarfile.open(self.root / ARCHIVE) as archive:
                    member = archive.getmember(f"{FOLDER}/{name}")
                    content = unpickle(cast(IO[bytes], archive.extractfile(member)), member.size)
            images = np.asarray(content["data"], np.uint8).reshape(-1, 3, 32, 32)
            labels = np.asarray(content["labels"], np.int64).reshape(len(images))
        except PermissionError:
            raise
        except Exception as error:  # unpickling raises anything on a damaged file
            found = path if path.is_file() else self.root / ARCHIVE
            raise ValueError(f"{found} is damaged ({error}): delete it and it will be fetched again") from error
        return images, labels

    def _missing(self, split: Split) -> list[File]:
        if (self.root / ARCHIVE).is_file():
            return []
        absent = [name for name in NAMES[split] if not (self.root / FOLDER / name).is_file()]
        return [File(name, BATCH_BYTES, "") for name in absent]

    def _fetch(self, split: Split) -> None:
        missing = self._missing(split)
        if not missing:
            return
        refuse_missing("CIFAR10", self.root / FOLDER, missing, self.download)
        from torchvision import datasets  # slow to import, needed here only

        known = datasets.CIFAR10

        listed = [*known.train_list, *known.test_list, [known.meta["filename"], known.meta["md5"]]]
        wanted = [File(name, BATCH_BYTES, f"md5:{md5}") for name, md5 in listed]
        fetch("CIFAR10", self.root / FOLDER, wanted, [ArchiveMirror(known.url, known.tgz_md5, ARCHIVE_BYTES)])


def unpickle(stream: IO[bytes], size: int) -> Any:
    if size > BATCH_BYTES:
        raise ValueError(f"it holds {size} bytes, no batch more than {BATCH_BYTES}")
    return ArrayUnpickler(stream, encoding="latin1").load()


class ArrayUnpickler(pickle._Unpickler):
    """Loads plain values and numpy arrays, and refuses any other object a pickle names.

    The implementation in Python: that in C reserves as much memory as a hostile file says.
    """

    ALLOWED = frozenset(
        {
            ("numpy.core.multiarray", "_reconstruct"),
            ("numpy._core.multiarray", "_reconstruct"),
            ("numpy", "ndarray"),
            ("numpy", "dtype"),
            ("_codecs", "encode"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self.ALLOWED:
            raise pickle.UnpicklingError(f"it names {module}.{name}, which no CIFAR-10 file does")
        return super().find_class(module, name)

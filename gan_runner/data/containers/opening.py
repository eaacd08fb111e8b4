"""What a root is, found by looking: a folder of images, or a container of one kind."""

from __future__ import annotations

import importlib
import logging
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Literal

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.inside import InsidePath, Place
from gan_runner.data.containers.shards import has_range
from gan_runner.data.files.splits import is_apart, is_split

log = logging.getLogger(__name__)

Kind = Literal[
    "auto", "folder", "zip", "stylegan", "tar", "webdataset", "npz", "npy", "hdf5", "mat", "idx", "lmdb", "parquet"
]
READERS: dict[str, str] = {
    "npz": "gan_runner.data.containers.npz.Npz",  # before zip, which it is
    "npy": "gan_runner.data.containers.npy.Npy",
    "mat": "gan_runner.data.containers.mat.Mat",  # before hdf5, which its newer files are
    "hdf5": "gan_runner.data.containers.hdf5.Hdf5",
    "idx": "gan_runner.data.containers.idx.Idx",
    "stylegan": "gan_runner.data.containers.stylegan.StyleGan",
    "zip": "gan_runner.data.containers.zip.Zip",
    "webdataset": "gan_runner.data.containers.webdataset.WebDataset",
    "tar": "gan_runner.data.containers.tar.Tar",
    "lmdb": "gan_runner.data.containers.lmdb.Lmdb",
    "parquet": "gan_runner.data.containers.parquet.Parquet",
}
"""data.container -> its reader, in the order in which they are asked."""

LOOKED_AT = 20
"""What lies in a folder without images, and may be a set."""
TOLD = 5
"""Names of folders that a sentence lists."""
TABLES = (".csv", ".tsv")
PICKLES = tuple(b"\x80" + bytes([version]) for version in range(2, 6))
"""How Python's pickles begin."""
PICKLED = (".pt", ".pth", ".pkl", ".pickle")
Array = str | Sequence[str] | None
"""Which of several arrays or columns are the images, or [images, labels]."""


def place_of(root: Place, kind: Kind = "auto", key: str = "data.root", array: Array = None) -> Place:
    """Where the images of a root lie: the folder itself, or the inside of a container.

    Raises ValueError, naming `key`, for what is neither.
    """
    if isinstance(root, InsidePath):
        return root
    found = inside(root, kind, array)
    if found is not None:
        if not found.is_dir():
            raise ValueError(f"{key}={root}: {found.container.path} has no folder {found.key}: {_folders_of(found)}")
        return found
    if root.is_dir():
        _check_unasked(root, "a folder", array)
        return root
    if not root.exists():
        raise ValueError(f"{key}={root} is not there: set {key} to a folder of images, or to a file that holds them")
    if kind == "folder":
        raise ValueError(f"{key}={root} is not a folder: set {key} to a folder of images, or data.container=auto")
    if _is_pickle(root):
        raise ValueError(
            f"{key}={root} is a pickle of Python, which could run any code and is never read: save its arrays with "
            "numpy.savez (CIFAR-10's own files are read by data=cifar10)"
        )
    if root.suffix.lower() in TABLES:
        raise ValueError(
            f"{key}={root} is a table and holds no images: as labels of images it is data.labels={root}, and points of "
            "the plane are read by data=points data.path=<file>"
        )
    raise ValueError(
        f"{key}={root} is neither a folder nor a container that is known ({', '.join(READERS)}): set {key} to one of "
        "these, or data.container to what it is"
    )


def as_told_or_found(root: Path, kind: Kind, array: Array) -> tuple[Kind, Array]:
    """How another root is read than that which a kind and an array were told of: as these say, else by looking.

    Raises ValueError, with the reason of what was told, where neither can be.
    """
    try:
        place_of(root, kind, array=array)
    except ValueError:
        with suppress(ValueError):
            place_of(root)
            return "auto", None
        raise
    return kind, array


def sets_below(folder: Place) -> list[str]:
    """The folders and files of a folder that are sets themselves, each with what it is: raw (idx)."""
    if not isinstance(folder, Path):
        return []
    found = []
    for path in sorted(folder.iterdir())[:LOOKED_AT]:
        with suppress(OSError, ValueError):  # one image by itself, say, or labels
            place = None if path.name.startswith(".") else inside(path)
            if place is not None and len(place.container.names):
                found.append(f"{path} ({place.container.kind})")
    return found


def is_there(path: Path) -> bool:
    """Whether a path, one into a container, or the folder of a range of shards leads somewhere."""
    if path.exists() or _is_range(path):
        return True
    found = inside(path)
    return found is not None and found.exists()


def _is_range(path: Path) -> bool:
    return has_range(path) and path.parent.is_dir()


def inside(path: Path, kind: Kind = "auto", array: Array = None) -> InsidePath | None:
    """The inside of a container, or a place in there: data/set.zip/cat, or one of its arrays: data/set.npz/photos. None
    of a folder, an image or nothing.
    """
    if kind == "folder":
        return None
    if not path.exists() and not _is_range(path):
        outer = next((folder for folder in path.parents if folder.is_file()), None)
        found = None if outer is None else inside(outer, kind, array)
        if outer is None or found is None:
            return None
        inner = path.relative_to(outer).as_posix()
        one = found.container.has_array(inner) and array is None
        return inside(outer, kind, inner) if one else found / inner
    stat = path.parent.stat() if has_range(path) else path.stat()
    mark = (stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)
    container = _opened(path.resolve(), kind, mark, _hashable(array))
    return None if container is None else InsidePath(container)


@lru_cache(maxsize=64)
def _opened(
    path: Path, kind: Kind, mark: tuple[int, int, int], array: str | tuple[str, ...] | None
) -> Container | None:
    """One container for whoever asks for it in a process, until the file changes."""
    for name in READERS if kind == "auto" else (kind,):
        reader = _reader(name)
        if kind != "auto" or _recognised(reader, path):
            if array is not None and reader.takes_array:
                return reader(path, array)  # type: ignore[call-arg]
            _check_unasked(path, f"a {name}", array)
            return reader(path)
    return None


def _recognised(reader: type[Container], path: Path) -> bool:
    with suppress(OSError):  # who reads it says what is wrong
        return reader.recognises(path)
    return False


def _hashable(array: Array) -> str | tuple[str, ...] | None:
    return array if array is None or isinstance(array, str) else tuple(array)


def _check_unasked(path: Path, what: str, array: Array) -> None:
    if array is not None:
        raise ValueError(f"data.array={array} is for arrays and columns, and {path} is {what}: leave it out")


def _is_pickle(path: Path) -> bool:
    if path.suffix.lower() in PICKLED:
        return True
    with path.open("rb") as file:
        return file.read(2) in PICKLES


def _folders_of(place: InsidePath) -> str:
    """Which folders there are instead; where its classes became folders, how those it has itself are reached."""
    container = place.container
    names = sorted(name for name, is_folder in container.folders[""].items() if is_folder)
    told = f"it has {', '.join(names[:TOLD])}{', …' if len(names) > TOLD else ''}" if names else "it has none"
    plain = None if container.as_it_lies is None else inside(container.path, container.as_it_lies)
    if plain is None or not (plain / place.inner).is_dir():
        return told
    return f"{told}, which are its classes; data.container={container.as_it_lies} takes its folders as they lie"


def check_use(place: Place, *, stream: bool, labels: bool = False, splits: bool = False) -> None:
    """Raises ValueError for what a container cannot be read for: in any order, with classes or in splits. Says which
    labels are taken of several, and what is wrong with those that are not asked for.
    """
    if not isinstance(place, InsidePath):
        return
    if stream:
        place.container.check_stream()
    if labels:
        place.container.check_labels()
        if told := place.container.labels_told:
            _say_once(f"{place}: its labels are {told}")
    elif trouble := place.container.label_trouble:
        _say_once(f"{trouble}; its images are read without labels")
    folder = wrapped(place)
    if folder is not None and (labels or (splits and is_apart(folder))):
        raise ValueError(
            f"all that {place} holds lies in one folder, {folder.name}, whose folders would not be taken as classes or "
            f"splits: set data.root={folder}, or data.labels=false and data.splits=none"
        )


@lru_cache(maxsize=64)
def _say_once(told: str) -> None:
    log.info(told)


def wrapped(place: Place) -> InsidePath | None:
    """The folder that was packed whole into an archive, if it has folders and its name says no split."""
    if not isinstance(place, InsidePath) or place.key or place.container.kind not in ("zip", "tar"):
        return None
    found = [one for one in place.iterdir() if not one.name.startswith(".")]
    if len(found) != 1 or not found[0].is_dir() or is_split(found[0].name):
        return None
    return found[0] if any(one.is_dir() for one in found[0].iterdir()) else None


def _reader(kind: str) -> type[Container]:
    module, _, name = READERS[kind].rpartition(".")
    found: type[Container] = getattr(importlib.import_module(module), name)
    return found

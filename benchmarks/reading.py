"""Reading images of 64 to 512 pixels from each kind of container, against torchvision's ImageFolder and two workers.

    python benchmarks/reading.py [kind …] [--images 5000] [--rounds 3] [--root FOLDER] [--memory]

Each round reads every kind in turn, so that a busy machine slows all: once with one core, once with all. A reading is a
process of its own with an empty cache, and lasts from opening the set to its first batch: all files are hashed, looked
at, decoded to 64×64 and written to the cache. Files are in the page cache, so no disk is measured. The peer is
ImageFolder with Resize, CenterCrop, ToTensor and Normalize under a DataLoader of two processes, which decodes each
epoch anew; later epochs of the runner deal what is decoded. Kinds whose library or reader is missing are skipped.

With --memory the set is larger than data.memory_limit_mb, and the most memory that a process took is told, of its own
(anonymous) and of files mapped into it, which the system takes back when it needs room.

--root keeps the sets for the next call.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import subprocess
import sys
import tarfile
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from PIL import Image

SIZE, BATCH, CLASSES, SHARE_OF_PNG = 64, 64, 10, 8
SIDES = (64, 512)
LARGE = 128
"""Pixels of a side where memory is measured."""
LIMIT_MB = 32
Files = list[tuple[str, bytes]]


# ---- the sets -------------------------------------------------------------------------------------------------------


def pictures(count: int) -> Iterator[tuple[str, bytes]]:
    """Names and files of noise as smooth as a photograph's: JPEG, and each eighth a PNG."""
    generator = np.random.default_rng(0)
    octaves = [generator.normal(size=(8 * 2**level, 8 * 2**level, 3)) / 2**level for level in range(7)]
    layers = [Image.fromarray(np.uint8(np.clip(128 + 50 * one, 0, 255))).resize((768, 768)) for one in octaves]
    whole = Image.fromarray(np.uint8(np.clip(sum(np.asarray(one, np.float32) - 128 for one in layers) + 128, 0, 255)))
    for index in range(count):
        width, height = generator.integers(SIDES[0], SIDES[1] + 1, 2)
        left, top = generator.integers(0, 768 - width + 1), generator.integers(0, 768 - height + 1)
        buffer, png = io.BytesIO(), index % SHARE_OF_PNG == 0
        part = whole.crop((left, top, left + width, top + height))
        part.save(buffer, "PNG" if png else "JPEG", **({"compress_level": 1} if png else {"quality": 88}))
        yield f"{index % CLASSES}/{index:06d}.{'png' if png else 'jpg'}", buffer.getvalue()


def write_folder(root: Path, count: int) -> None:
    for name, content in pictures(count):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def write_zip(files: Files, target: Path) -> None:
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)


def write_tar(files: Files, target: Path) -> None:
    with tarfile.open(target, "w") as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def write_hdf5(files: Files, target: Path) -> None:
    import h5py

    with h5py.File(target, "w") as file:
        images = file.create_dataset("images", (len(files),), h5py.vlen_dtype(np.uint8))
        for index, (_, content) in enumerate(files):
            images[index] = np.frombuffer(content, np.uint8)
        file["labels"] = [int(name.split("/")[0]) for name, _ in files]


def write_lmdb(files: Files, target: Path) -> None:
    import lmdb

    room = 2 * sum(len(content) + 4096 for _, content in files)
    with lmdb.open(str(target), map_size=room) as environment, environment.begin(write=True) as transaction:
        for name, content in files:
            transaction.put(name.encode(), content)


def write_parquet(files: Files, target: Path) -> None:
    """As Hugging Face's library does: classes mixed, a hundred rows in a group."""
    import pyarrow
    from pyarrow import parquet

    order = np.random.default_rng(0).permutation(len(files))
    images = [{"bytes": files[row][1], "path": Path(files[row][0]).name} for row in order]
    labels = [int(files[row][0].split("/")[0]) for row in order]
    features = {"label": {"_type": "ClassLabel", "names": [str(label) for label in range(CLASSES)]}}
    table = pyarrow.table({"image": images, "label": labels})
    notes = {"huggingface": json.dumps({"info": {"features": features | {"image": {"_type": "Image"}}}})}
    parquet.write_table(table.replace_schema_metadata(notes), target, row_group_size=100)


WRITERS: dict[str, tuple[str, Callable[[Files, Path], None]]] = {
    "zip": ("zipfile", write_zip),
    "tar": ("tarfile", write_tar),
    "hdf5": ("h5py", write_hdf5),
    "lmdb": ("lmdb", write_lmdb),
    "parquet": ("pyarrow", write_parquet),
}
"""Kind -> the library that it needs, and what writes it."""


def sets_in(folder: Path, kinds: list[str], count: int) -> dict[str, Path]:
    """Where the sets of so many images lie, written if they are not there; their files are read once."""
    from gan_runner.data.containers.opening import READERS

    known = {kind for kind, (needed, _) in WRITERS.items() if kind in READERS and find_spec(needed)}
    photos = folder / f"folder-{count}"
    if not photos.is_dir():
        write_folder(photos, count)
    files = [(path.relative_to(photos).as_posix(), path.read_bytes()) for path in sorted(photos.rglob("*.*"))]
    found = {"folder": photos}
    for kind in kinds:
        if kind == "folder":
            continue
        if kind not in known:
            print(f"{kind} is skipped: it has no reader, or its library is not installed", file=sys.stderr)
            continue
        found[kind] = folder / f"{count}.{kind}"
        if not found[kind].exists():
            WRITERS[kind][1](files, found[kind])
        for path in [found[kind]] if found[kind].is_file() else found[kind].iterdir():
            path.read_bytes()
    return {kind: path for kind, path in found.items() if kind in kinds}


# ---- what is timed --------------------------------------------------------------------------------------------------


def opened(root: Path, cache: Path, size: int = SIZE, limit: int = 2048) -> Any:
    from gan_runner.data.folder import Folder

    return Folder(
        root=str(root), image_size=size, labels=True, holdout=0, cache=str(cache), memory_limit_mb=limit,
        batch_size=BATCH, num_workers=0,
    )  # fmt: skip


def first_pass(root: Path, cores: int, scratch: Path) -> list[float]:
    """Seconds from opening a set to what it deals from, with so many cores (0: all), and of an epoch after that."""
    if cores:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    with tempfile.TemporaryDirectory(dir=scratch) as cache:
        data = opened(root, Path(cache))
        begin = perf_counter()
        data.fingerprint()
        data.prepare_data()
        data.setup("fit")
        read = perf_counter() - begin
        return [read, statistics.median(epoch(data) for _ in range(3))]


def epoch(data: Any) -> float:
    from gan_runner.images.ranges import to_unit_range

    begin = perf_counter()
    for batch in data.train_dataloader():
        to_unit_range(batch.real)
    return perf_counter() - begin


def loader_epoch(root: Path) -> list[float]:
    """Seconds of an epoch of torchvision's, its workers' start included, as in each epoch of it."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    steps = [
        transforms.Resize(SIZE),
        transforms.CenterCrop(SIZE),
        transforms.ToTensor(),
        transforms.Normalize(0.5, 0.5),
    ]
    images = datasets.ImageFolder(str(root), transforms.Compose(steps))
    loader = DataLoader(images, BATCH, shuffle=True, num_workers=2, drop_last=True)
    begin = perf_counter()
    for _ in loader:
        pass
    return [perf_counter() - begin]


def memory(root: Path, limit: int, scratch: Path) -> list[float]:
    """MB that reading a set and an epoch of it take above the imports: of its own, and of mapped files."""
    from gan_runner.data.folder import Folder  # noqa: F401  # its imports are no part of it

    before, most, over = resident(), [0.0, 0.0], threading.Event()

    def watch() -> None:
        while not over.wait(0.01):
            most[:] = [max(old, new - was) for old, new, was in zip(most, resident(), before, strict=True)]

    watcher = threading.Thread(target=watch)
    watcher.start()
    with tempfile.TemporaryDirectory(dir=scratch) as cache:
        data = opened(root, Path(cache), LARGE, limit)
        data.setup("fit")
        epoch(data)
    over.set()
    watcher.join()
    return most


def resident() -> list[float]:
    """MB of memory in use: anonymous, and of files."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return [int(lines[name].split()[0]) / 1024 for name in ("RssAnon", "RssFile")]


# ---- the tables -----------------------------------------------------------------------------------------------------


def alone(part: str, root: Path, number: int, scratch: Path) -> list[float]:
    """What a part measures in a process of its own."""
    command = [sys.executable, __file__, "--part", part, "--root", str(root), "--number", str(number)]
    told = subprocess.run([*command, "--scratch", str(scratch)], capture_output=True, text=True, check=True).stdout
    found: list[float] = json.loads(told.splitlines()[-1])
    return found


def spread(values: list[float], form: str = ".2f") -> str:
    low, high = min(values), max(values)
    return f"{statistics.median(values):{form}} [{low:{form}}–{high:{form}}]"


def speeds(sets: dict[str, Path], photos: Path, count: int, rounds: int, scratch: Path) -> None:
    """Interleaved rounds: medians, and the least and the most of each ratio."""
    loader: list[float] = []
    found: dict[str, list[list[float]]] = {kind: [] for kind in sets}
    for _ in range(rounds):
        loader += alone("loader", photos, 0, scratch)
        for kind, root in sets.items():
            one, every = alone("first", root, 1, scratch), alone("first", root, 0, scratch)
            found[kind].append([one[0], every[0], every[1]])
            told = f"{kind}: one core {one[0]:.2f} s, all {every[0]:.2f} s, an epoch {every[1]:.3f} s"
            print(f"{told}, the loader's {loader[-1]:.2f} s", file=sys.stderr, flush=True)
    print(f"torchvision's loader: {spread([count / seconds for seconds in loader], ',.0f')} images/s\n")
    print("| kind | one core, images/s | all cores, images/s | all / one | all / loader | later epochs / loader |")
    print("|---|---|---|---|---|---|")
    for kind, rows in found.items():
        ones, alls, laters = (list(column) for column in zip(*rows, strict=True))
        one, every = count / statistics.median(ones), count / statistics.median(alls)
        gain = [a / b for a, b in zip(ones, alls, strict=True)]
        first = [a / b for a, b in zip(loader, alls, strict=True)]
        later = [a / b for a, b in zip(loader, laters, strict=True)]
        print(f"| {kind} | {one:,.0f} | {every:,.0f} | {spread(gain)} | {spread(first)} | {spread(later, '.0f')} |")
    print("| goal | | | >= 1.7 (two cores) | | >= 30 |")


def memories(sets: dict[str, Path], count: int, scratch: Path) -> None:
    megabytes = count * 3 * LARGE**2 / 1e6
    print(f"{count:,} images of {LARGE}×{LARGE} pixels, {megabytes:.0f} MB decoded, MB above the imports\n")
    print(f"| kind | own, in memory | own, memory_limit_mb={LIMIT_MB} | files mapped, memory_limit_mb={LIMIT_MB} |")
    print("|---|---|---|---|")
    for kind, root in sets.items():
        whole, mapped = (alone("memory", root, limit, scratch) for limit in (1 << 20, LIMIT_MB))
        print(f"| {kind} | {whole[0]:.0f} | {mapped[0]:.0f} | {mapped[1]:.0f} |", flush=True)


PARTS: dict[str, Callable[[Path, int, Path], list[float]]] = {
    "first": first_pass,
    "loader": lambda root, number, scratch: loader_epoch(root),
    "memory": memory,
}


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=["folder", *WRITERS])
    parser.add_argument("--images", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--memory", action="store_true")
    for hidden, kind in (("--part", str), ("--number", int), ("--scratch", Path)):  # of a process of its own
        parser.add_argument(hidden, type=kind, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.part:
        print(json.dumps(PARTS[arguments.part](arguments.root, arguments.number, arguments.scratch)))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = arguments.root or Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        sets = sets_in(folder, arguments.kinds, arguments.images)
        if arguments.memory:
            memories(sets, arguments.images, Path(made))
        else:
            speeds(sets, folder / f"folder-{arguments.images}", arguments.images, arguments.rounds, Path(made))


if __name__ == "__main__":
    main()

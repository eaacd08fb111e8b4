"""A set of image files, decoded once: in memory, or in a file on disk that later runs find again."""

import hashlib
import json
import logging
import math
import os
import secrets
import shutil
import zlib
from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from gan_runner.data.containers.inside import AnImage, InsidePath, Page, Place, below, reading_order, settings_of
from gan_runner.data.files.decoding import DecodeError, Decoder
from gan_runner.waiting.threads import each

log = logging.getLogger(__name__)

FORMAT = 2  # of the cache: a change of it rebuilds every cache
CHUNK = 256  # images that are moved or summed at a time
OnError = Literal["skip", "fail"]


@dataclass(frozen=True)
class Decoded:
    """images uint8 (rows, C, H, W), in memory or mapped from `file`; kept: which of the files each row is."""

    images: NDArray[np.uint8]
    kept: list[int]
    file: Path | None = None


def open_decoded(
    root: Place,
    paths: Sequence[AnImage],
    decoder: Decoder,
    on_error: OnError,
    cache: Path | None,
    memory_limit_mb: int,
) -> Decoded:
    """The decoded files: from the cache if they are there, decoded now if not; mapped if too large."""
    shape = (decoder.channels, *decoder.size)
    megabytes = len(paths) * math.prod(shape) / 1e6
    mapped = megabytes > memory_limit_mb
    if cache is None:
        if mapped:
            raise ValueError(
                f"the {len(paths)} images of {root} take {megabytes:.0f} MB decoded, more than "
                f"data.memory_limit_mb={memory_limit_mb}: set data.cache to a folder or data.stream=true"
            )
        images = np.empty((len(paths), *shape), np.uint8)
        kept = decode(paths, decoder, on_error, images)
        return Decoded(images[: len(kept)], kept)
    folder = cache / f"{root.resolve().name}-{fingerprint(root, paths, decoder)}"
    found = read_cache(folder, shape, len(paths), mapped)
    if found is not None:
        _report(found, paths, on_error)
        return found
    written = write_cache(folder, paths, decoder, on_error, shape, mapped)
    found = read_cache(folder, shape, len(paths), mapped) if mapped else written
    if found is None:
        raise OSError(f"what was written to {folder} cannot be read back: set data.cache to another folder")
    return found


def _report(found: Decoded, paths: Sequence[AnImage], on_error: OnError) -> None:
    """Say of a cache what decoding would have said."""
    log.info("%d of %d images were decoded before", len(found.kept), len(paths))
    skipped = [paths[position] for position in sorted(set(range(len(paths))) - set(found.kept))]
    if skipped and on_error == "fail":
        raise ValueError(f"{skipped[0]} cannot be decoded; remove the file, or set data.on_error=skip")
    for path in skipped:
        log.warning("skipped %s", path)


def decode(paths: Sequence[AnImage], decoder: Decoder, on_error: OnError, images: NDArray[np.uint8]) -> list[int]:
    """Decode files into the first rows of `images`, in order; returns which files they are.

    They are read in the order of their container. A file that cannot be decoded is named in the log and skipped, or
    raises ValueError.
    """
    kept: list[int] = []
    order = reading_order(paths)
    with closing(_decoded([paths[one] for one in order], decoder)) as results:  # cut off, the threads end, and the bar
        for position, result in zip(order, results, strict=True):
            if not isinstance(result, DecodeError):
                images[position] = result
                kept.append(position)
            elif on_error == "fail":
                raise ValueError(f"{result}; remove the file, or set data.on_error=skip") from result
            else:
                log.warning("skipped %s", result)
    kept.sort()
    _close_up(images, kept)
    log.info("decoded %d of %d images", len(kept), len(paths))
    return kept


def _close_up(images: NDArray[np.uint8], kept: Sequence[int]) -> None:
    """Move the rows that are kept, in order, to the first ones."""
    if len(kept) < len(images):
        for start in range(0, len(kept), CHUNK):
            rows = kept[start : start + CHUNK]
            images[start : start + len(rows)] = images[rows]


def _decoded(paths: Sequence[AnImage], decoder: Decoder) -> Generator[NDArray[np.uint8] | DecodeError]:
    """Decode with threads (Pillow releases the interpreter lock), behind a bar."""

    def attempt(path: AnImage) -> NDArray[np.uint8] | DecodeError:
        try:
            return decoder(path)
        except DecodeError as error:
            return error

    return each(attempt, paths, "decoding", "images")


def fingerprint(root: Place, paths: Sequence[AnImage], decoder: Decoder) -> str:
    """Changes with any file's name, size or time of change, or an item's in a container, and with every setting of the
    decoder.
    """
    facts = [(below(path, root), *_mark(path)) for path in paths]
    content = json.dumps([FORMAT, decoder.facts(), facts, *settings_of(root)])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _mark(path: AnImage) -> tuple[int | str, ...]:
    place = path.file if isinstance(path, Page) else path
    try:
        if isinstance(place, InsidePath) and place.index is not None:
            return place.container.mark_of(place.index)
        stat = path.stat()
    except OSError:  # a broken link: decoding reports it
        return -1, -1
    return stat.st_size, stat.st_mtime_ns


def write_cache(
    folder: Path,
    paths: Sequence[AnImage],
    decoder: Decoder,
    on_error: OnError,
    shape: tuple[int, ...],
    mapped: bool,
) -> Decoded:
    """Decode into memory and from there into `folder`, or, mapped, into its file at once. The folder appears whole or
    not at all, whatever interrupts it.
    """
    part = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.part")
    rows = (len(paths), *shape)
    try:
        part.mkdir(parents=True)
    except OSError as error:
        raise ValueError(f"data.cache={folder.parent} cannot be written ({error}): set another folder") from error
    try:
        if shutil.disk_usage(part).free < math.prod(rows):  # a full disk would kill the process that maps it
            raise ValueError(f"data.cache={folder.parent} needs {math.prod(rows) / 1e6:.0f} MB of free disk")
        file = part / "images.npy"
        images = np.lib.format.open_memmap(file, "w+", np.uint8, rows) if mapped else np.empty(rows, np.uint8)
        kept = decode(paths, decoder, on_error, images)
        images.flush() if isinstance(images, np.memmap) else _save(file, images)
        manifest = {"format": FORMAT, "rows": rows, "kept": kept, "crc32": checksum(images)}
        with (part / "manifest.json").open("w") as stream:
            json.dump(manifest, stream)
            stream.flush()
            os.fsync(stream.fileno())
        shutil.rmtree(folder, ignore_errors=True)
        try:
            part.rename(folder)
        except OSError:  # another process was faster, with the same content
            if not folder.is_dir():
                raise
        return Decoded(images[: len(kept)], kept)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _save(file: Path, images: NDArray[np.uint8]) -> None:
    """As np.save does, which raises an OSError of no reason where the disk is full."""
    with file.open("wb") as stream:
        np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(images))
        stream.write(images.data)
        stream.flush()
        os.fsync(stream.fileno())


def read_cache(folder: Path, shape: tuple[int, ...], count: int, mapped: bool) -> Decoded | None:
    """What `write_cache` left, or None if there is nothing or it is damaged (said in the log).

    The checksum of the pixels is verified when they are read into memory, not when they are mapped.
    """
    if not folder.is_dir():
        return None
    try:
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text())
        images = np.load(folder / "images.npy", mmap_mode="r" if mapped else None)
        kept = [int(position) for position in manifest["kept"]]
        if images.dtype != np.uint8 or images.shape != (count, *shape) or len(kept) > count:
            raise ValueError(f"it holds {images.dtype} {images.shape}, expected uint8 {(count, *shape)}")
        if not mapped and checksum(images) != manifest["crc32"]:
            raise ValueError("its checksum is wrong")
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        log.warning("the decoded images in %s are damaged (%s): decoding again", folder, error)
        return None
    return Decoded(images[: len(kept)], kept, folder / "images.npy" if mapped else None)


def checksum(images: NDArray[np.uint8]) -> int:
    value = 0
    for start in range(0, len(images), CHUNK):
        value = zlib.crc32(np.ascontiguousarray(images[start : start + CHUNK]).data, value)
    return value

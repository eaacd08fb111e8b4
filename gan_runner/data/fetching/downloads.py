"""Fetches the files of a public data set: whole and with the right checksum, or not at all."""

import gzip
import hashlib
import logging
import os
import queue
import tarfile
import tempfile
import threading
import time
import urllib.request
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path, PurePosixPath
from typing import IO, NoReturn, Protocol

from gan_runner.files import replacing
from gan_runner.waiting.preparing import preparing

log = logging.getLogger(__name__)

CONNECT_SECONDS = 5.0  # two silent mirrors are given up within 10 s
STALL_SECONDS = 20.0  # without a byte in the middle of a file
SLOWEST_BYTES_PER_SECOND = 10_000  # on average, beyond STALL_SECONDS: a mirror that drips is given up
CHUNK_BYTES = 1 << 20
FAILURES = (OSError, EOFError, ValueError, HTTPException, zlib.error, tarfile.TarError)


@dataclass(frozen=True)
class File:
    """A file as it shall lie on disk, unpacked; checksum is "<algorithm>:<hex digest, or its first digits>".

    checksum None: nobody published one, and any content is taken.
    """

    name: str
    max_bytes: int
    checksum: str | None


class Source(Protocol):
    """A place that files can be had from; its str() is how a message names it."""

    def fetch(self, folder: Path, files: Sequence[File]) -> None: ...


@dataclass(frozen=True)
class GzipMirror:
    """A web folder with each file gzipped; md5 sums of the gzipped files by their names."""

    address: str
    md5: Mapping[str, str]

    def fetch(self, folder: Path, files: Sequence[File]) -> None:
        for file in files:
            packed = File(f"{file.name}.gz", file.max_bytes, f"md5:{self.md5[f'{file.name}.gz']}")
            with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
                transfer(self.address + packed.name, Path(temporary), packed)
                with gzip.open(Path(temporary, packed.name)) as stream:
                    store(stream, folder, file)

    def __str__(self) -> str:
        return self.address


@dataclass(frozen=True)
class ArchiveMirror:
    """A tar archive on the web that holds every file."""

    address: str
    md5: str
    max_bytes: int

    def fetch(self, folder: Path, files: Sequence[File]) -> None:
        packed = File("archive.tar.gz", self.max_bytes, f"md5:{self.md5}")
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
            transfer(self.address, Path(temporary), packed)
            unpack(Path(temporary, packed.name), folder, files)

    def __str__(self) -> str:
        return self.address


def refuse_missing(name: str, folder: Path, missing: Sequence[File], download: bool) -> None:
    """Raise if files that are missing cannot be fetched: not allowed to, or nowhere to put them."""
    place = next(parent for parent in (folder, *folder.parents) if parent.exists())
    if not download:
        _refuse(name, folder, missing, "data.download=false")
    if not place.is_dir() or not os.access(place, os.W_OK):
        _refuse(name, folder, missing, f"{place} cannot be written")


def fetch(name: str, folder: Path, files: Sequence[File], sources: Sequence[Source]) -> None:
    """Fetch files into a folder from the first source that has them. FileNotFoundError if none does."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _refuse(name, folder, files, str(error))
    reasons = []
    for source in sources:
        missing = [file for file in files if not (folder / file.name).is_file()]
        log.info("%s: fetching %d file(s) into %s from %s", name, len(missing), folder, source)
        try:
            return source.fetch(folder, missing)
        except FAILURES as failure:
            reasons.append(f"{source}: {' '.join(str(failure).split()) or type(failure).__name__}")
            log.info("%s", reasons[-1])
    _refuse(name, folder, files, "; ".join(reasons))


def _refuse(name: str, folder: Path, missing: Sequence[File], reason: str) -> NoReturn:
    names = ", ".join(file.name for file in missing)
    raise FileNotFoundError(
        f"{name} is not complete and cannot be fetched ({reason}): "
        f"put {names} into {folder}, or set data.root to where they are"
    )


def transfer(address: str, folder: Path, file: File) -> str:
    with connect(address) as response, preparing(f"fetching {file.name}", response.length, "MB", each=1e6) as came:
        return store(Timely(response, file, came), folder, file)


class Timely:
    """A response that is read only as long as it brings enough bytes, and to its announced end."""

    def __init__(self, response: HTTPResponse, file: File, came: Callable[[int], None]) -> None:
        """came: is told how many bytes came."""
        self.response, self.name, self._came = response, file.name, came
        self.begun, self.bytes, self.promised = time.monotonic(), 0, response.length

    def read(self, count: int) -> bytes:
        chunk = self.response.read1(count)  # what has come: read would wait for all of it
        self.bytes += len(chunk)
        self._came(len(chunk))
        seconds = time.monotonic() - self.begun
        if self.bytes < (seconds - STALL_SECONDS) * SLOWEST_BYTES_PER_SECOND:
            raise TimeoutError(f"{self.name} is too slow: {self.bytes} bytes in {seconds:.0f} s")
        if not chunk and self.promised is not None and self.bytes < self.promised:
            raise EOFError(f"{self.name} broke off after {self.bytes} of {self.promised} bytes")
        return chunk


def connect(address: str) -> HTTPResponse:
    """Open an address within CONNECT_SECONDS, the name's look-up included, which no socket timeout bounds."""
    answer: queue.SimpleQueue[HTTPResponse | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            request = urllib.request.Request(address, headers={"User-Agent": "gan_runner"})
            answer.put(urllib.request.urlopen(request, timeout=STALL_SECONDS))
        except Exception as error:
            answer.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        response = answer.get(timeout=CONNECT_SECONDS)
    except queue.Empty:
        raise TimeoutError(f"no answer within {CONNECT_SECONDS:g} s") from None
    if isinstance(response, Exception):
        raise response
    return response


def store(stream: IO[bytes] | gzip.GzipFile | Timely, folder: Path, file: File) -> str:
    """Write a stream to a file: whole and with the right checksum, or not at all. Returns the digest (sha256 where
    no checksum is known).
    """
    algorithm, expected = file.checksum.split(":") if file.checksum is not None else ("sha256", None)
    digest, left = hashlib.new(algorithm, usedforsecurity=False), file.max_bytes
    with replacing(folder / file.name) as part:
        with part.open("xb") as output:
            while chunk := stream.read(min(CHUNK_BYTES, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise ValueError(f"{file.name} is longer than {file.max_bytes} bytes")
                digest.update(chunk)
                output.write(chunk)
        if expected is not None and not (expected and digest.hexdigest().startswith(expected)):
            raise ValueError(f"{file.name} has {algorithm} {digest.hexdigest()}, expected {expected}")
    return digest.hexdigest()


def unpack(archive: Path, folder: Path, files: Sequence[File]) -> None:
    """Store the files that a tar archive holds, plain or gzipped, in whatever folder of it."""
    with tarfile.open(archive) as tar:
        members = tar.getmembers()
        for member in members:
            path = PurePosixPath(member.name)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"{archive.name} holds {member.name!r}, which leads out of the archive")
        for file in files:
            names = (file.name, f"{file.name}.gz")
            found = [member for member in members if member.isfile() and Path(member.name).name in names]
            stream = tar.extractfile(found[0]) if len(found) == 1 else None
            if stream is None:
                raise ValueError(f"{archive.name} holds {len(found)} files named {file.name}, not 1")
            with gzip.open(stream) if found[0].name.endswith(".gz") else stream as content:
                store(content, folder, file)

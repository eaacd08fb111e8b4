"""Fetches a public set of images that is one archive, and unpacks it: whole, or not at all."""

import hashlib
import logging
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO, NoReturn

from gan_runner.data.fetching.downloads import CHUNK_BYTES, FAILURES, File, transfer
from gan_runner.data.files.decoding import SUFFIXES
from gan_runner.files import write_json
from gan_runner.waiting.preparing import preparing

log = logging.getLogger(__name__)

DAMAGES = (ValueError, EOFError, RuntimeError, zlib.error, tarfile.TarError, zipfile.BadZipFile)
FACTS = "archive.json"
"""Lies beside what an archive was unpacked to, and tells of the archive."""
UNPACKED = 4
"""Images hardly compress: what unpacks to more than this times the largest archive is none of them."""


@dataclass(frozen=True)
class Archive:
    """A zip or tar file of image folders on the web.

    addresses: asked one after the other, all for the same file. sha256: of the file, or null where nobody published
    one; then that of what came is logged and written beside the images (archive.json).
    """

    addresses: Sequence[str]
    max_megabytes: int
    sha256: str | None = None

    @property
    def name(self) -> str:
        return self.addresses[0].rpartition("/")[2]

    def check(self, root: Path, wanted: str, download: bool) -> None:
        """Raise FileNotFoundError if the archive is not there and cannot be fetched into `root`."""
        place = next(parent for parent in (root, *root.parents) if parent.exists())
        if not (place.is_dir() and os.access(place, os.W_OK)):
            self._refuse(root, wanted, f"{place} cannot be written")
        if not download and self._at_hand(root) is None:
            self._refuse(root, wanted, "data.download=false")

    def fetch(self, root: Path, wanted: str) -> None:
        """Unpack the archive into `root`, from a copy in it or beside it, or else from the web."""
        try:
            root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(dir=root, prefix=".") as temporary:
                self._fetch(root, wanted, Path(temporary))
        except OSError as error:
            if isinstance(error, FileNotFoundError):
                raise
            self._refuse(root, wanted, str(error))

    def _fetch(self, root: Path, wanted: str, temporary: Path) -> None:
        at_hand = self._at_hand(root)
        if at_hand:
            origin, path, digest = str(at_hand), at_hand, self._checked(at_hand)
        else:
            origin, digest = self._transferred(root, wanted, temporary)
            path = temporary / self.name
        unpacked = temporary / "unpacked"
        unpacked.mkdir()
        try:
            with preparing(f"unpacking {self.name}", None, "images") as done:
                count = unpack_images(path, unpacked, UNPACKED * self._max_bytes, done)
        except DAMAGES as error:
            raise ValueError(f"{origin} cannot be unpacked ({error}): set data.root to where the images are") from error
        facts = {"from": origin, "bytes": path.stat().st_size, "sha256": digest, "images": count}
        for found in without_wrapping(unpacked).iterdir():
            if not (root / found.name).exists():
                found.rename(root / found.name)
        write_json(root / FACTS, facts)
        log.info("%s: %d images of %s, sha256 %s", root, count, origin, digest)

    @property
    def _max_bytes(self) -> int:
        return self.max_megabytes * 1_000_000

    def _at_hand(self, root: Path) -> Path | None:
        return next((path for path in (root / self.name, root.parent / self.name) if path.is_file()), None)

    def _checked(self, path: Path) -> str:
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if self.sha256 and digest != self.sha256:
            raise ValueError(f"{path} has sha256 {digest}, expected {self.sha256}: delete it, to have it fetched again")
        return digest

    def _transferred(self, root: Path, wanted: str, folder: Path) -> tuple[str, str]:
        """The address that the archive came from, and its checksum."""
        file = File(self.name, self._max_bytes, f"sha256:{self.sha256}" if self.sha256 else None)
        reasons = []
        for address in self.addresses:
            log.info("fetching %s, which may take long", address)
            try:
                return address, transfer(address, folder, file)
            except FAILURES as failure:
                reasons.append(f"{address}: {' '.join(str(failure).split()) or type(failure).__name__}")
                log.info("%s", reasons[-1])
        self._refuse(root, wanted, "; ".join(reasons))

    def _refuse(self, root: Path, wanted: str, reason: str) -> NoReturn:
        raise FileNotFoundError(
            f"data.root={root} does not hold {wanted}, and {self.name} cannot be fetched ({reason}): get it from "
            f"{self.addresses[0]} and put it into {root.parent}, or set data.root to where it is unpacked"
        )


def unpack_images(archive: Path, folder: Path, max_bytes: int, done: Callable[[int], None] = lambda count: None) -> int:
    """Store the image files of a zip or tar archive under their paths in it; returns how many there are.

    done: is told of each.

    Links, hidden files and what is no image stay out. Raises ValueError if a path leads out of the archive.
    """
    count, left = 0, max_bytes
    for name, stream in members(archive):
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or PureWindowsPath(name).drive or "\\" in name:
            raise ValueError(f"it holds {name!r}, which leads out of it")
        hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
        if hidden or path.suffix.lower() not in SUFFIXES:
            continue
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as output:
            while chunk := stream.read(min(CHUNK_BYTES, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise ValueError(f"it unpacks to more than {max_bytes} bytes")
                output.write(chunk)
        count += 1
        done(1)
    if not count:
        raise ValueError("it holds no images")
    return count


def members(archive: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The plain files of a zip or tar archive: names and contents."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if not info.is_dir():
                    with packed.open(info) as stream:
                        yield info.filename, stream
        return
    if not tarfile.is_tarfile(archive):
        raise ValueError("it is neither a zip nor a tar file")
    with tarfile.open(archive) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content is not None:
                yield member.name, content


def without_wrapping(folder: Path) -> Path:
    """The folder that holds several things or files: horse2zebra/horse2zebra/{trainA, trainB} is the inner one."""
    inside = list(folder.iterdir())
    if len(inside) == 1 and inside[0].is_dir() and all(path.is_dir() for path in inside[0].iterdir()):
        return without_wrapping(inside[0])
    return folder

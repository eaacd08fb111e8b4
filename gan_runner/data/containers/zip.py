"""Image files in a zip."""

from __future__ import annotations

import logging
import stat
import struct
import zipfile
import zlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from gan_runner.data.containers.base import Container
from gan_runner.data.containers.guards import check_size, taken

log = logging.getLogger(__name__)

BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
OTHERS = (".npz", ".pt", ".pth")
"""Suffixes of what is packed as a zip and is none of files."""
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
COMPRESSORS: dict[int, str] = zipfile.compressor_names  # type: ignore[attr-defined]
ENCRYPTED = 1
"""Of a member's flags."""
HEADER, LENGTHS = 30, slice(26, 30)
"""Bytes in front of a member's name, and where the lengths of it and of what follows it stand in them."""


class Zip(Container):
    """Its members, by their names; those of folders are left out, and links."""

    kind = "zip"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        suffix = path.suffix.lower()
        if not path.is_file() or suffix in OTHERS:
            return False
        with path.open("rb") as file:
            return suffix == ".zip" or file.read(4) in BEGINS

    def open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (ValueError, zipfile.BadZipFile) as error:
            raise ValueError(
                f"{self.path} is no zip, or one that is cut off or damaged ({error}): get it or pack it anew"
            ) from error
        except OSError as error:
            raise ValueError(f"{self.path} cannot be read as a zip: {error}") from error

    @cached_property
    def members(self) -> dict[str, zipfile.ZipInfo]:
        """By their names here."""
        return self.list_members()

    def list_members(self) -> dict[str, zipfile.ZipInfo]:
        listed = self.handle.infolist()
        infos = [info for info in listed if not stat.S_ISLNK(info.external_attr >> 16)]
        if links := len(listed) - len(infos):
            log.warning("%s: %d links are left out: pack the files themselves", self.path, links)
        self._check_packed(infos)
        return taken(self.path, ((info.filename, info) for info in infos))

    def list_names(self) -> Sequence[str]:
        return sorted(self.members)

    def read(self, index: int) -> bytes:
        info = self.members[self.names[index]]
        check_size(max(info.file_size, info.compress_size))
        if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            return member_of(self.path, info)
        with self.handle.open(info) as file:  # never gives more bytes than the size that was told
            found: bytes = file.read()
            return found

    def mark_of(self, index: int) -> tuple[int | str, ...]:
        """The zip's own checksum of a member says all: the zip may be touched or copied."""
        info = self.members[self.names[index]]
        return info.file_size, info.CRC

    def _check_packed(self, infos: Sequence[zipfile.ZipInfo]) -> None:
        encrypted = sum(bool(info.flag_bits & ENCRYPTED) for info in infos)
        if encrypted:
            raise ValueError(
                f"{self.path} is encrypted ({encrypted} of {len(infos)} members): unpack it with its password and set "
                "data.root to the folder, or pack it anew without one"
            )
        unknown = sorted({info.compress_type for info in infos} - METHODS)
        if unknown:
            told = ", ".join(COMPRESSORS.get(method, str(method)) for method in unknown)
            raise ValueError(
                f"{self.path} has members packed by a method that is not read ({told}): unpack it and set data.root to "
                "the folder, or pack it anew by deflate"
            )


def member_of(path: Path, info: zipfile.ZipInfo) -> bytes:
    """What a member holds that is stored as it is or deflated, never more bytes than the size that was told.

    zipfile lets one thread at a time into the file, and works through a member in Python. Raises what zipfile raises.
    """
    with path.open("rb", buffering=0) as file:  # of its own: threads and processes share no place in it
        file.seek(info.header_offset)
        header = file.read(HEADER)
        if not header.startswith(BEGINS[0]) or len(header) < HEADER:
            raise zipfile.BadZipFile("Bad magic number for file header")
        file.seek(sum(struct.unpack("<HH", header[LENGTHS])), 1)
        found = file.read(info.compress_size)
    if info.compress_type == zipfile.ZIP_DEFLATED and info.file_size:
        found = zlib.decompressobj(-zlib.MAX_WBITS).decompress(found, info.file_size)
    found = found[: info.file_size]
    if len(found) < info.file_size:
        raise EOFError(f"{info.filename} ends before its last byte")
    if zlib.crc32(found) != info.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {info.filename!r}")
    return found

"""Image files in a zip."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

from gan_runner.data.containers.base import Container


class Zip(Container):
    """Its members, by their names; those of folders are left out."""

    kind = "zip"

    @classmethod
    def recognises(cls, path: Path) -> bool:
        return path.is_file() and path.suffix.lower() not in (".npz", ".pt", ".pth") and zipfile.is_zipfile(path)

    def open(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self.path)
        except (OSError, zipfile.BadZipFile) as error:
            raise ValueError(f"{self.path} cannot be read as a zip: {error}") from error

    def list_names(self) -> Sequence[str]:
        return sorted(info.filename for info in self.handle.infolist() if not info.is_dir())

    def read(self, index: int) -> bytes:
        found: bytes = self.handle.read(self.names[index])
        return found

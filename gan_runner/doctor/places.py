"""Where things lie, how much they take, and whether more can be written there."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gan_runner.doctor.troubles import Trouble, missing, private, warning
from gan_runner.files import expanded

ENOUGH = 2e9
"""Bytes that a run, its checkpoints and a decoded set easily take."""
FULL = 1e6
"""Bytes below which not even a run's record fits, let alone its weights."""
PATIENCE = 0.3
"""Seconds in which the size of a place is found, or as much of it as can be."""
MOUNTS = Path("/proc/mounts")
NETWORKS = re.compile(r"nfs|cifs|smb|sshfs|lustre|gpfs|beegfs|ceph|gluster|afs|9p|davfs|s3fs|gcsfuse|rclone", re.I)
"""File systems that lie on other machines."""


class Place(NamedTuple):
    """A folder that may not be there yet.

    size: of its files, in bytes; at_least: there is more. free: on its disk. system: the kind of file system, "" where
    the machine does not say. problem: why nothing can be written there, "" where it can.
    """

    name: str
    path: str
    what: str
    exists: bool
    size: int
    at_least: bool
    free: int | None
    system: str
    problem: str


def places(outputs: str, data: str) -> list[Place]:
    """All folders that the product keeps something in, the run folders first."""
    return [_looked_at(name, expanded(path), what) for name, path, what in _all(outputs, data)]


def _all(outputs: str, data: str) -> Iterator[tuple[str, str, str]]:
    """Name, path, what lies there."""
    cache = Path(outputs, "cache")
    yield "outputs", outputs, "runs and sweeps (paths.outputs)"
    yield "data", data, "downloaded sets (paths.data)"
    yield "cache", str(cache), "decoded images (paths.cache)"
    yield "classifiers", str(cache / "classifiers"), "classifiers that were trained for metrics"
    yield "features", str(cache / "features"), "what metrics saw in the reals"
    own = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    yield "weights", str(Path(os.environ.get("TORCH_HOME") or f"{own}/torch", "hub")), "pretrained nets (TORCH_HOME)"
    hub = Path(os.environ.get("HF_HOME") or f"{own}/huggingface", "hub")
    yield "hub", os.environ.get("HF_HUB_CACHE") or str(hub), "what Hugging Face's library fetches (HF_HOME)"
    compiled = os.environ.get("TORCHINDUCTOR_CACHE_DIR") or str(Path(tempfile.gettempdir(), f"torchinductor_{_user()}"))
    yield "compiled", compiled, "compiled steps, trainer.engine=compile (TORCHINDUCTOR_CACHE_DIR)"
    yield "temporary", tempfile.gettempdir(), "files that are gone afterwards (TMPDIR)"


def _user() -> str:
    """As torch writes it into the name of its cache."""
    import getpass

    with suppress(KeyError, OSError, ImportError):
        return re.sub(r'[\\/:*?"<>|]', "_", getpass.getuser())
    return "unknown"


def _looked_at(name: str, path: Path, what: str) -> Place:
    there = _nearest(path)
    free, problem = _free(there), _problem(path)
    if not problem and free is not None and free < FULL:
        problem = "its disk is full"
    size, at_least = (0, False) if name == "temporary" else size_of(path)
    return Place(name, private(str(path)), what, path.is_dir(), size, at_least, free, system_of(there), problem)


def _nearest(path: Path) -> Path:
    """The folder itself, or the one above in which it would be made."""
    whole = path.absolute()
    return next(place for place in (whole, *whole.parents) if os.path.lexists(place))


def _free(place: Path) -> int | None:
    with suppress(OSError):
        return shutil.disk_usage(place).free
    return None


def _problem(path: Path) -> str:
    """Why nothing can be written into a folder: found by writing, or, of one to be made, by what the system says."""
    there = _nearest(path)
    if not there.is_dir():
        return f"{there} is no folder"
    try:
        if there == path.absolute():
            with tempfile.NamedTemporaryFile(dir=path, prefix=".gan-doctor-") as file:
                file.write(b"0")
        elif not os.access(there, os.W_OK | os.X_OK):
            return f"{there} is read-only"
    except OSError as error:
        return (error.strerror or str(error)).lower()
    return ""


def size_of(folder: Path) -> tuple[int, bool]:
    """Bytes of all files below a folder, and whether there was no time for all of them."""
    total, end, pending = 0, time.monotonic() + PATIENCE, [folder]
    while pending:
        with suppress(OSError), os.scandir(pending.pop()) as entries:
            for entry in entries:
                if time.monotonic() > end:
                    return total, True
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
    return total, False


def system_of(place: Path) -> str:
    """The kind of file system that a place lies on."""
    found, deepest = "", -1
    with suppress(OSError):
        whole = place.resolve()
        for line in MOUNTS.read_text(errors="replace").splitlines():
            _, mount, kind, *_ = line.split(" ")
            top = Path(mount.replace("\\040", " "))
            if whole.is_relative_to(top) and len(top.parts) >= deepest:
                found, deepest = kind, len(top.parts)
    return found


NEEDED = ("outputs", "temporary")
"""Where a run has to write."""
OFFERED = {
    "outputs": "choose another folder by paths.outputs=<folder>",
    "data": "choose another folder by paths.data=<folder>, or put the sets there yourself",
    "cache": "choose another folder by paths.cache=<folder>",
    "weights": "set TORCH_HOME=<folder>",
    "hub": "set HF_HOME=<folder>",
    "compiled": "set TORCHINDUCTOR_CACHE_DIR=<folder>",
    "temporary": "set TMPDIR=<folder>",
}


def troubles(found: list[Place]) -> Iterator[Trouble]:
    """What cannot be written, what is full, what lies on another machine."""
    for place in found:
        helps = OFFERED.get(place.name)
        if helps is None:  # below another, which is told of
            continue
        if place.problem:
            says = f"nothing can be written to {place.path}, which is for {place.what}: {place.problem}"
            yield (missing if place.name in NEEDED else warning)(says, helps)
        elif place.name == "outputs" and NETWORKS.search(place.system):
            says = f"{place.path} lies on a network disk ({place.system}): checkpoints and figures are written slowly"
            yield warning(f"{says}, and two machines may differ in what they see", helps)
    known = [place for place in found if place.free is not None and place.name in OFFERED and not place.problem]
    full = [place for place in known if (place.free or 0) < ENOUGH]
    if full:
        told = ", ".join(f"{place.path} has {(place.free or 0) / 1e9:.1f} GB" for place in full)
        helps = "gan-runs sort=size lists the largest runs, gan-runs remove=… removes them"
        yield warning(f"little disk is left: {told}; a run with a decoded set takes about {ENOUGH / 1e9:.0f} GB", helps)

"""Checkpoints on disk: sealed with a checksum, the one before kept; read safely, or refused in one sentence."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile

import torch
from pytorch_lightning.plugins import CheckpointIO
from torch import nn

from gan_runner.config.errors import ConfigError
from gan_runner.config.trust import with_present_names
from gan_runner.files import replacing
from gan_runner.runs.resuming import refuse_changes

LAST, PREVIOUS, BEST = "last.ckpt", "previous.ckpt", "best.ckpt"
MARK = b"\nSHA256:"
SEAL_BYTES = len(MARK) + 64
CHUNK_BYTES = 1 << 20
NEEDED_TO_GO_ON = ("global_step", "loops", "callbacks", "optimizer_states", "lr_schedulers")

log = logging.getLogger(__name__)


# ---- writing --------------------------------------------------------------------------------------------------------


class Sealed(CheckpointIO):
    """How Lightning writes and reads a run's checkpoints.

    (Its own way copies through memory and the system's temporary folder, and neither syncs nor notices a flipped bit.)
    What the system refused is kept in `failure`, not raised: the other ranks wait for this one to return.
    """

    failure: OSError | None = None

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        self.failure = None
        try:
            write(checkpoint, Path(path))
        except OSError as error:
            self.failure = error

    def load_checkpoint(self, path: Any, map_location: Any = "cpu", weights_only: bool | None = True) -> dict[str, Any]:
        return load(Path(path), map_location)

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


class _Hashing:
    """A file that remembers the checksum of what was written."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def write(self, content: bytes) -> int:
        self.digest.update(content)
        return self.file.write(content)

    def flush(self) -> None:
        self.file.flush()


def write(contents: dict[str, Any], path: Path) -> None:
    """Save whole or not at all, a SHA-256 behind the contents. What last.ckpt held becomes previous.ckpt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.with_name(PREVIOUS) if path.name == LAST else None
    with replacing(path, before) as beside, beside.open("xb") as file:
        hashing = _Hashing(file)
        torch.save(contents, hashing)  # type: ignore[arg-type]  # all it needs is write and flush
        file.write(MARK + hashing.digest.hexdigest().encode())


# ---- reading --------------------------------------------------------------------------------------------------------


def damage(path: Path) -> str | None:
    """What is wrong with a checkpoint's seal, or None."""
    digest, left = hashlib.sha256(), path.stat().st_size - SEAL_BYTES
    with path.open("rb") as file:
        while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
            digest.update(chunk)
            left -= len(chunk)
        seal = file.read()
    if not seal.startswith(MARK):
        return "it is cut short, or no checkpoint of gan-train"
    return None if seal == MARK + digest.hexdigest().encode() else "its checksum is wrong"


def named(run: str | None, ckpt: str | None) -> Path:
    """The checkpoint file that one of two keys names. Raises ConfigError for both or none, and like last_of."""
    if (run is None) == (ckpt is None):
        raise ConfigError("give either run=<run folder> or ckpt=<checkpoint file>")
    return last_of(Path(run).expanduser()) if run else Path(str(ckpt)).expanduser()


def last_of(run: Path) -> Path:
    """The newest whole checkpoint of a run folder. Raises FileNotFoundError when it is none; else like newest_whole."""
    if not run.is_dir():
        raise FileNotFoundError(f"{run} is no run folder: give one like outputs/runs/<model>-<data>/<time>")
    return newest_whole(run / "checkpoints")


def newest_whole(folder: Path) -> Path:
    """last.ckpt, or previous.ckpt where that is damaged (which is said).

    Raises FileNotFoundError when there is none, ValueError when none is whole.
    """
    present = [path for name in (LAST, PREVIOUS) if (path := folder / name).is_file()]
    if not present:
        raise FileNotFoundError(f"{folder.parent} has no {folder.name}/{LAST}: the run stopped before its first save")
    for path in present:
        problem = damage(path)
        if problem is None:
            return path
        log.warning("checkpoint %s is damaged (%s)%s", path, problem, "" if path is present[-1] else ": trying another")
    raise ValueError(f"no checkpoint in {folder} is whole ({', '.join(p.name for p in present)} damaged)")


def to_resume(run: Path, system: nn.Module, config: Mapping[str, Any], allow_changes: bool = False) -> Path:
    """The file that `run` continues from, once it is known to load, to fit, and to be of the same configuration.

    Raises like last_of, load, refuse_changes, fit.
    A damaged last.ckpt is put aside, so that the next save does not take it for the one before.
    """
    path, last = last_of(run), run / "checkpoints" / LAST
    contents = load(path)
    refuse_changes(contents["origin"]["config"], config, run, allow_changes)
    absent = [key for key in NEEDED_TO_GO_ON if key not in contents]
    if absent:
        raise ValueError(f"checkpoint {path} lacks {', '.join(absent)}: it can be sampled from, but not resumed")
    fit(contents["state_dict"], system, path)
    if path != last and last.exists():
        os.replace(last, last.with_suffix(".damaged"))
    return path


def load(path: Path, device: Any = "cpu") -> dict[str, Any]:
    """A checkpoint's contents, tensors and plain data only. Raises ValueError when it cannot be one of ours."""
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist")
    problem = damage(path)
    if problem:
        raise ValueError(f"checkpoint {path} is damaged: {problem}")
    try:
        refuse_packed(path)
        contents = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        unsafe = "unsupported global" in str(error).lower()  # torch names what a file would have imported
        reason = "it asks to run code, which is refused" if unsafe else "it is no checkpoint"
        raise ValueError(f"checkpoint {path} cannot be read: {reason}") from error
    if not isinstance(contents, dict) or not {"origin", "state_dict"} <= set(contents):
        raise ValueError(f"checkpoint {path} was not written by gan-train: it lacks the experiment's description")
    return contents | {"origin": with_present_names(contents["origin"])}


def refuse_packed(path: Path) -> None:
    """torch.save packs no record; one that is packed may unpack to more than there is memory."""
    with ZipFile(path) as file:
        if any(record.compress_type != ZIP_STORED for record in file.infolist()):
            raise ValueError("packed")


def fit(state: dict[str, Any], system: nn.Module, path: Path) -> None:
    """Load weights into a system. Raises ValueError when they belong to another one."""
    try:
        system.load_state_dict(state)
    except Exception as error:  # also what a trick says of a state that is not its own
        problem = " ".join(str(error).split("\n\t")[:2])
        raise ValueError(f"the weights in checkpoint {path} do not fit its configuration: {problem[:200]}") from error

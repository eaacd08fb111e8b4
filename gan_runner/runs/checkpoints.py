"""Checkpoints on disk: sealed with a checksum, the one before kept; read safely, or refused in one sentence."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile

import torch
from pytorch_lightning.plugins import CheckpointIO
from torch import nn

from gan_runner.config.errors import ConfigError
from gan_runner.config.trust import with_present_names
from gan_runner.files import replacing
from gan_runner.runs.folder import LAST, PREVIOUS, RunFolder, last_of, refuse_no_file
from gan_runner.runs.misfit import differences, first_misfit
from gan_runner.runs.seal import Hashing, damage
from gan_runner.types import Origin

NEEDED_TO_GO_ON = ("global_step", "loops", "callbacks", "optimizer_states", "lr_schedulers")


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


def write(contents: dict[str, Any], path: Path) -> None:
    """Save whole or not at all, a SHA-256 behind the contents. What last.ckpt held becomes previous.ckpt."""
    path.parent.mkdir(parents=True, exist_ok=True)
    before = path.with_name(PREVIOUS) if path.name == LAST else None
    with replacing(path, before) as beside, beside.open("xb") as file:
        hashing = Hashing(file)
        torch.save(contents, hashing)  # type: ignore[arg-type]  # all it needs is write and flush
        hashing.seal()


# ---- reading --------------------------------------------------------------------------------------------------------


def to_resume(run: Path) -> tuple[Path, dict[str, Any]]:
    """The file that `run` continues from, and its contents. Raises like last_of and load."""
    path = last_of(run)
    contents = load(path)
    absent = [key for key in NEEDED_TO_GO_ON if key not in contents]
    if absent:
        raise ValueError(f"checkpoint {path} lacks {', '.join(absent)}: it can be sampled from, but not resumed")
    return path, contents


def put_aside_damaged(run: Path, path: Path) -> None:
    """Where a run goes on from another file than last.ckpt, so that the next save does not take that for the one
    before.
    """
    last = RunFolder(run).last
    if path != last and last.exists():
        os.replace(last, last.with_suffix(".damaged"))


def load(path: Path, device: Any = "cpu") -> dict[str, Any]:
    """A checkpoint's contents, tensors and plain data only. Raises ValueError when it cannot be one of ours."""
    refuse_no_file(path)
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


def fit(contents: Mapping[str, Any], system: nn.Module, path: Path) -> None:
    """Load a checkpoint's weights into a system. Raises ConfigError when they belong to another one, naming the keys
    that differ, else the first of the weights.
    """
    try:
        system.load_state_dict(contents["state_dict"])
    except Exception as error:  # also what a trick says of a state that is not its own
        now = getattr(system, "origin", Origin())
        told = differences(origin_of(contents, path), now) if now.config else None
        if told:
            raise ConfigError(
                f"the weights in checkpoint {path} do not fit this run ({told}): leave that as it was, or give "
                "init_from= in place of resume=, which begins a new run with the weights that fit"
            ) from error
        problem = first_misfit(contents["state_dict"], system.state_dict()) or _first_line(error)
        raise ValueError(f"the weights in checkpoint {path} do not fit its configuration: {problem}") from error


def origin_of(contents: Mapping[str, Any], path: Path) -> Origin:
    """What a run tells of its configuration and its data. Raises ValueError where that is not whole."""
    try:
        return Origin.of(contents["origin"])
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(f"checkpoint {path} does not describe a whole experiment ({error})") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0][:200]

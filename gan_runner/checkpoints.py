"""Reading checkpoints: safely, and with a sentence when there is nothing good to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn


def last_of(run: Path) -> Path:
    """The file a run folder continues from. Raises FileNotFoundError when there is none."""
    if not run.is_dir():
        raise FileNotFoundError(f"{run} is no run folder: give one like outputs/runs/<model>-<data>/<time>")
    path = run / "checkpoints" / "last.ckpt"
    if not path.is_file():
        raise FileNotFoundError(f"{run} has no checkpoints/last.ckpt: the run stopped before its first save")
    return path


def to_resume(run: Path, system: nn.Module) -> Path:
    """The file that `run` continues from, once it is known to load and to fit. Raises like last_of, load, fit."""
    path = last_of(run)
    fit(load(path)["state_dict"], system, path)
    return path


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """A checkpoint's contents, tensors and plain data only. Raises ValueError when it cannot be one of ours."""
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist")
    try:
        contents = torch.load(path, map_location=device, weights_only=True)
    except PermissionError:
        raise
    except Exception as error:
        unsafe = "Unsupported global" in str(error)  # torch names what a file would have imported
        reason = "it asks to run code, which is refused" if unsafe else "it is damaged, or no checkpoint at all"
        raise ValueError(f"checkpoint {path} cannot be read: {reason}") from error
    if not isinstance(contents, dict) or not {"origin", "state_dict"} <= set(contents):
        raise ValueError(f"checkpoint {path} was not written by gan-train: it lacks the experiment's description")
    return contents


def fit(state: dict[str, Any], system: nn.Module, path: Path) -> None:
    """Load weights into a system. Raises ValueError when they belong to another one."""
    try:
        system.load_state_dict(state)
    except Exception as error:  # also what a trick says of a state that is not its own
        problem = " ".join(str(error).split("\n\t")[:2])
        raise ValueError(f"the weights in checkpoint {path} do not fit its configuration: {problem[:200]}") from error

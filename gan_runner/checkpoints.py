"""Reading checkpoints: safely, and with a sentence when there is nothing good to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch


def last_of(run: Path) -> Path:
    """The file a run folder continues from. Raises FileNotFoundError when there is none."""
    if not run.is_dir():
        raise FileNotFoundError(f"{run} is no run folder: give one like outputs/runs/<model>-<data>/<time>")
    path = run / "checkpoints" / "last.ckpt"
    if not path.is_file():
        raise FileNotFoundError(f"{run} has no checkpoints/last.ckpt: the run stopped before its first save")
    return path


def load(path: Path, device: torch.device | str = "cpu") -> dict[str, Any]:
    """A checkpoint's contents, tensors and plain data only. Raises ValueError when it cannot be one of ours."""
    if not path.is_file():
        raise FileNotFoundError(f"checkpoint {path} does not exist")
    try:
        contents = torch.load(path, map_location=device, weights_only=True)
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ValueError(f"checkpoint {path} is damaged or not a checkpoint ({reason[:120]})") from error
    if not isinstance(contents, dict) or not {"origin", "state_dict"} <= set(contents):
        raise ValueError(
            f"checkpoint {path} was not written by gan-train: it lacks the experiment's description"
        )
    return contents

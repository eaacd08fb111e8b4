"""Files of pretrained weights: where they lie, how they are fetched, what they hold, how one is told from another."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from pickle import UnpicklingError
from typing import Any, NoReturn

import torch
from torch import Tensor

from gan_runner.data.fetching.downloads import FAILURES, File, transfer

log = logging.getLogger(__name__)

SUM = re.compile(r"-([0-9a-f]{8,64})\.\w+$")
"""The first digits of a file's SHA-256, as torch's own files carry them at the end of their names."""


@dataclass(frozen=True)
class Published:
    """A file of weights on the web, no longer than `most_bytes`, which torch's cache keeps as `name`."""

    name: str
    address: str
    most_bytes: int

    @property
    def path(self) -> Path:
        return Path(torch.hub.get_dir(), "checkpoints", self.name)

    def fetch(self, option: str) -> Path:
        """Into torch's cache: whole, and with the sum that its name tells, if any. Raises FileNotFoundError."""
        path, known = self.path, SUM.search(self.name)
        log.info("fetching %s into %s", self.address, path.parent)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            transfer(
                self.address, path.parent, File(self.name, self.most_bytes, f"sha256:{known[1]}" if known else None)
            )
        except FAILURES as error:
            refuse(option, path, f"{self.address}: {' '.join(str(error).split()) or type(error).__name__}")
        return path


def refuse(option: str, path: Path, reason: str) -> NoReturn:
    """Weights that are nowhere."""
    raise FileNotFoundError(
        f"features={option} needs weights and {path} is not there ({reason}): put the file there, set "
        "features.weights=<file> or features.download=true, or take features=efficientnet_lite0 (weights in a package)"
    )


def opened(path: Path) -> BufferedReader:
    """A file to read. Raises FileNotFoundError."""
    try:
        return path.open("rb")
    except OSError as error:
        raise FileNotFoundError(
            f"features.weights={path} cannot be read ({error.strerror}): set it to a file of weights, or to null"
        ) from error


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex digits. Raises FileNotFoundError."""
    with opened(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


WRAPPINGS = ("state_dict", "model")
"""Where files that hold more than a state keep it."""


def state_of(path: Path) -> dict[str, Tensor]:
    """What a file of torch's or safetensors' holds: names and tensors, without running any code of it.

    Raises anything for a file of something else.
    """
    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return dict(load_file(path))
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
    except UnpicklingError as error:  # whose advice is to run the file's code
        raise ValueError("it is no file of torch's, or holds other things than tensors") from error
    state = next((state[name] for name in WRAPPINGS if isinstance(state, Mapping) and name in state), state)
    if not isinstance(state, Mapping):
        raise TypeError(f"it holds a {type(state).__name__}, no names with tensors")
    return dict(state)

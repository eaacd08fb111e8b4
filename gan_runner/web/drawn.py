"""What a hand has drawn, as a file of points: the places it went through, with a little noise around each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from gan_runner.config.errors import ConfigError
from gan_runner.files import replacing

COUNT = 2000
"""Points that a drawing becomes."""
SIGMA = 0.02
"""Of the noise around each place, where the plane is 2 wide."""


def save(places: Sequence[Sequence[float]], folder: Path) -> Path:
    """Write the points of a drawing to <folder>/drawn-<hash of the places>.csv, once. Raises ConfigError where it
    cannot be written.

    The same places give the same file, so that an address with a drawing in it can be shared.
    """
    digest = hashlib.sha256(json.dumps([[round(x, 3) for x in place] for place in places]).encode()).hexdigest()
    path = folder / f"drawn-{digest[:12]}.csv"
    if not path.is_file():
        rows = points(places, int(digest[:8], 16))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with replacing(path) as beside:
                np.savetxt(beside, rows, delimiter=",", fmt="%.5f", header="x,y", comments="")
        except OSError as error:
            raise ConfigError(f"the drawing cannot be saved in {folder}: {error.strerror or error}") from error
    return path


def points(places: Sequence[Sequence[float]], seed: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """(COUNT, 2): each place as often as any other."""
    draws = np.random.default_rng(seed)
    chosen = np.asarray(places, dtype=np.float64)[np.arange(COUNT) % len(places)]
    spread: np.ndarray[tuple[int, int], np.dtype[np.float64]] = chosen + SIGMA * draws.standard_normal((COUNT, 2))
    return spread

"""Play a game as gan-train would, in a folder: on the GPU or, in a dry run, on the processor."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from hydra import compose, initialize_config_dir
from pytorch_lightning import Callback
from same_bits import make_data
from step import PROCESSOR

from gan_runner.assemble import assemble
from gan_runner.config.options import CONFIGS
from gan_runner.figures import is_of_one_class


@dataclass
class Place:
    """Where a case is played, and how long it may take."""

    folder: Path
    dry: bool
    seconds: float = math.inf

    @property
    def device(self) -> torch.device:
        return PROCESSOR if self.dry else torch.device("cuda")

    def without_gpu(self) -> Place:
        return replace(self, dry=True)

    def data(self) -> Path:
        """A folder with pictures and pairs of pictures, made on first use."""
        folder = self.folder / "data"
        if not folder.exists():
            make_data(folder)
        return folder


def play(run: Path, place: Place, overrides: Sequence[str], *callbacks: Callback, resume: Path | None = None) -> None:
    """Play in a run folder. In overrides {data} stands for the folder of data.

    `callbacks` come before the run's own; `resume`: the checkpoint to go on from.
    """
    own = [f"paths.run={run}", f"paths.outputs={run.parent}", f"trainer.accelerator={place.device.type}"]
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        experiment = assemble(compose("train", [*filled(overrides, place.data()), *own]))
    experiment.trainer.callbacks[:0] = callbacks  # type: ignore[attr-defined]
    experiment.trainer.fit(experiment.system, experiment.data, ckpt_path=resume, weights_only=True)


def filled(overrides: Sequence[str], data: Path) -> list[str]:
    return [override.replace("{data}", str(data)) for override in overrides]


def columns(run: Path) -> set[str]:
    """The names in metrics.csv. Raises ValueError where a figure is not finite, or nothing was logged. So few samples
    may hold none of a class, whose own figures are then not known.
    """
    with (run / "metrics.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows:
        raise ValueError("metrics.csv has no rows")
    for row in rows:
        for name, text in row.items():
            if text and not math.isfinite(float(text)) and not is_of_one_class(name):
                raise ValueError(f"{name} is {text} in batch {row['step']}")
    return set(rows[0])

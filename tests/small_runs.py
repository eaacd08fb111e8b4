"""Runs of gan-train that take a second, and where they lie."""

from pathlib import Path
from typing import Protocol

SMALL = [
    "data=synthetic", "data.image_size=8", "data.num_samples=40", "data.batch_size=4", "trainer.max_steps=3",
    "trainer.accelerator=cpu",
]  # fmt: skip


class Outcome(Protocol):
    code: int
    out: str
    err: str


def run_folders(root: Path) -> list[Path]:
    return sorted(path.parent for path in root.glob("outputs/runs/*/*/run.json"))

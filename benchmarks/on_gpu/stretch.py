"""Some seconds of a large recipe at its published size: that it plays, how fast, in how much memory."""

from __future__ import annotations

from pathlib import Path
from time import monotonic
from typing import Any

import torch
from pytorch_lightning import Callback
from step import mnist_files, wait_for

from on_gpu.playing import Place, columns, play
from on_gpu.rows import OK, Row

SECONDS = 40.0
"""Of a stretch, at most."""
WARM = 5
"""Batches before the clock starts."""
GAMES = {
    "r3gan_full": ["experiment=stacked_mnist/r3gan_full", "data.root={mnist}"],
    "cyclegan-256": ["model=cyclegan", "data.root={data}/pairs", "data.image_size=256"],
}
SMALL = {
    "r3gan_full": ["network.width=16", "network.group_width=null", "data.num_samples=64", "data.batch_size=8"],
    "cyclegan-256": ["network.width=8", "network.layers=1", "network.blocks=1", "data.image_size=16"],
}
"""What a dry run changes."""
DRY_BATCHES = 2
QUIET = ["metrics=none", "trainer.log_every_n_steps=10", "seed=1"]


class Clock(Callback):
    """Ends a run after some seconds, counted from batch WARM on."""

    def __init__(self, seconds: float, device: torch.device) -> None:
        self.seconds, self.device = seconds, device
        self.begin, self.took, self.batches, self.images = monotonic(), 0.0, 0, 0

    def on_train_batch_end(self, trainer: Any, system: Any, *rest: Any) -> None:
        if trainer.global_step <= WARM:
            wait_for(self.device)
            self.begin, self._seen = monotonic(), system.images_seen
            return
        if monotonic() - self.begin > self.seconds:
            trainer.should_stop = True

    def on_train_end(self, trainer: Any, system: Any) -> None:
        wait_for(self.device)
        self.took = monotonic() - self.begin
        self.batches, self.images = trainer.global_step, system.images_seen - self._seen


def rows(case: str, place: Place) -> list[Row]:
    """case: one of GAMES, in trainer.precision=auto."""
    mnist = place.folder / "mnist"
    if case == "r3gan_full" and not mnist.exists():
        mnist_files(mnist / "MNIST" / "raw")
    steps = [f"trainer.max_steps={WARM + DRY_BATCHES}", *SMALL[case]] if place.dry else []
    run, clock = place.folder / case, Clock(min(SECONDS, 0.5 * place.seconds), place.device)
    if not place.dry:
        torch.cuda.reset_peak_memory_stats()
    given = [one.replace("{mnist}", str(mnist)) for one in GAMES[case]]
    play(run, place, [*given, *steps, *QUIET], clock)
    return [Row("stretch", case, OK, told(clock, run, place))]


def told(clock: Clock, run: Path, place: Place) -> str:
    found = f"{clock.batches} batches, finite in {len(columns(run))} columns"
    if place.dry:
        return f"{found}; made small, too short to time"
    memory = torch.cuda.max_memory_allocated() / 2**30
    return f"{found}; {clock.images / clock.took:.0f} images/s over {clock.took:.0f} s, {memory:.1f} GiB"

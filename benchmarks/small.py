"""What a small game costs beside a plain loop, in processor time, on a machine that does other work too.

    python benchmarks/small.py [eager compile …] [--rounds 2]

Within one run of gan-train (the ring MLP of benchmarks/step.py, all its default logging, callbacks and checkpoints)
25 steps of the plain loop are played after every 100 batches: both meet the same caches and neighbours. A figure
is of 500 batches: a picture, a save, five looks at whether numbers are finite, ten reports. Compiling is not counted.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from time import process_time
from typing import Any

import step
import torch
from pytorch_lightning.callbacks import Callback

from gan_runner.training.libraries import load

CASE = step.CASES["ring-mlp"]
FIRST, STRETCH, BESIDE, WHOLE = 250, 100, 25, 500
"""Batches before the clock starts, in a stretch, of the plain loop after it, and that a figure is of."""
STRETCHES = 20


class Turns(Callback):
    """Milliseconds a batch of the run and of the plain loop, by stretches."""

    def __init__(self, plain: Callable[[], None]) -> None:
        self.plain = plain
        self.ours: list[float] = []
        self.theirs: list[float] = []
        self._since = 0.0

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        if trainer.global_step < FIRST or trainer.global_step % STRETCH != FIRST % STRETCH:
            return
        now = process_time()
        if self._since:
            self.ours.append((now - self._since) / STRETCH * 1000)
        with torch.enable_grad():
            for _ in range(BESIDE):
                self.plain()
        then = process_time()
        if self._since:
            self.theirs.append((then - now) / BESIDE * 1000)
        self._since = process_time()


def plain_loop() -> Callable[[], None]:
    """A step of the plain loop of benchmarks/step.py."""
    with tempfile.TemporaryDirectory() as folder:
        played = step.experiment([*CASE.overrides, "trainer.max_steps=1"], folder)
    game, latent = played.system.game, played.system.latent  # type: ignore[attr-defined]
    generator, discriminator = game.generator, game.discriminator
    real, play = played.data.examples(64).real, step.plain_step(generator, discriminator, latent, step.PROCESSOR)
    return lambda: play(real)


def figures(engine: str) -> list[tuple[float, float]]:
    """(plain, ours) of each 500 batches of a run."""
    turns = Turns(plain_loop())
    with tempfile.TemporaryDirectory() as folder:
        batches = f"trainer.max_steps={FIRST + STRETCH * STRETCHES}"
        overrides = [*CASE.overrides, batches, "trainer.precision=32-true", f"trainer.engine={engine}"]
        played = step.experiment(overrides, folder)
        played.trainer.callbacks.append(turns)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)
    each = WHOLE // STRETCH
    starts = range(0, len(turns.ours), each)
    return [(statistics.mean(turns.theirs[i : i + each]), statistics.mean(turns.ours[i : i + each])) for i in starts]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", default=["eager", "compile"])
    parser.add_argument("--rounds", type=int, default=2)
    arguments = parser.parse_args()
    load()
    torch.set_num_threads(1)
    print("| engine | plain ms/batch | runner ms/batch | plain / runner |\n|---|---|---|---|")
    for engine in arguments.engines:
        found = [pair for _ in range(arguments.rounds) for pair in figures(engine)]
        plain, ours = (statistics.median(column) for column in zip(*found, strict=True))
        ratios = sorted(p / r for p, r in found)
        ratio = f"{statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}]"
        print(f"| {engine} | {plain:.2f} | {ours:.2f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()

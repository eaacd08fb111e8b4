"""What a small game costs beside a plain loop, in processor time, on a machine that does other work too.

    python benchmarks/small.py [eager compile …] [--rounds 2] [--whole]

Within one run of gan-train (the ring MLP of benchmarks/step.py, all its default logging, callbacks and checkpoints)
25 steps of the plain loop are played after every 100 batches: both meet the same caches and neighbours. A figure
is of 500 batches: a picture, a save, five looks at whether numbers are finite, ten reports. Compiling is not counted.

--whole: what a user pays, of whole commands: 5,000 batches less 1,000, one thread, workers and all. The plain loop is
played in this process before and after each pair.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from time import process_time
from typing import Any

import step
import torch
from peers import cost
from pytorch_lightning.callbacks import Callback

from gan_runner.training.libraries import load

CASE = step.CASES["ring-mlp"]
FIRST, STRETCH, BESIDE, WHOLE = 250, 100, 25, 500
"""Batches before the clock starts, in a stretch, of the plain loop after it, and that a figure is of."""
STRETCHES = 20
COMMANDS, PLAIN = (1000, 5000), 1000
"""Batches of whole commands, and of the plain loop beside them."""
PRECISION = "trainer.precision=32-true"


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
        overrides = [*CASE.overrides, batches, PRECISION, f"trainer.engine={engine}"]
        played = step.experiment(overrides, folder)
        played.trainer.callbacks.append(turns)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)
    each = WHOLE // STRETCH
    starts = range(0, len(turns.ours), each)
    return [(statistics.mean(turns.theirs[i : i + each]), statistics.mean(turns.ours[i : i + each])) for i in starts]


def whole(engine: str, plain: Callable[[], None]) -> tuple[float, float]:
    """(plain, ours): milliseconds a batch of the plain loop, and of two commands, the longer less the shorter."""
    few, many = COMMANDS
    before = timed(plain)
    short, long = (command(engine, batches) for batches in COMMANDS)
    return (before + timed(plain)) / 2, (long - short) / (many - few) * 1000


def command(engine: str, batches: int) -> float:
    """Seconds of gan-train, all its processes together."""
    with tempfile.TemporaryDirectory() as folder:
        words = [*step.GAN_TRAIN, *CASE.overrides, "metrics=none", f"trainer.max_steps={batches}", PRECISION]
        return cost([*words, f"trainer.engine={engine}", f"paths.outputs={folder}"], Path(folder)).cpu


def timed(plain: Callable[[], None]) -> float:
    """Milliseconds a batch."""
    begin = process_time()
    for _ in range(PLAIN):
        plain()
    return (process_time() - begin) / PLAIN * 1000


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engines", nargs="*", default=["eager", "compile"])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--whole", action="store_true", help="whole commands, 5,000 batches less 1,000")
    arguments = parser.parse_args()
    load()
    torch.set_num_threads(1)
    os.environ["OMP_NUM_THREADS"] = "1"  # of commands
    plain_step = plain_loop() if arguments.whole else None
    print("| engine | plain ms/batch | runner ms/batch | plain / runner |\n|---|---|---|---|")
    for engine in arguments.engines:
        found: list[tuple[float, float]] = []
        for _ in range(arguments.rounds):
            found += [whole(engine, plain_step)] if plain_step else figures(engine)
        plain, ours = (statistics.median(column) for column in zip(*found, strict=True))
        ratios = sorted(p / r for p, r in found)
        ratio = f"{statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}]"
        print(f"| {engine} | {plain:.2f} | {ours:.2f} | {ratio} |", flush=True)


if __name__ == "__main__":
    main()

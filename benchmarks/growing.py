"""What growth saves: time per batch at each size, and a whole run that grows against one at full size from the start.

    python benchmarks/growing.py [override …] [--rounds 3] [--batches 8] [--phase 20]

The game is model=progan_small on random images, 64 pixels a side, every size in batches of 16; overrides change it
(data.image_size=32). Each round times all sizes one after the other, then both whole runs, of `phase` batches for each
size and each fade and twice as many at full size, so that a busy machine slows all of them. Nothing is drawn, saved or
measured on the way.
"""

from __future__ import annotations

import argparse
import io
import statistics
import tempfile
from contextlib import redirect_stdout
from typing import Any

from step import Stopwatch, experiment

from gan_runner.training.libraries import load

GAME = [
    "model=progan_small", "data=synthetic", "data.image_size=64", "callbacks.samples=null",
    "callbacks.stages=null", "callbacks.checkpoint=null", "trainer.accelerator=cpu",
]  # fmt: skip
WARM = 3
"""Batches before the clock starts."""


def seconds(overrides: list[str], batches: int, stage: int | None = None) -> float:
    """Seconds of `batches` batches, at one stage if it is given."""
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*GAME, *overrides, f"trainer.max_steps={batches + WARM}"], folder)
        if stage is not None:
            growing: Any = played.system.all_games[0].tricks["growing"]
            growing.stage, growing.stable_images = stage, 10**9
        stopwatch = Stopwatch(WARM)
        played.trainer.callbacks.append(stopwatch)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)
    return stopwatch.end - stopwatch.begin


def stages(overrides: list[str]) -> int:
    """Of the last stage."""
    with tempfile.TemporaryDirectory() as folder:
        growing: Any = experiment([*GAME, *overrides], folder).system.all_games[0].tricks["growing"]
    return int(growing.top)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=8)
    parser.add_argument("--phase", type=int, default=20)
    arguments = parser.parse_args()
    load()
    given, top = arguments.overrides, stages(arguments.overrides)
    whole = (2 * top + 2) * arguments.phase
    images = 16 * arguments.phase
    grows = [*given, f"tricks.growing.stable_images={images}", f"tricks.growing.fade_images={images}"]
    at_once = [*given, "tricks=[minibatch_stddev,gradient_penalty,ema]"]
    rounds = [
        [*(seconds(given, arguments.batches, stage) / arguments.batches for stage in range(top + 1)),
         seconds(grows, whole), seconds(at_once, whole)]
        for _ in range(arguments.rounds)
    ]  # fmt: skip
    *each, growing, full = (statistics.median(column) for column in zip(*rounds, strict=True))
    print("| pixels | ms/batch |\n|---|---|")
    for stage, time in enumerate(each):
        print(f"| {4 * 2**stage} | {1000 * time:.0f} |")
    ratios = sorted(row[-2] / row[-1] for row in rounds)
    print(f"\n{whole} batches of 16: growing {growing:.1f} s, at full size from the start {full:.1f} s, "
          f"{statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}]")  # fmt: skip


if __name__ == "__main__":
    main()

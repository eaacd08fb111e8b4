"""Time per batch and peak memory, against plain loops with a DataLoader (plain.py)."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from time import monotonic
from typing import NamedTuple

import torch
from step import Case, runner_seconds

from on_gpu import FLOAT32, plain
from on_gpu.playing import Place
from on_gpu.rows import OK, Row

CRITIC = ["data=synthetic", "data.image_size=28", "data.channels=1"]
GROWN = ["data=synthetic", "data.image_size=64", "tricks=[minibatch_stddev,gradient_penalty,ema]"]
CASES = {
    **{f"dcgan-{side}x{side}x{channels}-of-{batch}":
       Case(["model=dcgan", "data=synthetic", f"data.image_size={side}", f"data.channels={channels}",
             f"data.batch_size={batch}"], 450, ">= 5")
       for side, channels in ((32, 1), (64, 3)) for batch in (64, 128)},
    "wgan_gp-28x28x1-of-50": Case(["model=wgan_gp", *CRITIC], 450, ">= 2"),
    "progan-64x64x3-of-16": Case(["model=progan_small", *GROWN], 450, ">= 2"),
}  # fmt: skip
"""Of each the ratio plain / runner that is aimed at, with bf16 or float16. ProGAN plays at its full size."""
AUTO = "auto"
PLAYED = (FLOAT32, AUTO)
"""The runner's precision. The plain loop's is float32."""
BATCHES = 450
"""In a stretch. A run saves and draws every 500 batches and at its end: after a warm-up of 45, once in a stretch."""
ROUNDS = 5
DRY_BATCHES, DRY_ROUNDS = 2, 1
MEBIBYTE = 2**20


class Stretch(NamedTuple):
    """Seconds per batch of one loop, and the most memory it had, in bytes."""

    seconds: float
    peak: int


def rows(case: str, place: Place) -> list[Row]:
    """case: one of CASES and of PLAYED, "dcgan-32x32x1-of-64 auto". Two rows: time and memory."""
    name, precision = case.split()
    game = shortened(CASES[name], place.dry)
    pairs = in_turn(
        lambda: stretch(lambda: plain.seconds(game, place.device, 0 if place.dry else plain.WORKERS), place.dry),
        lambda: stretch(lambda: runner_seconds(game, precision, place.device), place.dry),
        place,
    )
    loop, runner = zip(*pairs, strict=True)
    goal = f", goal {game.goal}" if precision == AUTO else ""
    found = "both loops ran, too few batches to time" if place.dry else told_time(loop, runner, game.batches) + goal
    return [Row("speed", case, OK, found),
            Row("memory", case, OK, told_memory(loop, runner, place.dry))]  # fmt: skip


def shortened(game: Case, dry: bool) -> Case:
    """As long as a GPU needs; a dry run only shows that both loops run."""
    if dry:
        width = [] if "model=progan_small" in game.overrides else ["network.width=4"]
        tiny = [*width, "data.num_samples=128", "data.image_size=16"]
        return replace(game, overrides=[*game.overrides, *tiny], batches=DRY_BATCHES)
    return replace(game, batches=BATCHES)


def in_turn(plain: Callable[[], Stretch], runner: Callable[[], Stretch], place: Place) -> list[tuple[Stretch, Stretch]]:
    """Stretches of both loops one after the other, so that a busy machine slows both; fewer where time is short."""
    begin, pairs = monotonic(), [(plain(), runner())]
    rounds = DRY_ROUNDS if place.dry else ROUNDS
    while len(pairs) < rounds:
        took = monotonic() - begin
        if took + took / len(pairs) > place.seconds:
            break
        pairs.append((plain(), runner()))
    return pairs


def stretch(seconds: Callable[[], float], dry: bool) -> Stretch:
    """Run a loop; what lay in memory before it does not count."""
    if dry:
        return Stretch(seconds(), 0)
    gc.collect()  # a trainer and its callbacks hold each other
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    return Stretch(seconds(), torch.cuda.max_memory_allocated() - before)


def told_time(plain: Sequence[Stretch], runner: Sequence[Stretch], batches: int) -> str:
    """Medians and ranges, of the ratio of each round too."""
    ratios = [p.seconds / r.seconds for p, r in zip(plain, runner, strict=True)]
    columns = [1000 * one.seconds for one in plain], [1000 * one.seconds for one in runner]
    ours, theirs = (with_range(column, "ms/batch") for column in columns)
    return f"plain {ours}, runner {theirs}, plain / runner {with_range(ratios)}; {len(plain)} × {batches} batches"


def told_memory(plain: Sequence[Stretch], runner: Sequence[Stretch], dry: bool) -> str:
    """The most of all rounds."""
    if dry:
        return "both loops ran; memory is counted on a GPU alone"
    ours, theirs = (max(one.peak for one in loop) / MEBIBYTE for loop in (plain, runner))
    return f"plain {ours:.1f} MiB, runner {theirs:.1f} MiB, runner / plain {theirs / ours:.2f}"


def with_range(values: Sequence[float], unit: str = "") -> str:
    return f"{median(values):.2f}{' ' if unit else ''}{unit} [{min(values):.2f}–{max(values):.2f}]"

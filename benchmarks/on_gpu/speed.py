"""Time per batch and peak memory of DCGAN in batches of 64, against the plain loop of benchmarks/step.py."""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from dataclasses import replace
from statistics import median
from time import monotonic
from typing import NamedTuple

import torch
from step import CASES, Case, plain_seconds, runner_seconds

from on_gpu.playing import Place
from on_gpu.rows import OK, Row

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
    """case: one of step.CASES and a precision, "dcgan-32x32x1 bf16-mixed". Two rows: time and memory."""
    name, precision = case.split()
    game = shortened(CASES[name], place.dry)
    pairs = in_turn(
        lambda: stretch(lambda: plain_seconds(game, precision, place.device), place.dry),
        lambda: stretch(lambda: runner_seconds(game, precision, place.device), place.dry),
        place,
    )
    plain, runner = zip(*pairs, strict=True)
    few = ", too few to compare" if place.dry else ""
    return [Row("speed", case, OK, told_time(plain, runner, game.batches) + few),
            Row("memory", case, OK, told_memory(plain, runner, place.dry))]  # fmt: skip


def shortened(game: Case, dry: bool) -> Case:
    """As long as a GPU needs; a dry run only shows that both loops run."""
    if dry:
        tiny = ["network.width=4", "data.num_samples=128"]
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

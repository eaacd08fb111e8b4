"""What is slow in a Fréchet distance, by singular values and by eigenvalues: metrics/frechet.py has both ways.

    python benchmarks/frechet.py [--rounds 3]

Both in one process and by turns, on one thread, in float64: medians, and how far the results are apart. By eigenvalues,
tr (Σ₁ Σ₂)^½ is that of (Σ₁^½ Σ₂ Σ₁^½)^½, which costs the cube of the features however few samples there are.
"""

from __future__ import annotations

import argparse
import statistics
from time import perf_counter
from typing import Any

import torch
from torch import Tensor

from gan_runner.metrics.frechet import overlap_of_few, overlap_of_many

SIZES = [(180, 2048), (500, 2048), (2500, 2048), (2500, 128)]
"""Samples on either side, and features: of Inception 2,048, of a classifier of digits 128."""


def timed(function: Any, *clouds: Tensor) -> tuple[float, float]:
    """Seconds and the result."""
    begin = perf_counter()
    found = function(*clouds).item()
    return perf_counter() - begin, found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    torch.set_num_threads(1)
    print("| samples × features | eigenvalues | singular values | ratio | apart by |\n|---|---|---|---|---|")
    for count, width in SIZES:
        generator = torch.Generator().manual_seed(0)
        a, b = (torch.randn(count, width, dtype=torch.float64, generator=generator).relu() * s for s in (1.0, 1.1))
        times = [(timed(overlap_of_many, a, b), timed(overlap_of_few, a, b)) for _ in range(rounds)]
        old, new = (statistics.median(time for time, _ in column) for column in zip(*times, strict=True))
        ratio = statistics.median(before[0] / after[0] for before, after in times)
        (_, expected), (_, found) = times[0]
        apart = abs(found - expected) / expected
        print(f"| {count} × {width} | {old:.3f} s | {new:.3f} s | {ratio:.2f} | {apart:.0e} |", flush=True)


if __name__ == "__main__":
    main()

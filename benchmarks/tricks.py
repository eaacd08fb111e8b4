"""What each trick costs: time per batch with it over the time without, on DCGAN at 32×32, measured in the same process.

    python benchmarks/tricks.py [trick …] [--rounds 1] [--batches 16]

Each round times a stretch of the plain game and a stretch with the trick, one after the other, so that a busy machine
slows both. 16 batches are a whole period of a penalty that is evaluated at every 16th. The discriminator has
LayerNorm, which gradient penalties need, in both. Nothing is drawn or measured on the way.
"""

from __future__ import annotations

import argparse
import statistics

from step import Case, runner_seconds

from gan_runner.config.options import groups
from gan_runner.training.libraries import load

PLAIN = [
    "model=dcgan", "data=synthetic", "data.image_size=32", "network.discriminator.norm=layer",
    "callbacks.samples=null", "callbacks.checkpoint=null", "trainer.accelerator=cpu",
]  # fmt: skip
DIFFERENCES = ["tricks=[r1,r2]", "tricks.r1.by=finite_difference", "tricks.r2.by=finite_difference"]
VARIANTS = {
    "r1,r2": (["tricks=[r1,r2]", "tricks.r1.every=1", "tricks.r2.every=1"], "< 3"),
    "r1,r2 by differences": (DIFFERENCES, "<= 1.6"),
    "a quarter of r1,r2 by differences": ([*DIFFERENCES, "tricks.r1.share=.25", "tricks.r2.share=.25"], "<= 1.2"),
    "pacgan": (["tricks=[pacgan]"], "< 1.1"),
    "unrolled": (["tricks=[unrolled]", "tricks.unrolled.steps=5"], "< 7"),
    "auxiliary_classifier": (["tricks=[auxiliary_classifier]", "network.conditional=generator"], ""),
    "lecam": (["tricks=[lecam]", "tricks.lecam.start=1"], ""),
}
"""Entries that are more than a trick as it comes, and what others report."""
POINTS = ["model=vanilla", "data=ring", *PLAIN[4:]]
ON_POINTS = {"minibatch_discrimination on points": ["tricks=[minibatch_discrimination]"]}
"""Entries against the plain game on points, ten times the batches."""
ELSEWHERE = {"growing"}
"""Measured by a benchmark of its own."""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tricks", nargs="*")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--batches", type=int, default=16)
    arguments = parser.parse_args()
    load()
    names = arguments.tricks or sorted({*groups("train")["tricks"], *VARIANTS, *ON_POINTS} - ELSEWHERE)
    print("| trick | plain ms/batch | with it ms/batch | with / plain | reference |\n|---|---|---|---|---|")
    for name in names:
        print(row(name, arguments.batches, arguments.rounds), flush=True)


def row(name: str, batches: int, rounds: int) -> str:
    """Medians over interleaved rounds."""
    overrides, reference = VARIANTS.get(name, ([f"tricks=[{name}]"], ""))
    game = PLAIN
    if name in ON_POINTS:
        game, overrides, reference, batches = POINTS, ON_POINTS[name], "<= 1.5", 10 * batches
    plain, changed = Case(game, batches, ""), Case([*game, *overrides], batches, "")
    pairs = [(runner_seconds(plain, "32-true"), runner_seconds(changed, "32-true")) for _ in range(rounds)]
    without, with_it = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return f"| {name} | {without:.0f} | {with_it:.0f} | {ratio:.2f} | {reference} |"


if __name__ == "__main__":
    main()

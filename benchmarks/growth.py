"""How cost grows: CPU time and peak memory against the size of a batch, of images, of networks, of data and samples.

    python benchmarks/growth.py [part …] [--most 50000] [--point <part> <line> <x>]

Parts: batch, image, width, tricks, ranks (milliseconds of CPU a batch), rows (the same, against the rows of the data),
samples (seconds of CPU of a metric). Each point is measured in a process of its own, so that its peak memory is its
own, and in CPU seconds of one thread: other work on the machine changes them up to threefold, so leave it idle. What
is measured goes into results/growth.json, where parts that are not asked for stay as they are, and all of it into
docs/images/growth.svg.
Points above --most, of rows and samples, are left out: the largest take minutes each.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RECORD = HERE.parent / "results" / "growth.json"
PLOT = HERE.parent / "docs" / "images" / "growth.svg"
FEATURES = 128
"""Of a classifier of the data's own labels."""
CONVOLUTIONS = ["model=dcgan", "data=synthetic", "data.batch_size=16", "data.image_size=32", "network.width=16"]
CUMULATIVE = ["ema", "instance_noise", "lecam", "diff_augment", "feature_matching", "historical_averaging",
              "minibatch_stddev", "r1"]  # fmt: skip
"""The tricks of a game of n tricks are the first n."""
TINY = ["model=vanilla", "data.image_size=8", "data.channels=1", "network.generator.hidden=[64]",
        "network.discriminator.hidden=[64]"]  # fmt: skip
FROM_FILES = {"cached": ["data.cache={folder}/cache"], "streamed": ["data.stream=true"]}
Found = dict[str, float]


@dataclass(frozen=True)
class Part:
    """A panel of the plot: what is on its axes, and the points that each of its lines has."""

    x: str
    y: str
    lines: Mapping[str, tuple[int, ...]]
    measure: Callable[[str, int], float]
    counts: bool = False
    """Whether x counts rows or samples, which --most limits."""


def main() -> None:
    """Measure the parts that are asked for, and draw all that is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument("--most", type=int, default=50_000)
    parser.add_argument("--point", nargs=3, metavar=("part", "line", "x"), help="one point, printed as JSON")
    given = parser.parse_args()
    if unknown := {*given.parts} - PARTS.keys():
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    if given.point:
        part, line, x = given.point
        print(json.dumps(found_here(PARTS[part], line, int(x))))
        return
    for name in given.parts or PARTS:
        for line, x in points(PARTS[name], given.most):
            keep(name, line, x, found := in_a_process_of_its_own(name, line, x))
            print(f"| {name} | {line} | {x:,} | {found['y']:.4g} {PARTS[name].y} | {found['mb']:.0f} MB |", flush=True)
    draw(json.loads(RECORD.read_text("utf-8")))


def points(part: Part, most: int) -> Iterator[tuple[str, int]]:
    """The lines and places of a part that are measured."""
    return ((line, x) for line, xs in part.lines.items() for x in xs if x <= most or not part.counts)


def in_a_process_of_its_own(part: str, line: str, x: int) -> Found:
    command = [sys.executable, str(Path(__file__).resolve()), "--point", part, line, str(x)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    said = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True).stdout
    found: Found = json.loads(said.splitlines()[-1])
    return found


def found_here(part: Part, line: str, x: int) -> Found:
    """What a point costs (`y`), and the most memory this process or one of its own has had (`mb`)."""
    y = part.measure(line, x)
    kilobytes = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {"y": y, "mb": kilobytes / 1024}


def keep(part: str, line: str, x: int, found: Found) -> None:
    """In the record, in the place of what was found there before."""
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    kept = record.setdefault(part, {}).setdefault(line, {})
    kept[str(x)] = {name: round(value, 3) for name, value in found.items()}
    record[part][line] = dict(sorted(kept.items(), key=lambda point: int(point[0])))
    RECORD.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


# ---- batches --------------------------------------------------------------------------------------------------------


def cpu_ms(overrides: list[str], batches: int) -> float:
    """Of a batch, after a few that warm up; nothing is drawn, measured or saved on the way."""
    from step import Stopwatch, experiment

    skip = max(3, batches // 5)
    with tempfile.TemporaryDirectory() as folder:
        how = ["callbacks=none", "logger=none", "trainer.accelerator=cpu", f"trainer.max_steps={skip + batches}"]
        played = experiment([*overrides, *how], folder)
        played.trainer.callbacks.append(stopwatch := Stopwatch(skip, time.process_time))  # type: ignore[attr-defined]
        played.trainer.fit(played.system, played.data)
    return 1000 * (stopwatch.end - stopwatch.begin) / batches


def by_key(key: str) -> Callable[[str, int], float]:
    """DCGAN with a key of the configuration at x."""
    return lambda _, x: cpu_ms([*CONVOLUTIONS, f"{key}={x}"], 10)


def by_tricks(_: str, count: int) -> float:
    return cpu_ms([*CONVOLUTIONS, "network.discriminator.norm=layer", f"tricks=[{','.join(CUMULATIVE[:count])}]"], 16)


def by_ranks(_: str, ranks: int) -> float:
    """CPU of all ranks together a batch of theirs, from the difference of a longer command and a shorter one."""
    some, more = 10, 40
    with tempfile.TemporaryDirectory() as folder:
        took = [_command_seconds(ranks, batches, folder) for batches in (some, more)]
    return 1000 * (took[1] - took[0]) / (more - some)


def _command_seconds(ranks: int, batches: int, folder: str) -> float:
    """CPU of gan-train and its ranks. An epoch lasts, so that data workers and epochs are no part of the difference."""
    how = ["trainer=ddp_cpu", f"trainer.devices={ranks}"] if ranks > 1 else ["trainer.accelerator=cpu"]
    rest = ["callbacks=none", "logger=none", "metrics=none", f"trainer.max_steps={batches}"]
    from step import GAN_TRAIN

    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    line = [*CONVOLUTIONS, *how, *rest, f"hydra.run.dir={folder}/{ranks}_{batches}"]
    subprocess.run([*GAN_TRAIN, *line], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def by_rows(line: str, rows: int) -> float:
    """Batches of 64 grey images of 8×8 pixels, by how their data is kept."""
    if line == "in memory":
        return cpu_ms([*TINY, "data=synthetic", f"data.num_samples={rows}"], 200)
    with tempfile.TemporaryDirectory() as folder:
        _write_images(Path(folder) / "images", rows)
        how = [one.format(folder=folder) for one in FROM_FILES[line]]
        return cpu_ms([*TINY, "data=folder", f"data.root={folder}/images", "data.num_workers=0", *how], 200)


def _write_images(folder: Path, count: int) -> None:
    """PNG files of noise, a thousand in a folder."""
    import numpy as np
    from PIL import Image

    draw = np.random.default_rng(0)
    for index in range(count):
        place = folder / f"{index // 1000:04d}"
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(draw.integers(0, 256, (8, 8), np.uint8)).save(place / f"{index:07d}.png")


# ---- metrics --------------------------------------------------------------------------------------------------------


def by_samples(line: str, count: int) -> float:
    """CPU seconds of a metric at as many reals, fakes and training images, features of noise."""
    import torch

    from gan_runner.metrics.diversity import Diversity
    from gan_runner.metrics.frechet import Frechet
    from gan_runner.metrics.kid import KID
    from gan_runner.metrics.memorization import Memorization
    from gan_runner.metrics.prdc import PRDC

    kinds = {"Fréchet": Frechet, "KID": KID, "PRDC": PRDC, "diversity": Diversity, "memorization": Memorization}
    torch.set_num_threads(1)
    draw = torch.Generator().manual_seed(0)
    metric = kinds[line]()
    for real in (True, False):
        metric.update(torch.randn(count, FEATURES, generator=draw), real=real)
    if metric.training_images:
        metric.study(torch.randn(count, FEATURES, generator=draw))
    begin = time.process_time()
    metric.compute()
    return time.process_time() - begin


METRICS = ("Fréchet", "KID", "PRDC", "diversity", "memorization")
FEW = (1_000, 10_000)
PARTS: dict[str, Part] = {
    "batch": Part("batch size", "ms", {"DCGAN": (4, 16, 64, 256)}, by_key("data.batch_size")),
    "image": Part("pixels a side", "ms", {"DCGAN": (16, 32, 64, 128)}, by_key("data.image_size")),
    "width": Part("channels", "ms", {"DCGAN": (8, 16, 32, 64)}, by_key("network.width")),
    "tricks": Part("tricks", "ms", {"DCGAN": tuple(range(len(CUMULATIVE) + 1))}, by_tricks),
    "ranks": Part("ranks", "ms", {"DCGAN": (1, 2)}, by_ranks),
    "rows": Part(
        "rows of data", "ms", {"in memory": (1_000, 10_000, 100_000, 1_000_000), **dict.fromkeys(FROM_FILES, FEW)},
        by_rows, counts=True,
    ),
    "samples": Part(
        "samples", "s", dict.fromkeys(METRICS, (1_000, 5_000, 20_000, 50_000)), by_samples, counts=True
    ),
}  # fmt: skip


# ---- the plot -------------------------------------------------------------------------------------------------------


def draw(record: Mapping[str, Any]) -> None:
    """A column for each part: its cost above, its memory below."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams |= {"svg.hashsalt": "gan_runner", "svg.fonttype": "none", "font.size": 8}
    from matplotlib import pyplot

    shown = [name for name in PARTS if name in record]
    figure, panels = pyplot.subplots(2, len(shown), squeeze=False, figsize=(2.2 * len(shown), 4), layout="constrained")
    for (above, below), name in zip(panels.T, shown, strict=True):
        part = PARTS[name]
        measured = sorted({int(x) for found in record[name].values() for x in found})
        for panel, key in ((above, "y"), (below, "mb")):
            for line, found in record[name].items():
                panel.plot(
                    [int(x) for x in found], [one[key] for one in found.values()], "o-", markersize=3, label=line
                )
            if min(min(xs) for xs in part.lines.values()) > 2:
                panel.set_xscale("log")
                panel.set_xticks(measured, [f"{x // 1000}k" if x >= 1000 else str(x) for x in measured])
                panel.set_xticks([], minor=True)
            else:
                panel.set_xticks(measured)
        above.set_yscale("log" if part.counts else "linear")
        above.set_title(f"{part.y} of CPU", fontsize=8)
        below.set_title("peak MB", fontsize=8)
        below.set_xlabel(part.x)
        for panel in (above, below):
            panel.set_ylim(bottom=None if panel.get_yscale() == "log" else 0)
            panel.grid(linewidth=0.3)
        if len(record[name]) > 1:
            below.legend(fontsize=6, loc="lower right")
    figure.savefig(PLOT, metadata={"Date": None})
    pyplot.close(figure)


if __name__ == "__main__":
    main()

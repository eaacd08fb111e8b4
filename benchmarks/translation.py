"""CycleGAN under gan-train against a plain PyTorch loop of the same networks: time of a batch and peak memory.

    python benchmarks/translation.py [override …] [--rounds 3] [--batches 60] [--precision 32-true]

Overrides change both loops (data.image_size=256 network.blocks=9); the default is what a processor plays: 64 pixels,
width 16, three blocks. The plain loop does what the published code does, the generators first (here the discriminators
are, which is as much work): two pools of 50 fakes, the discriminators' weights left out of the generators' backward,
a pass of the networks for each term (here one serves cycle and identity), batches ready in memory, no logging, nothing
saved or drawn. The runner is gan-train with all its callbacks but the evaluation (metrics=none).

Each round is three processes: one plays both loops by turns, a few batches of each, so that whatever slows the machine
slows both; and one of each loop alone, for its memory: the highest resident set, whole, and less what the same imports
had taken. CPU is the processor's time of all threads, which a busy machine blurs less than the clock on the wall:
compare it with OMP_NUM_THREADS=1.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from itertools import chain
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import torch
from PIL import Image
from pytorch_lightning.callbacks import Callback
from step import experiment
from torch import Tensor
from torch.nn.functional import l1_loss, mse_loss

from gan_runner.training.libraries import load

GAME = ["model=cyclegan", "data=unpaired", "data.image_size=64", "network.width=16", "network.blocks=3"]
TURN = 5
"""Batches."""
WARM = 2 * TURN
"""Batches before the clock starts."""
POOL = 50


Times = tuple[float, float]
"""Seconds of wall and of CPU."""


class Turns(Callback):
    """After every `TURN` batches of the runner as many of the plain loop; the time of both, from batch WARM on."""

    def __init__(self, step: Callable[[], None]) -> None:
        self.step, self.begin = step, now()
        self.plain: list[Times] = []
        self.runner: list[Times] = []

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        if trainer.global_step % TURN:
            return
        middle = now()
        for _ in range(TURN):
            self.step()
        end = now()
        if trainer.global_step > WARM:
            self.runner.append(between(self.begin, middle))
            self.plain.append(between(middle, end))
        self.begin = end


def now() -> Times:
    return perf_counter(), process_time()


def between(begin: Times, end: Times) -> Times:
    """Per batch of a turn."""
    return (end[0] - begin[0]) / TURN, (end[1] - begin[1]) / TURN


def peak() -> float:
    """MB of memory at the highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "linux" else 1024) / 1024


def write_images(root: Path, side: int = 64, count: int = 16) -> None:
    """Noise for two domains."""
    for folder in ("trainA", "trainB"):
        (root / folder).mkdir()
        for index in range(count):
            pixels = torch.randint(0, 256, (side, side, 3), dtype=torch.uint8)
            Image.fromarray(pixels.numpy()).save(root / folder / f"{index}.png")


def runner(overrides: list[str], batches: int, *callbacks: Callback) -> None:
    """gan-train."""
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*overrides, f"trainer.max_steps={batches + WARM}"], folder)
        played.trainer.callbacks.extend(callbacks)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)


def plain(overrides: list[str]) -> Callable[[], None]:
    """A batch of a plain loop with the same networks."""
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*overrides, "trainer.max_steps=1"], folder)
    forth, back = played.system.all_games
    bf16 = "trainer.precision=bf16-mixed" in overrides
    count = played.data.batch_size
    a, b = (2 * torch.rand(count, *shape) - 1 for shape in (played.data.source_shape, played.data.shape))  # type: ignore[misc]
    return published_step(forth, back, a, b, bf16)


def both(overrides: list[str], batches: int) -> list[float]:
    """Wall and CPU of a batch of the plain loop, then of the runner: medians over turns."""
    turns = Turns(plain(overrides))
    runner(overrides, batches, turns)
    return [statistics.median(column) for times in (turns.plain, turns.runner) for column in zip(*times, strict=True)]


def memory(loop: str, overrides: list[str], batches: int) -> list[float]:
    """MB that a loop takes, and less what there was before it."""
    before = peak()
    if loop == "runner":
        runner(overrides, batches)
    else:
        step = plain(overrides)
        for _ in range(batches + WARM):
            step()
    return [peak(), peak() - before]


def published_step(forth: Any, back: Any, a: Tensor, b: Tensor, bf16: bool) -> Callable[[], None]:
    """A batch of CycleGAN as one writes it."""
    nets = [n.to(memory_format=torch.contiguous_format)
            for n in (forth.generator, back.generator, forth.discriminator, back.discriminator)]  # fmt: skip
    g, f, d_b, d_a = nets
    settings: dict[str, Any] = {"lr": 2e-4, "betas": (0.5, 0.999)}
    fit_g = torch.optim.Adam(chain(g.parameters(), f.parameters()), **settings)
    fit_d = torch.optim.Adam(chain(d_b.parameters(), d_a.parameters()), **settings)
    pools: tuple[list[Tensor], list[Tensor]] = ([], [])

    def squares(logits: Tensor, target: float) -> Tensor:
        return mse_loss(logits.float(), torch.full_like(logits, target, dtype=torch.float32))

    def judged(discriminator: Any, real: Tensor, fake: Tensor) -> Tensor:
        return (squares(discriminator(real).logits, 1.0) + squares(discriminator(fake).logits, 0.0)) / 2

    def step() -> None:
        for p in chain(d_a.parameters(), d_b.parameters()):
            p.requires_grad_(False)
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            fake_b, fake_a = g(a), f(b)
            loss = squares(d_b(fake_b).logits, 1.0) + squares(d_a(fake_a).logits, 1.0)
            loss = loss + 10 * (l1_loss(f(fake_b), a) + l1_loss(g(fake_a), b))
            loss = loss + 5 * (l1_loss(f(a), a) + l1_loss(g(b), b))
        fit_g.zero_grad()
        loss.backward()
        fit_g.step()
        for p in chain(d_a.parameters(), d_b.parameters()):
            p.requires_grad_(True)
        shown = [pooled(pool, fake.detach()) for pool, fake in zip(pools, (fake_b, fake_a), strict=True)]
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            loss = judged(d_b, b, shown[0]) + judged(d_a, a, shown[1])
        fit_d.zero_grad()
        loss.backward()
        fit_d.step()

    return step


def pooled(pool: list[Tensor], fakes: Tensor) -> Tensor:
    """Half of the time an old fake in the place of a new one."""
    shown = []
    for fake in fakes:
        if len(pool) < POOL:
            pool.append(fake)
        elif random.random() < 0.5:
            at = random.randrange(POOL)
            fake, pool[at] = pool[at], fake
        shown.append(fake)
    return torch.stack(shown)


def measured(loop: str, overrides: list[str], batches: int) -> list[float]:
    """What is found in a process of its own."""
    command = [sys.executable, __file__, *overrides, "--loop", loop, "--batches", str(batches)]
    last = subprocess.run(command, capture_output=True, check=True, text=True).stdout.splitlines()[-1]
    found: list[float] = json.loads(last)
    return found


def row(name: str, plain: list[float], runner: list[float], goal: str, scale: float = 1.0) -> str:
    """Medians over rounds, and those of the ratios plain / runner (of time) or runner / plain (of memory)."""
    ratios = sorted(p / r if "plain / runner" in goal else r / p for p, r in zip(plain, runner, strict=True))
    return (f"| {name} | {scale * statistics.median(plain):.0f} | {scale * statistics.median(runner):.0f} | "
            f"{statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}] | {goal} |")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--precision", default="32-true", help="of both loops")
    parser.add_argument("--loop", choices=["both", "plain", "runner"], help=argparse.SUPPRESS)  # a process of its own
    arguments = parser.parse_args()
    load()
    given, batches = arguments.overrides, arguments.batches
    if arguments.loop:
        print(json.dumps(both(given, batches) if arguments.loop == "both" else memory(arguments.loop, given, batches)))
        return
    times, plain_memory, runner_memory = [], [], []
    with tempfile.TemporaryDirectory() as root:
        write_images(Path(root))
        overrides = [*GAME, f"data.root={root}", f"paths.cache={root}/cache", "trainer.accelerator=cpu",
                     f"trainer.precision={arguments.precision}", *given]  # fmt: skip
        for _ in range(arguments.rounds):
            times.append(measured("both", overrides, batches))
            plain_memory.append(measured("plain", overrides, TURN))
            runner_memory.append(measured("runner", overrides, TURN))
    walls, cpus, runner_walls, runner_cpus = (list(column) for column in zip(*times, strict=True))
    whole, above = zip(zip(*plain_memory, strict=True), zip(*runner_memory, strict=True), strict=True)
    speed, room = "plain / runner >= 1.0", "runner / plain <= 1.05"
    print("| | plain loop | gan_runner | ratio | goal |\n|---|---|---|---|---|")
    print(row("ms/batch", walls, runner_walls, speed, 1000))
    print(row("ms of CPU/batch", cpus, runner_cpus, speed, 1000))
    print(row("MB", *(list(column) for column in whole), room))
    print(row("MB above the imports", *(list(column) for column in above), room))


if __name__ == "__main__":
    main()

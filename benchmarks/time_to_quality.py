"""How long until the digits are as good: experiment=mnist/fast against a plain DCGAN loop, seed by seed.

    python benchmarks/time_to_quality.py --root <folder with MNIST/raw> [--seeds 0,1,2,3,4] [--output rows.jsonl]
    … --side 64 --runner "experiment=mnist/fast trainer.precision=auto"

The loop is the recipe of pytorch/examples/dcgan as its users write it: MNIST scaled to `--side` pixels, a DataLoader
with two workers, generator and discriminator of width 64 with latents of 100, weights N(0, .02), binary cross-entropy,
Adam 2e-4 with β₁ .5, 2,000 batches of 64, float32, and the two losses read at each batch, to be printed. There the
side is 64 pixels; with 32, which is enough for digits, a layer less and a third of the time, the comparison is harder
for the runner. The runner is the command gan-train, alone in its process, in float32 but where `--runner` says
otherwise. The loop reads files that are not zipped; the runner may have them either way.

Seconds of the loop: from its first batch. Of the runner: from its first batch too, and of the whole command, whose
evaluation is left out (metrics=none): both are judged afterwards, by the judge that a run has, as it is set for this
experiment: the Fréchet distance of 10,000 samples to the test split in the features of a classifier of digits of 28
pixels. Samples of the loop are brought to that size by the inverse, in least squares, of the bilinear scaling that its
reals went through: real digits, scaled to the side and back, come out with the distance that is printed first, which is
that of real digits as they are. (Cubic interpolation would charge the loop 13 at 32 pixels, and linear 35.)
Each seed plays the loop, then the runner, so that a busy machine slows both. A line of JSON per seed, then the table;
seeds whose lines are in the file of `--output` already are not played again.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn
from torch.nn.functional import interpolate
from torch.utils.data import DataLoader
from torchvision import datasets, transforms
from torchvision.transforms.functional import resize

from gan_runner.assemble import assemble
from gan_runner.callbacks.evaluation import Evaluation
from gan_runner.config.options import CONFIGS
from gan_runner.evaluation.judge import DrawFakes, Judge
from gan_runner.inference.rebuild import rebuild
from gan_runner.metrics.frechet import Frechet
from gan_runner.systems.capabilities import Samples
from gan_runner.training.libraries import load

LATENT, WIDTH, BATCH = 100, 64, 64
GOAL, SHELL_GOAL = 1 / 8, 1 / 6
"""Of the loop's seconds: those from the first batch, and those of the whole command."""
EXPERIMENT = "experiment=mnist/fast"


@dataclass
class Row:
    """Of one seed: seconds and Fréchet distances."""

    seed: int
    loop: float
    runner: float
    command: float
    loop_frechet: float
    runner_frechet: float


# ---- the loop -------------------------------------------------------------------------------------------------------


def generator(side: int) -> nn.Module:
    """(B, 100, 1, 1) -> (B, 1, side, side); side: 32 or 64."""
    widths = [WIDTH * times for times in (8, 4, 2, 1) if side == 64 or times < 8]
    layers = [nn.ConvTranspose2d(LATENT, widths[0], 4, 1, 0, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU(True)]
    for before, after in pairwise(widths):
        layers += [nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.ReLU(True)]
    return nn.Sequential(*layers, nn.ConvTranspose2d(WIDTH, 1, 4, 2, 1, bias=False), nn.Tanh())


def discriminator(side: int) -> nn.Module:
    """(B, 1, side, side) -> (B, 1, 1, 1); side: 32 or 64."""
    widths = [WIDTH * times for times in (1, 2, 4, 8) if side == 64 or times < 8]
    layers: list[nn.Module] = [nn.Conv2d(1, WIDTH, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, True)]
    for before, after in pairwise(widths):
        layers += [nn.Conv2d(before, after, 4, 2, 1, bias=False), nn.BatchNorm2d(after), nn.LeakyReLU(0.2, True)]
    return nn.Sequential(*layers, nn.Conv2d(widths[-1], 1, 4, 1, 0, bias=False), nn.Sigmoid())


def initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)


def batches_of(root: str, side: int) -> Iterator[Tensor]:
    to_tensor = transforms.Compose(
        [transforms.Resize(side), transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))]
    )
    loader = DataLoader(datasets.MNIST(root, transform=to_tensor), BATCH, shuffle=True, num_workers=2)
    while True:
        yield from (image for image, _ in loader)


def play_loop(root: str, side: int, seed: int, batches: int) -> tuple[nn.Module, float]:
    """The generator, and the seconds from the first batch on."""
    torch.manual_seed(seed)
    maker, judge, ask = generator(side).apply(initialise), discriminator(side).apply(initialise), nn.BCELoss()
    fit_d = torch.optim.Adam(judge.parameters(), lr=2e-4, betas=(0.5, 0.999))
    fit_g = torch.optim.Adam(maker.parameters(), lr=2e-4, betas=(0.5, 0.999))
    images, begin = batches_of(root, side), perf_counter()
    for _ in range(batches):
        real = next(images)
        ones, zeros = torch.ones(len(real)), torch.zeros(len(real))
        judge.zero_grad()
        of_real = ask(judge(real).flatten(), ones)
        of_real.backward()
        fake = maker(torch.randn(len(real), LATENT, 1, 1))
        of_fake = ask(judge(fake.detach()).flatten(), zeros)
        of_fake.backward()
        fit_d.step()
        maker.zero_grad()
        lost = ask(judge(fake).flatten(), ones)
        lost.backward()
        fit_g.step()
        (of_real + of_fake).item(), lost.item()  # printed there
    return maker.eval(), perf_counter() - begin


# ---- the runner -----------------------------------------------------------------------------------------------------


class Clock(Callback):
    """Leaves in `file` the seconds from the first batch to the end of the last."""

    def __init__(self, file: str) -> None:
        self.file, self.begin = Path(file), 0.0

    def on_train_start(self, *_: Any) -> None:
        self.begin = perf_counter()

    def on_train_end(self, *_: Any) -> None:
        self.file.write_text(json.dumps(perf_counter() - self.begin))


def play_runner(root: str, seed: int, overrides: list[str], folder: Path) -> tuple[Samples, float, float]:
    """What it trained, the seconds from its first batch on, and those of the whole command."""
    clock = folder.parent / "seconds.json"
    command = [Path(sys.executable).with_name("gan-train"), *overrides, f"data.root={root}", f"seed={seed}",
               "metrics=none", f"hydra.run.dir={folder}", "+callbacks.clock._target_=time_to_quality.Clock",
               f"+callbacks.clock.file={clock}"]  # fmt: skip
    here = str(Path(__file__).resolve().parent)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([here, os.environ.get("PYTHONPATH", "")])}
    begin = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    seconds = perf_counter() - begin
    system, _ = rebuild(Samples, folder / "checkpoints" / "last.ckpt", "", trust=True)  # type: ignore[type-abstract]
    return system, json.loads(clock.read_text()), seconds


# ---- who judges -----------------------------------------------------------------------------------------------------


def scaled_back(image: Tensor, size: int) -> Tensor:
    """Undo transforms.Resize, in least squares: (B, 1, side, side) -> (B, 1, size, size)."""
    scaled = interpolate(torch.eye(size)[:, None], image.shape[-1], mode="linear")  # (size, 1, side), along an axis
    back = torch.linalg.pinv(scaled[:, 0].T)  # (size, side)
    return (back @ image @ back.T).clamp(-1, 1)


class Bench:
    """The judge of a run of mnist/fast, and what is asked of it."""

    def __init__(self, root: str) -> None:
        with initialize_config_dir(str(CONFIGS), version_base="1.3"), tempfile.TemporaryDirectory() as folder:
            experiment = assemble(compose("train", [EXPERIMENT, f"data.root={root}", f"paths.run={folder}"]))
        evaluation = next(one for one in experiment.trainer.callbacks if isinstance(one, Evaluation))
        self.data, self.count = experiment.data, evaluation.num_samples
        self.judge = Judge({"frechet": Frechet()}, evaluation.features)

    def frechet(self, draw: DrawFakes) -> float:
        scalars = self.judge.judge(draw, self.data, self.count).scalars
        return next(value for name, value in scalars.items() if not name.endswith("/real") and "frechet" in name)

    def reals(self, side: int) -> DrawFakes:
        """Real digits of the training split, scaled up and back as samples of the loop are."""
        images, taken = self.data.examples(self.count).real, 0

        def draw(count: int) -> tuple[Tensor, None]:
            nonlocal taken
            taken += count
            return self.fit(resize(images[taken - count : taken], [side, side])), None

        return draw

    def fit(self, image: Tensor) -> Tensor:
        return scaled_back(image, self.data.shape[-1])

    def of_loop(self, maker: nn.Module) -> DrawFakes:
        return lambda count: (self.fit(maker(torch.randn(count, LATENT, 1, 1))), None)

    @staticmethod
    def of_run(system: Samples) -> DrawFakes:
        network, _ = system.sampler()
        network.eval()
        return lambda count: (network(system.latent.sample(count, torch.device("cpu")), None), None)


def play(bench: Bench, seed: int, options: argparse.Namespace) -> Row:
    maker, loop = play_loop(options.root, options.side, seed, options.batches)
    with tempfile.TemporaryDirectory() as folder:
        system, runner, command = play_runner(options.root, seed, shlex.split(options.runner), Path(folder) / "run")
    of_loop, of_runner = bench.frechet(bench.of_loop(maker)), bench.frechet(bench.of_run(system))
    return Row(seed, loop, runner, command, of_loop, of_runner)


def table(rows: Sequence[Row]) -> str:
    """Of all seeds; a goal is met by each seed against the mean of the loop's."""
    goal = statistics.mean(row.loop_frechet for row in rows)
    lines = [
        "| seed | loop | Fréchet | runner | of the loop | command | of the loop | Fréchet | goal |",
        "|---" * 9 + "|",
    ]
    for row in rows:
        met = row.runner_frechet <= goal and row.runner <= GOAL * row.loop and row.command <= SHELL_GOAL * row.loop
        lines.append(
            f"| {row.seed} | {row.loop:.0f} s | {row.loop_frechet:.1f} | {row.runner:.0f} s "
            f"| 1/{row.loop / row.runner:.1f} | {row.command:.0f} s | 1/{row.loop / row.command:.1f} "
            f"| {row.runner_frechet:.1f} | {'met' if met else 'not met'} |"
        )
    return "\n".join([*lines, f"\nMean of the loop's Fréchet distances: {goal:.1f}"])


def played(output: Path | None) -> list[Row]:
    """Those of an earlier call."""
    if output is None or not output.exists():
        return []
    return [Row(**json.loads(line)) for line in output.read_text().splitlines()]


def main() -> None:
    """Print a line a seed, and the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--root", required=True, type=lambda folder: str(Path(folder).resolve()))
    parser.add_argument("--side", type=int, choices=(32, 64), default=32)
    parser.add_argument("--seeds", default="0,1,2,3,4")
    parser.add_argument("--batches", type=int, default=2000)
    parser.add_argument("--runner", default=f"{EXPERIMENT} trainer.precision=32-true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    load()
    bench, rows = Bench(options.root), played(options.output)
    there_and_back = bench.frechet(bench.reals(options.side))
    print(f"real digits, scaled to {options.side} pixels and back: Fréchet {there_and_back:.2f}", flush=True)
    for seed in sorted({*map(int, options.seeds.split(","))} - {row.seed for row in rows}):
        rows.append(play(bench, seed, options))
        line = json.dumps(asdict(rows[-1]))
        print(line, flush=True)
        if options.output is not None:
            with options.output.open("a") as file:
                file.write(line + "\n")
    print(table(rows))


if __name__ == "__main__":
    main()

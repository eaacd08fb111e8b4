"""Speed of a training step and of feeding batches, as ratios to a plain PyTorch loop measured in the same process.

    python benchmarks/step.py [case …] [--rounds 5]

Each round times a stretch of the plain loop and a stretch of the runner, one after the other, so that a busy machine
slows both. The plain loop is what a user would write: same networks, same loss, same batch size, torch.optim.Adam as
it comes, batches ready in memory, no logging. The runner is `gan-train` with all its default logging and callbacks, but
for the evaluation, which no step waits for (metrics=none).
"""

from __future__ import annotations

import argparse
import gzip
import io
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from pytorch_lightning.callbacks import Callback
from torch import Tensor, nn
from torch.nn.functional import softplus

from gan_runner.assemble import Experiment, assemble
from gan_runner.config.options import CONFIGS
from gan_runner.training.libraries import load


@dataclass
class Case:
    """A game to time: overrides of gan-train, batches per stretch, and the bound the ratio is held against."""

    overrides: list[str]
    batches: int
    goal: str


CASES = {
    "dcgan-32x32x1": Case(["model=dcgan", "data=synthetic", "data.image_size=32", "data.channels=1"], 30, ">= 1.0"),
    "dcgan-64x64x3": Case(["model=dcgan", "data=synthetic", "data.image_size=64", "data.channels=3"], 10, ">= 1.0"),
    "ring-mlp": Case(
        ["model=vanilla", "data=gaussians", "network.generator.hidden=[128,128]",
         "network.discriminator.hidden=[128,128]", "latent.latent_dim=2"], 1500, ">= 0.87 (1.15× the time)"),
    "wgan_gp-28x28x1": Case(
        ["model=wgan_gp", "data=synthetic", "data.image_size=28", "data.channels=1"], 60, ">= 1.1"),
    "progan-16x16x3": Case(
        ["model=progan_small", "data=synthetic", "data.image_size=16"],
        20, ">= 1.1"),
    "progan-64x64x3": Case(
        ["model=progan_small", "data=synthetic", "data.image_size=64"],
        6, ">= 1.1"),
}  # fmt: skip
COMPILED = {"ring-mlp": ">= 2.0", "dcgan-32x32x1": ">= 1.1", "dcgan-64x64x3": ">= 1.1"}
"""Cases that are played compiled, too, and the bounds of that."""
CASES |= {
    f"{name}-compiled": Case([*CASES[name].overrides, "trainer.engine=compile"], CASES[name].batches, goal)
    for name, goal in COMPILED.items()
}


PROCESSOR = torch.device("cpu")
GAN_TRAIN = [sys.executable, "-m", "gan_runner", "train"]
"""The command, of the package that is on the path."""


def wait_for(device: torch.device) -> None:
    """Until all it was asked for is done: a GPU works on while the host goes on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class Stopwatch(Callback):
    """Seconds from the end of batch `skip` to the end of the last, trainer.max_steps, on a clock."""

    def __init__(self, skip: int, clock: Callable[[], float] = perf_counter) -> None:
        self.skip, self.clock, self.begin, self.end = skip, clock, 0.0, 0.0

    def on_train_batch_end(self, trainer: Any, *rest: Any) -> None:
        if trainer.global_step in (self.skip, trainer.max_steps):
            wait_for(trainer.strategy.root_device)
        if trainer.global_step == self.skip:
            self.begin = self.clock()
        self.end = self.clock()


def experiment(overrides: list[str], folder: str) -> Experiment:
    """What gan-train would play."""
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", ["metrics=none", *overrides, f"paths.run={folder}"])
    return assemble(config)


def at_full_size(played: Experiment) -> None:
    """Of a game that grows: from the first batch on, without an end."""
    tricks: Any = played.system.all_games[0].tricks  # type: ignore[attr-defined]
    if "growing" in tricks:
        growing = tricks["growing"]
        growing.stage, growing.stable_images = growing.top, 10**9
        for network in (played.system.game.generator, played.system.game.discriminator):  # type: ignore[attr-defined]
            for part in network.modules():
                if hasattr(part, "set_level"):
                    part.set_level(growing.top)


def runner_seconds(case: Case, precision: str, device: torch.device = PROCESSOR) -> float:
    """Seconds per batch under gan-train."""
    skip = warm_up(case)
    with tempfile.TemporaryDirectory() as folder:
        how = [f"trainer.max_steps={case.batches + skip}", f"trainer.precision={precision}",
               f"trainer.accelerator={device.type}"]  # fmt: skip
        played = experiment([*case.overrides, *how], folder)
        at_full_size(played)
        stopwatch = Stopwatch(skip)
        played.trainer.callbacks.append(stopwatch)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):  # the progress is drawn, and not seen
            played.trainer.fit(played.system, played.data)
    return (stopwatch.end - stopwatch.begin) / case.batches


def warm_up(case: Case) -> int:
    """Batches before the clock starts."""
    return max(3, case.batches // 10)


def plain_step(
    generator: nn.Module, discriminator: nn.Module, latent: Any, device: torch.device, bf16: bool = False
) -> Callable[[Tensor], None]:
    """A batch of the non-saturating game as one writes it, given its reals."""
    fit_d, fit_g = (
        torch.optim.Adam(network.parameters(), lr=2e-4, betas=(0.5, 0.999)) for network in (discriminator, generator)
    )

    def step(real: Tensor) -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            fake = generator(latent.sample(len(real), device))
            loss = softplus(-discriminator(real).logits.float()).mean()
            loss = loss + softplus(discriminator(fake.detach()).logits.float()).mean()
        fit_d.zero_grad()
        loss.backward()
        fit_d.step()
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = softplus(-discriminator(fake).logits.float()).mean()
        fit_g.zero_grad()
        loss.backward()
        fit_g.step()

    return step


def plain_critic_step(
    generator: nn.Module, critic: nn.Module, latent: Any, device: torch.device, config: Any, bf16: bool = False
) -> Callable[[Tensor], None]:
    """A batch of the game of WGAN-GP as one writes it, given its reals: the generator moves in every n-th.

    config: that of the run, for its rates, n, penalty, drift and average.
    """
    rates = {"lr": config.optimizer.lr, "betas": tuple(map(float, config.optimizer.betas))}
    fit_d, fit_g = (torch.optim.Adam(network.parameters(), **rates) for network in (critic, generator))
    average = torch.optim.swa_utils.AveragedModel(
        generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(config.tricks.ema.decay)
    ) if "ema" in config.tricks else None  # fmt: skip
    weight, drift = config.tricks.gradient_penalty.weight, config.tricks.gradient_penalty.drift
    turn = itertools.count(1)

    def step(real: Tensor) -> None:
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            with torch.no_grad():
                fake = generator(latent.sample(len(real), device))
            of_real, of_fake = critic(real).logits.float(), critic(fake).logits.float()
            between = torch.lerp(real, fake.to(real), torch.rand(len(real), 1, 1, 1, device=device)).requires_grad_()
            score = critic(between).logits.float().sum()
        (slope,) = torch.autograd.grad(score, between, create_graph=True)
        loss = of_fake.mean() - of_real.mean() + weight * (slope.flatten(1).norm(dim=1) - 1).square().mean()
        if drift:
            loss = loss + drift * of_real.square().mean()
        fit_d.zero_grad()
        loss.backward()
        fit_d.step()
        if next(turn) % config.system.discriminator_steps:
            return
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            loss = -critic(generator(latent.sample(len(real), device))).logits.float().mean()
        fit_g.zero_grad()
        loss.backward()
        fit_g.step()
        if average is not None:
            average.update_parameters(generator)

    return step


def plain_seconds(case: Case, precision: str, device: torch.device = PROCESSOR) -> float:
    """Seconds per batch of a plain loop with the same networks."""
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*case.overrides, "trainer.max_steps=1"], folder)
    at_full_size(played)
    game, latent = played.system.game, played.system.latent  # type: ignore[attr-defined]
    generator = game.generator.to(device, memory_format=torch.contiguous_format)
    discriminator = game.discriminator.to(device, memory_format=torch.contiguous_format)
    config = played.system.origin.config  # type: ignore[attr-defined]
    real = played.data.examples(played.data.batch_size).real.to(device).contiguous()
    bf16 = precision == "bf16-mixed"
    if "gradient_penalty" in config["tricks"]:
        step = plain_critic_step(generator, discriminator, latent, device, OmegaConf.create(config), bf16)
    else:
        step = plain_step(generator, discriminator, latent, device, bf16)
    for _ in range(warm_up(case)):
        step(real)
    wait_for(device)
    begin = perf_counter()
    for _ in range(case.batches):
        step(real)
    wait_for(device)
    return (perf_counter() - begin) / case.batches


def compare(name: str, precision: str, plain_precision: str, rounds: int) -> str:
    """A row of the table: medians over interleaved rounds."""
    case = CASES[name]
    pairs = [(plain_seconds(case, plain_precision), runner_seconds(case, precision)) for _ in range(rounds)]
    plain, runner = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratios = sorted(p / r for p, r in pairs)
    ratio = statistics.median(ratios)
    return (f"| {name} | {plain_precision} | {precision} | {plain:.2f} | {runner:.2f} | {ratio:.2f} "
            f"[{ratios[0]:.2f}–{ratios[-1]:.2f}] | {case.goal} |")  # fmt: skip


def feeding(rounds: int) -> str:
    """Batches per second from MNIST-shaped files: the runner's loader against torchvision's through two workers."""
    from torch.utils.data import DataLoader
    from torchvision import datasets, transforms

    from gan_runner.data.mnist import MNIST
    from gan_runner.images.ranges import to_unit_range

    with tempfile.TemporaryDirectory() as root:
        mnist_files(Path(root) / "MNIST" / "raw")
        transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(0.5, 0.5)])
        theirs = DataLoader(datasets.MNIST(root, transform=transform), 64, shuffle=True, num_workers=2, drop_last=True)
        data = MNIST(root=root, image_size=28)
        data.setup("fit")
        ours = data.train_dataloader()

        def seconds(batches: Any) -> float:
            begin = perf_counter()
            count = sum(1 for _ in batches)
            return (perf_counter() - begin) / count

        pairs = [(seconds(theirs), seconds(to_unit_range(batch.real) for batch in ours)) for _ in range(rounds)]
    plain, runner = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratios = sorted(p / r for p, r in pairs)
    return (f"| feeding MNIST | float32 | float32 | {plain:.3f} | {runner:.3f} | {statistics.median(ratios):.0f} "
            f"[{ratios[0]:.0f}–{ratios[-1]:.0f}] | >= 30 |")  # fmt: skip


def mnist_files(folder: Path, train: int = 60_000, test: int = 10_000) -> None:
    """So many random 28×28 images and labels, in the files torchvision and the runner read."""
    folder.mkdir(parents=True)
    for split, count in (("train", train), ("t10k", test)):
        for kind, header, size in (
            ("images-idx3", [2051, count, 28, 28], count * 784), ("labels-idx1", [2049, count], count)
        ):  # fmt: skip
            content = b"".join(number.to_bytes(4, "big") for number in header)
            content += os.urandom(size) if "images" in kind else bytes(i % 10 for i in range(count))
            (folder / f"{split}-{kind}-ubyte").write_bytes(content)
            with gzip.open(folder / f"{split}-{kind}-ubyte.gz", "wb", compresslevel=1) as packed:
                packed.write(content)


def start_up(arguments: list[str], goal: str, environment: dict[str, str] | None = None) -> str:
    """CPU seconds of a command that a user waits for."""
    command = [str(Path(sys.executable).with_name("gan-train")), *arguments]
    times = []
    for _ in range(5):
        before = os.times()
        subprocess.run(command, capture_output=True, check=True, env={**os.environ, **(environment or {})})
        after = os.times()
        times.append(after.children_user + after.children_system - before.children_user - before.children_system)
    label = "tab completion" if environment else " ".join(["gan-train", *arguments])
    return f"| {label} | | | | {statistics.median(times):.2f} s CPU | | {goal} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", help=f"{', '.join(CASES)}, feeding, startup (default: all)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", default="32-true", help="of both loops")
    arguments = parser.parse_args()
    known = [*CASES, "feeding", "startup"]
    wanted = arguments.cases or known
    if unknown := set(wanted) - set(known):
        parser.error(f"no case is called {', '.join(sorted(unknown))}: there are {', '.join(known)}")
    load()
    from gan_runner.training.precision import native_bf16

    print("| case | plain precision | runner precision | plain ms/batch | runner ms/batch | plain / runner | goal |")
    print("|---|---|---|---|---|---|---|")
    for name in wanted:
        if name in CASES:
            print(compare(name, arguments.precision, arguments.precision, arguments.rounds), flush=True)
            if name.startswith("dcgan") and "compiled" not in name and native_bf16("cpu"):
                print(compare(name, "auto", "32-true", arguments.rounds).replace(">= 1.0", ">= 1.8"), flush=True)
    if "feeding" in wanted:
        print(feeding(arguments.rounds), flush=True)
    if "startup" in wanted:
        print(start_up(["--help"], "<= 0.6"), flush=True)
        completing = {"COMP_LINE": "gan-train model=", "COMP_POINT": "16"}
        print(start_up(["-sc", "query=bash"], "<= 0.3", completing), flush=True)


if __name__ == "__main__":
    main()

"""Autoencoders under gan-train against a plain PyTorch loop: images per second and peak memory.

    python benchmarks/autoencoder.py [vae conv_vae vae-auto …] [--rounds 5] [--batches 1000]

vae: 784-400-20 at batches of 128, beside the loop of pytorch/examples/vae written plainly, as users write it: the same
network, torchvision's MNIST through a DataLoader with ToTensor (no worker, as there on a processor), binary
cross-entropy summed, Adam 1e-3. conv_vae: the layers of model=conv_vae, beside a plain loop fed from memory.
-auto: beside the same float32 loops, at the precision that the runner chooses, bf16-mixed where that is native.
-compiled: in float32 with trainer.engine=compile.
The runner is gan-train with all its logging and callbacks, but for the evaluation, which no step waits for
(metrics=none); the pictures and the checkpoint of a run's end count, some .2 seconds.

Each round times a stretch of both in one process, one after the other, so that a busy machine slows both; and plays
each alone in a process of its own for its memory: the highest resident set, whole. Set OMP_NUM_THREADS=1 to compare on
one core.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from step import Stopwatch, experiment, mnist_files
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy, relu, softplus
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from gan_runner.training.libraries import load

BATCH = 128
HOW = {
    "": ["trainer.precision=32-true"],
    "auto": ["trainer.precision=auto"],
    "compiled": ["trainer.precision=32-true", "trainer.engine=compile"],
}
"""How the runner plays, by what a case ends with after its model."""
MODELS = {"vae": (3.0, 1.05), "conv_vae": (1.1, 1.05)}
"""Least images per second, and most memory, as ratios to the plain loop."""
CASES = [f"{model}-{how}".strip("-") for model in MODELS for how in HOW]


class Published(nn.Module):
    """The network of pytorch/examples/vae."""

    def __init__(self) -> None:
        super().__init__()
        self.fc1, self.fc21, self.fc22 = nn.Linear(784, 400), nn.Linear(400, 20), nn.Linear(400, 20)
        self.fc3, self.fc4 = nn.Linear(20, 400), nn.Linear(400, 784)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hidden = relu(self.fc1(x.view(-1, 784)))
        mean, log_variance = self.fc21(hidden), self.fc22(hidden)
        code = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return torch.sigmoid(self.fc4(relu(self.fc3(code)))), mean, log_variance


def published(root: str) -> Callable[[int], None]:
    """Batches of the loop of pytorch/examples/vae, as many as asked for."""
    loader = DataLoader(datasets.MNIST(root, transform=transforms.ToTensor()), batch_size=BATCH, shuffle=True)
    model = Published()
    fit = torch.optim.Adam(model.parameters(), lr=1e-3)

    def endless() -> Iterator[Tensor]:
        while True:
            for image, _ in loader:
                yield image

    images = endless()

    def play(batches: int) -> None:
        for _ in range(batches):
            image = next(images)
            fit.zero_grad()
            back, mean, log_variance = model(image)
            loss = binary_cross_entropy(back, image.view(-1, 784), reduction="sum")
            loss = loss - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())
            loss.backward()
            loss.item()  # its running sum, as printed there
            fit.step()

    return play


def from_memory(root: str) -> Callable[[int], None]:
    """Batches of a plain loop with the layers of the runner's network, all from one tensor in memory.

    In the order of memory that PyTorch makes them in, as such a loop is written: the runner's decoder chooses another.
    """
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*overrides_of("conv_vae", root), "trainer.max_steps=1"], folder)
    network: Any = played.system.network  # type: ignore[attr-defined]
    encoder, decoder = network.encoder.to(memory_format=torch.contiguous_format), network.decoder
    layers = nn.Sequential(decoder.hidden, nn.Unflatten(1, decoder.base), decoder.body, decoder.head)
    fit = torch.optim.Adam(network.parameters(), lr=1e-3)
    images = played.data.examples(4096).real.contiguous()

    def play(batches: int) -> None:
        for _ in range(batches):
            real = images[torch.randint(len(images), (BATCH,))]
            mean, log_variance = encoder(real).chunk(2, dim=1)
            output = layers(mean + (log_variance / 2).exp() * torch.randn_like(mean))
            x = (real + 1) / 2
            nats = (softplus(output) - x * output).sum() / BATCH
            kl = (mean.square() + log_variance.exp() - 1 - log_variance).sum() / (2 * BATCH)
            fit.zero_grad()
            (nats + kl).backward()
            fit.step()

    return play


def overrides_of(case: str, root: str) -> list[str]:
    model, _, how = case.partition("-")
    side = "28" if model == "vae" else "32"
    return [f"model={model}", "data=mnist", f"data.root={root}", f"data.image_size={side}", f"data.batch_size={BATCH}",
            "likelihood=bernoulli", "trainer.accelerator=cpu", *HOW[how]]  # fmt: skip


def plain(case: str, root: str) -> Callable[[int], None]:
    return from_memory(root) if case.startswith("conv_vae") else published(root)


def runner(case: str, root: str, batches: int) -> float:
    """Seconds of so many batches under gan-train, after a tenth of them to warm up."""
    skip = max(3, batches // 10)
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*overrides_of(case, root), f"trainer.max_steps={batches + skip}"], folder)
        stopwatch = Stopwatch(skip)
        played.trainer.callbacks.append(stopwatch)  # type: ignore[attr-defined]
        with redirect_stdout(io.StringIO()):
            played.trainer.fit(played.system, played.data)
    return stopwatch.end - stopwatch.begin


def ratio(case: str, root: str, batches: int) -> tuple[float, float]:
    """Images per second of the plain loop and of the runner."""
    play = plain(case, root)
    play(max(3, batches // 10))
    begin = perf_counter()
    play(batches)
    seconds = perf_counter() - begin
    return BATCH * batches / seconds, BATCH * batches / runner(case, root, batches)


def peak() -> float:
    """MB of memory at the highest so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 if sys.platform == "linux" else 1024) / 1024


def memory(case: str, who: str, root: str, batches: int) -> float:
    """MB of a process of its own."""
    told = subprocess.run(
        [sys.executable, __file__, case, "--alone", who, "--root", root, "--batches", str(batches)],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return float(json.loads(told.splitlines()[-1]))


def alone(case: str, who: str, root: str, batches: int) -> float:
    if who == "plain":
        plain(case, root)(batches)
    else:
        runner(case, root, batches)
    return peak()


def row(case: str, root: str, rounds: int, batches: int) -> str:
    """Medians over rounds, and the range of the ratio."""
    speeds = [ratio(case, root, batches) for _ in range(rounds)]
    ratios = sorted(ours / theirs for theirs, ours in speeds)
    middle = f"{statistics.median(ratios):.2f} [{ratios[0]:.2f}–{ratios[-1]:.2f}]"
    theirs, ours = (statistics.median(column) for column in zip(*speeds, strict=True))
    held = [memory(case, who, root, batches) for who in ("plain", "runner")]
    speed, most = MODELS[case.partition("-")[0]]
    return (f"| {case} | {theirs:,.0f} | {ours:,.0f} | {middle} "
            f"| >= {speed} | {held[0]:.0f} | {held[1]:.0f} | {held[1] / held[0]:.2f} | <= {most} |")  # fmt: skip


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("cases", nargs="*", default=CASES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--root", help=argparse.SUPPRESS)
    parser.add_argument("--alone", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    load()
    if arguments.alone:
        print(json.dumps(alone(arguments.cases[0], arguments.alone, arguments.root, arguments.batches)))
        return
    print("| case | plain images/s | runner images/s | runner / plain | goal | plain MB | runner MB | ratio | goal |")
    print("|---|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as root:
        mnist_files(Path(root) / "MNIST" / "raw")
        for case in arguments.cases:
            print(row(case, root, arguments.rounds, arguments.batches), flush=True)


if __name__ == "__main__":
    main()

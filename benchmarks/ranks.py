"""What averaging gradients over ranks costs, beside none and beside DistributedDataParallel.

    python benchmarks/ranks.py [--rounds 5] [--batches 20] [--image-size 16]

Two processes on the processor (gloo), one thread each, play DCGAN without BatchNorm in the discriminator, a batch of 8
a rank. Arms take turns within each round. `ours` is what gan_runner.training.strategy does before each optimizer steps.
`ddp` wraps each player for its own update: it cannot do without, nor backward into one player's parameters alone.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
from time import perf_counter
from typing import Any

import torch
from torch import distributed, nn
from torch.multiprocessing.spawn import spawn
from torch.nn.functional import softplus
from torch.nn.parallel import DistributedDataParallel

from gan_runner.networks.dcgan import Discriminator, Generator
from gan_runner.training.strategy import average, broadcast

BATCH, LATENT_DIM = 8, 100


class Arm:
    """A game of its own, synchronised in one way: none, ours or ddp."""

    def __init__(self, how: str, size: int) -> None:
        self.how = how
        self.players: list[Any] = [Discriminator((3, size, size), norm="none"), Generator((3, size, size))]
        broadcast(p for player in self.players for p in player.parameters())
        self.optimizers = [torch.optim.Adam(player.parameters(), lr=2e-4) for player in self.players]
        self.bare = list(self.players)
        if how == "ddp":
            # BatchNorm's buffers are not broadcast: that would change them between two forwards of one backward.
            self.players = [DistributedDataParallel(player, broadcast_buffers=False) for player in self.players]
        self.times: list[float] = []

    def batch(self, real: torch.Tensor) -> None:
        (discriminator, generator), judge = self.players, self.bare[0]
        fake = generator(torch.randn(len(real), LATENT_DIM))
        both = discriminator(torch.cat([real, fake.detach()])).logits
        self._step(0, softplus(-both[: len(real)]).mean() + softplus(both[len(real) :]).mean())
        judge.requires_grad_(False)
        self._step(1, softplus(-judge(fake).logits).mean())
        judge.requires_grad_(True)

    def _step(self, index: int, loss: torch.Tensor) -> None:
        parameters: list[nn.Parameter] = list(self.bare[index].parameters())
        self.optimizers[index].zero_grad()
        loss.backward()
        if self.how == "ours":
            average(parameters)
        self.optimizers[index].step()


def play(rank: int, port: int, rounds: int, batches: int, size: int) -> None:
    """One rank: time stretches of each arm in turn, and print the table from rank 0."""
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", rank=rank, world_size=2)
    torch.manual_seed(rank)
    real = torch.rand(BATCH, 3, size, size) * 2 - 1
    arms = [Arm(how, size) for how in ("none", "ours", "ddp")]
    for round in range(rounds + 1):
        for arm in arms:
            distributed.barrier()
            begin = perf_counter()
            for _ in range(batches if round else 3):
                arm.batch(real)
            distributed.barrier()
            if round:  # the first one warms up
                arm.times.append((perf_counter() - begin) / batches * 1000)
    if rank == 0:
        count = sum(p.numel() for player in arms[0].bare for p in player.parameters())
        print(f"{count:,} parameters\n\n| gradients | ms/batch | to none |\n|---|---|---|")
        for arm in arms:
            ratios = sorted(mine / plain for mine, plain in zip(arm.times, arms[0].times, strict=True))
            print(f"| {arm.how} | {statistics.median(arm.times):.1f} | {statistics.median(ratios):.2f} "
                  f"[{ratios[0]:.2f}–{ratios[-1]:.2f}] |")  # fmt: skip
    distributed.destroy_process_group()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("--rounds", 5), ("--batches", 20), ("--image-size", 16)):
        parser.add_argument(name, type=int, default=default)
    given = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    spawn(play, (port, given.rounds, given.batches, given.image_size), nprocs=2)


if __name__ == "__main__":
    main()

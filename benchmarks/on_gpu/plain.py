"""Loops as one writes them: eager, float32, a DataLoader, torch.optim.Adam as it comes, nothing logged or saved."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from time import perf_counter
from typing import Any

import torch
from step import Case, experiment, plain_step, wait_for, warm_up
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

WORKERS = 2
PENALTY, DRIFT, DECAY = 10.0, 1e-3, 0.999


class Pictures(Dataset[Tensor]):
    """Bytes, and a transform of each picture: what ToTensor and Normalize do."""

    def __init__(self, images: Tensor) -> None:
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Tensor:
        return self.images[index].float().div(255).sub(0.5).div(0.5)


def seconds(case: Case, device: torch.device, workers: int = WORKERS) -> float:
    """Per batch, with the networks, the batch size and the turns that gan-train would have."""
    with tempfile.TemporaryDirectory() as folder:
        played = experiment([*case.overrides, "trainer.max_steps=1"], folder)
    step = STEPS[kind_of(case)](played.system, device)
    batches = endless(Pictures(played.data.deck("train").images), played.data.batch_size, device, workers)
    for _ in range(warm_up(case)):
        step(next(batches))
    wait_for(device)
    begin = perf_counter()
    for _ in range(case.batches):
        step(next(batches))
    wait_for(device)
    return (perf_counter() - begin) / case.batches


def kind_of(case: Case) -> str:
    return next(override.removeprefix("model=") for override in case.overrides if override.startswith("model="))


def endless(pictures: Pictures, size: int, device: torch.device, workers: int) -> Iterator[Tensor]:
    """Batches on the device."""
    loader = DataLoader(
        pictures, size, shuffle=True, drop_last=True, num_workers=workers, pin_memory=device.type == "cuda",
        persistent_workers=workers > 0,
    )  # fmt: skip
    while True:
        for real in loader:
            yield real.to(device, non_blocking=True)


Step = Callable[[Tensor], None]


def dcgan(system: Any, device: torch.device) -> Step:
    """The non-saturating game."""
    return plain_step(*players(system, device), device)


def critic(system: Any, device: torch.device, turn: int, drift: float = 0.0, average: bool = False) -> Step:
    """The Wasserstein game with the gradient penalty: a generator's update every `turn` batches."""
    generator, discriminator, latent = players(system, device)
    fit_d, fit_g = (torch.optim.Adam(net.parameters(), 1e-4, (0.5, 0.9)) for net in (discriminator, generator))
    averaged = [p.detach().clone() for p in generator.parameters()]
    batches = 0

    def step(real: Tensor) -> None:
        nonlocal batches
        batches += 1
        with torch.no_grad():
            fake = generator(latent.sample(len(real), device))
        a = torch.rand(len(real), 1, 1, 1, device=device)
        between = (a * real + (1 - a) * fake).requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(between).logits.sum(), between, create_graph=True)
        told = discriminator(real).logits
        loss = discriminator(fake).logits.mean() - told.mean()
        loss = loss + PENALTY * (slope.flatten(1).norm(dim=1) - 1).square().mean() + drift * told.square().mean()
        fit_d.zero_grad()
        loss.backward()
        fit_d.step()
        if batches % turn:
            return
        loss = -discriminator(generator(latent.sample(len(real), device))).logits.mean()
        fit_g.zero_grad()
        loss.backward()
        fit_g.step()
        if average:
            with torch.no_grad():
                for mean, p in zip(averaged, generator.parameters(), strict=True):
                    mean.lerp_(p, 1 - DECAY)

    return step


STEPS: dict[str, Callable[[Any, torch.device], Step]] = {
    "dcgan": dcgan,
    "wgan_gp": lambda system, device: critic(system, device, turn=5),
    "progan_small": lambda system, device: critic(system, device, turn=1, drift=DRIFT, average=True),
}
"""By recipe."""


def players(system: Any, device: torch.device) -> tuple[nn.Module, nn.Module, Any]:
    game = system.game
    nets = (net.to(device, memory_format=torch.contiguous_format) for net in (game.generator, game.discriminator))
    return (*nets, system.latent)  # type: ignore[return-value]

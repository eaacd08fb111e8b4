"""What a generator makes that is nearest to an image: its latent is searched for, by gradient descent (AnoGAN)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import torch
from torch import Tensor, nn

from gan_runner.layers.probing import minds_company
from gan_runner.systems.base import System
from gan_runner.systems.capabilities import Plays, Samples
from gan_runner.types import Batch

RATE = 0.05
"""Of Adam, of a latent whose coordinates are about 1."""
FEATURES = 0.1
"""The share of the discriminator's features in the score; the rest are pixels."""


class LatentSearch:
    """For each image x, alone, the latent z whose G(z) is nearest to it: `steps` of Adam from a draw of the prior.

    score = (1 − .1) ‖x − G(z)‖₁ + .1 ‖f(x) − f(G(z))‖₁, f the discriminator's features, which is also what the search
    descends. All images begin from the same draws of the prior, `restarts` of them by `seed`, of which the best end
    counts: so a score depends neither on other images nor on their order. The networks are those of evaluation, in
    evaluation mode, and nothing of them moves. Where features of an image depend on the others in its batch (a
    network with a standard deviation over it, say), it is searched for alone.
    Source: Schlegl et al. 2017, AnoGAN (arXiv:1703.05921), §2.2; the share of features: §3.
    """

    def __init__(self, system: System, steps: int = 500, restarts: int = 1, seed: int = 0) -> None:
        """Raises ValueError for a system that makes no images of latents alone."""
        samples, plays = Samples.of(system), Plays.of(system)
        if samples is None or plays is None or len(plays.all_games) != 1 or len(samples.shape) != 3:
            raise ValueError("a search for latents needs a GAN that makes images of latents")
        if system.origin.conditional:
            raise ValueError("a search for latents needs a GAN that is told no labels (network.conditional=false)")
        if system.packs:
            raise ValueError(f"a search for latents judges single images, and {' and '.join(system.packs)} packs them")
        self.system, self.steps, self.restarts, self.seed = system, steps, restarts, seed
        self.prior, self.shape = samples.latent, samples.shape
        self.generator: nn.Module = samples.sampler()[0]
        self.discriminator: nn.Module = plays.all_games[0].discriminator

    @property
    def name(self) -> str:
        """What its score is called: it tells how long was searched."""
        return f"search{self.steps}" + (f"x{self.restarts}" if self.restarts > 1 else "")

    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """By its name, (B,), larger is odder. The system must be in evaluation mode."""
        return {self.name: self._found(batch.real)[1]}

    def reconstruct(self, images: Tensor) -> Tensor:
        """What it finds (B, C, H, W) of images (B, C, H, W) in [-1, 1]. The system must be in evaluation mode."""
        with torch.no_grad():
            return self._made(self._found(images)[0])

    def _found(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Latents (B, Z) and their scores (B,)."""
        parts = images.split(1 if self._minds_company else len(images))
        found = [self._searched(part) for part in parts]
        return torch.cat([z for z, _ in found]), torch.cat([score for _, score in found])

    @torch.enable_grad()  # whoever asks needs no gradient, but the search does
    def _searched(self, images: Tensor) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(self.seed)
        starts = self.prior.sample(self.restarts, generator=generator).to(images)
        wanted = self._features(images).detach()
        best = None
        for start in starts:
            z = start.expand(len(images), -1).clone().requires_grad_()
            distance = self._distance_to(images, wanted)
            descend(z, distance, self.steps)
            with torch.no_grad():
                found = z.detach(), distance(z.detach())
            best = found if best is None else nearer(best, found)
        assert best is not None
        return best

    def _distance_to(self, images: Tensor, wanted: Tensor) -> Callable[[Tensor], Tensor]:
        def distance(z: Tensor) -> Tensor:
            made = self._made(z)
            pixels = (images - made).flatten(1).abs().sum(1)
            features = (wanted - self._features(made)).abs().sum(1)
            return pixels * (1 - FEATURES) + features * FEATURES

        return distance

    def _made(self, z: Tensor) -> Tensor:
        made: Tensor = self.generator(z, None)
        return made.float()

    def _features(self, images: Tensor) -> Tensor:
        features: Tensor = self.discriminator(images, None).features
        return features.float().flatten(1)

    @cached_property
    def _minds_company(self) -> bool:
        """Whether the features of an image depend on the others in its batch."""
        return minds_company(self.discriminator, self.shape)


def descend(z: Tensor, distance: Callable[[Tensor], Tensor], steps: int) -> None:
    """Move latents (B, Z) down their own distances, in place; nothing else gets a gradient."""
    optimizer = torch.optim.Adam([z], RATE)
    for _ in range(steps):
        (z.grad,) = torch.autograd.grad(distance(z).sum(), z)
        optimizer.step()


def nearer(one: tuple[Tensor, Tensor], other: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
    """Of two finds, row by row, that of the lower score."""
    closer = other[1] < one[1]
    return torch.where(closer[:, None], other[0], one[0]), torch.where(closer, other[1], one[1])

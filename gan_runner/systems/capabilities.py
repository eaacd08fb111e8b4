"""What others may ask of a system, whatever it is: `Samples.of(system)` is the system, or None where it makes none."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from gan_runner.game import Game
from gan_runner.latents import Prior, walk
from gan_runner.systems.base import System, ask
from gan_runner.types import Batch, Direction, Player, Shape


class Plays(System):
    """Plays games of two."""

    games: nn.ModuleDict
    judges_codes: ClassVar[bool] = False
    """Whether its games are about codes of the data, not about the data."""

    @property
    @abstractmethod
    def all_games(self) -> Sequence[Game]:
        """In the order of `games`, typed."""

    @property
    def generator_updates(self) -> int:
        """How many the generator has had."""
        return self.all_games[0].generator_updates

    def generator_updates_in(self, batches: int) -> int:
        """How many it has in a run of so many batches."""
        return batches


class Steerable(Plays):
    """Plays games whose turns somebody may take over while they are played: callbacks.live."""

    discriminator_steps: int
    """Updates of the discriminator (batches) for each turn of the generator; may change between two batches."""
    steered: Sequence[Player] | None = None
    """Who moves on the next batch, one after the other, in the place of `turns`; None: nobody steers."""


class Samples(System):
    """Makes data from latents, and from the classes asked for where it is conditional."""

    latent: Prior
    shape: Shape
    """Of what it makes."""

    @property
    def labelled(self) -> bool:
        """Whether samples have classes that something holds them to."""
        return self.origin.conditional

    @property
    def drawn_from(self) -> str:
        """Where what it starts from is drawn, in words; empty for the prior."""
        return ""

    @abstractmethod
    def sampler(self) -> tuple[nn.Module, str]:
        """The network that makes samples, and who chose it: a trick's name, or the player's own."""


class Translates(System):
    """Turns images of one domain into images of another."""

    @property
    @abstractmethod
    def directions(self) -> tuple[Direction, ...]:
        """What there is a translator for."""

    @abstractmethod
    def translator(self, direction: Direction = "a2b") -> nn.Module:
        """The network that translates for evaluation: a trick's choice (an average, say), or the generator.

        Raises ValueError for a direction that is not learned.
        """

    @abstractmethod
    def chosen_by(self, direction: Direction) -> str:
        """Who chose the translator: a trick's name, or 'generator'."""


class Scores(System):
    """Says of each image how odd it is."""

    @property
    @abstractmethod
    def score_names(self) -> tuple[str, ...]:
        """What its scores are called, known before it plays: "reconstruction", "elbo", "features"."""

    @abstractmethod
    def scores(self, batch: Batch) -> dict[str, Tensor]:
        """Name of a score -> (B,) float32, larger is odder: of each image alone, whatever lies beside it in the batch.

        By the evaluation networks in evaluation mode; the caller needs no gradient. The batch has no labels: what an
        odd image is called is not known.
        """


class Describes(System):
    """Says what images cost in nats, as its likelihood counts them."""

    @property
    @abstractmethod
    def nats_names(self) -> tuple[str, ...]:
        """What `nats` gives, known before it plays: <scalar>/<likelihood>."""

    @abstractmethod
    def nats(self, batch: Batch) -> dict[str, Tensor]:
        """Name -> nats (B,) float32 of each image, or point, constants included.

        By the evaluation networks in evaluation mode; the caller needs no gradient. Codes that are distributions are
        drawn once. The batch has labels where the data has.
        """


class Views(System):
    """Has something to show of a batch beside what it makes of latents."""

    @abstractmethod
    def views(self, batch: Batch) -> dict[str, dict[str, Tensor]]:
        """What there is to look at of a batch: name (of a direction, say) -> column -> images (B, …, H, W)."""


class Encodes(System):
    """Has a code for every image, and an image for every code."""

    @abstractmethod
    def coder(self) -> tuple[nn.Module, str]:
        """The network that evaluation uses, with `encode`, `decode` and a forward that does both (systems/coder.py);
        and who chose it: a trick's name, or the network's own.
        """

    @property
    def input_shape(self) -> Shape:
        """Of what is encoded: of the other domain's images, where what is decoded is another."""
        return self.origin.source_shape or self.origin.shape

    @torch.no_grad()
    def encode(self, image: Tensor, label: Tensor | None = None, batch_size: int = 256) -> Tensor:
        """The codes (N, Z) of images (N, C, H, W) or points, in evaluation mode; of a distribution the mean."""
        return ask(self.coder()[0], "encode", image, label, batch_size)

    @torch.no_grad()
    def decode(self, code: Tensor, label: Tensor | None = None, batch_size: int = 256) -> Tensor:
        """The images (N, C, H, W) in [-1, 1], or points, of codes (N, Z), in evaluation mode."""
        return ask(self.coder()[0], "decode", code, label, batch_size)

    def path(self, codes: Tensor, frames: int) -> Tensor:
        """The way (frames, Z) from the first of some codes (K, Z) through all others to the last."""
        return walk(codes, frames, spherical=False, closed=False)

    def quantiles(self, shares: Tensor, codes: Tensor) -> Tensor:
        """Of each number of a code its quantiles at `shares` (S,), (S, Z): of the codes (N, Z) that are given."""
        return torch.quantile(codes.float(), shares.to(codes), dim=0)


class Variational(Encodes):
    """Has a normal distribution of codes for every image, held to a standard normal one."""

    encoded_by: ClassVar[Player]
    """Who finds them: what is logged of codes has its name."""

    @torch.no_grad()
    def posterior(self, image: Tensor, label: Tensor | None = None, batch_size: int = 256) -> tuple[Tensor, Tensor]:
        """Means and log variances of the codes, (N, Z) each, as `encode` finds them."""
        mean, log_variance = ask(self.coder()[0], "posterior", image, label, batch_size).unbind(1)
        return mean, log_variance

    def path(self, codes: Tensor, frames: int) -> Tensor:
        """Along arcs, so that codes on the way are as long as those at the ends."""
        return walk(codes, frames, spherical=True, closed=False)

    def quantiles(self, shares: Tensor, codes: Tensor) -> Tensor:
        """Of the standard normal, the same for each number."""
        value: Tensor = torch.special.ndtri(shares.to(codes))
        return value[:, None].expand(-1, codes.shape[1])


def given(batch: Batch) -> Tensor:
    """What is encoded of a batch: the images that should come back, or those of the other domain, where it has any."""
    return batch.real if batch.source is None else batch.source

"""Make every sample tell which latent it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import torch
from pydantic import Field
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.func import functional_call

from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Round, Score, Shape

if TYPE_CHECKING:
    from gan_runner.game import Game

ROWS = 2520
"""Images in a probe: a number that packs and groups of every size up to ten divide. They hold no memory."""


class LatentRegression(Trick):
    """A linear head on the discriminator's features predicts the latent of a fake; both players want it to succeed.

    weight · E‖z − R(G(z))‖² / Z in both players' losses, R(x) = A f(x) + b, f the penultimate layer, Z = latent_dim:
    up to constants −E[log Q(z|G(z))] for a Gaussian Q of fixed width, InfoGAN's lower bound on what a sample tells
    about its latent. A generator that gives many latents one sample cannot be told apart and pays for it. The head
    belongs to the discriminator, moves with its optimizer, and stays out of tricks that change other layers' weights
    (weight clipping, which bounds every parameter, bounds it too). An ensemble listed before it has one head on the
    joined features; one listed after it has a head for each member, and the error is their mean.

    Source: Chen et al. 2016, eq. 5 (arXiv:1606.03657), there for a code beside the noise; for the whole latent, as a
    cure of collapse: Srivastava et al. 2017, §3 (arXiv:1705.07761).
    Raises ValueError for packed samples and for fakes that are not this batch's.
    """

    scope = Scope.WHOLE
    name = "latent_regression"

    def __init__(
        self, latent_dim: Annotated[int, Field(ge=1)] = 100, weight: Annotated[float, Field(ge=0)] = 1.0
    ) -> None:
        super().__init__()
        self.latent_dim, self.weight = latent_dim, weight
        self._heads: list[nn.Linear] = []  # in a list: the discriminator saves and moves it

    def wrap_discriminator(self, make: Make) -> Make:
        def regressing(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            head = nn.Linear(probe(discriminator, shape)[1], self.latent_dim)
            discriminator.add_module(f"{self.name}_head", head)
            self._heads.append(head)
            return discriminator

        return regressing

    def check(self, game: Game) -> None:
        rows, width = probe(game.discriminator, game.shape)
        for name, trick in game.tricks.items():
            if rows != ROWS and getattr(trick, "scope", None) == Scope.SHAPE:
                raise ValueError(
                    f"tricks.{self.name} predicts the latent of each fake, and tricks.{name} leaves one row of "
                    f"features for {ROWS / rows:g} of them: remove one of the two"
                )
            if getattr(type(trick), "on_fake", Trick.on_fake) is not Trick.on_fake:
                raise ValueError(
                    f"tricks.{self.name} needs the latent of each fake, and tricks.{name} shows the discriminator "
                    f"other fakes than this batch's: remove one of the two"
                )
        if width != sum(head.in_features for head in self._heads):
            raise ValueError(
                f"tricks.{self.name} has a head for {self._heads[0].in_features} features, and a trick listed after it "
                f"makes them {width}: list {self.name} last in tricks=[…]"
            )

    def predict(self, score: Score) -> Tensor:
        """The latents (K, N, Z) that a score's features speak of, in float32; K is 1 unless the head was copied."""
        parts = score.features.flatten(1).split([head.in_features for head in self._heads], dim=1)
        with torch.autocast(parts[0].device.type, enabled=False):
            return torch.stack([head(part.float()) for head, part in zip(self._heads, parts, strict=True)])

    def discriminator_term(self, round: Round) -> Tensor:
        return self.weight * self._error(round)

    def generator_term(self, round: Round) -> Tensor:
        return self.weight * self._error(round)

    def _error(self, round: Round) -> Tensor:
        latent = self.predict(round.fake_score)  # (K, N, Z)
        if latent.shape[1:] != round.source.shape:
            raise ValueError(
                f"tricks.{self.name}.latent_dim={self.latent_dim} is not what the generator starts from, which is of "
                f"shape {tuple(round.source.shape[1:])}: leave it at ${{latent.latent_dim}}"
            )
        return (latent - round.source).square().mean()


def probe(discriminator: nn.Module, shape: Shape) -> tuple[int, int]:
    """How many rows of features, and how wide, ROWS images give. Nothing is computed, drawn or counted."""
    with FakeTensorMode(allow_non_fake_inputs=True) as shapes_only, torch.no_grad():
        tensors = [*discriminator.named_parameters(), *discriminator.named_buffers()]
        fakes: dict[str, Tensor] = {name: shapes_only.from_tensor(tensor) for name, tensor in tensors}
        image, label = torch.zeros(ROWS, *shape), torch.zeros(ROWS, dtype=torch.int64)
        score: Score = functional_call(discriminator, fakes, (image, label))
        rows, width = score.features.flatten(1).shape
    return rows, width

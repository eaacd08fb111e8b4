"""Judge several samples at once."""

from __future__ import annotations

from torch import Tensor, nn

from gan_runner.layers.conditioning import is_conditional
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Players, PositiveInt, Score, Shape


class PacGAN(Trick):
    """The discriminator judges packs of m samples, all real or all fake: D(x₁, …, x_m), one logit per pack.

    The distribution of packs shows missing modes more plainly than that of samples does. Neighbours of a batch of B
    are packed along the channels (images) or the coordinates (points), so that the first layer grows and logits and
    features have B/m rows.

    Source: Lin et al. 2018, §3 (arXiv:1712.04086).
    Raises ValueError for conditional games (a pack would be of several classes), and for a batch that m does not
    divide when it comes.
    """

    scope = Scope.SHAPE

    def __init__(self, m: PositiveInt = 2) -> None:
        super().__init__()
        self.pack = m

    def wrap_discriminator(self, make: Make) -> Make:
        def packed(shape: Shape) -> nn.Module:
            return Packed(make((self.pack * shape[0], *shape[1:])), self.pack)

        return packed

    def check(self, players: Players) -> None:
        if is_conditional(players.discriminator):
            raise ValueError(
                "tricks.pacgan packs neighbours of a batch, which are of different classes, and network.conditional="
                "true asks for one class per judgement: set network.conditional=false or remove tricks.pacgan"
            )


class Packed(nn.Module):
    """A discriminator of packs, given single samples."""

    def __init__(self, discriminator: nn.Module, m: int) -> None:
        super().__init__()
        self.discriminator, self.m = discriminator, m

    def forward(self, image: Tensor, label: Tensor | None = None) -> Score:
        count, m = len(image), self.m
        if count % m:
            raise ValueError(
                f"data.batch_size={count} must be divisible by tricks.pacgan.m={m} (where system.accumulate splits it "
                f"into slices, each slice must): the nearest is {max(count - count % m, m)}"
            )
        packs = image.reshape(count // m, m * image.shape[1], *image.shape[2:])  # (B, C, H, W) -> (B/m, m·C, H, W)
        score: Score = self.discriminator(packs)
        return score

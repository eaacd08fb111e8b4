"""Remind the discriminator of fakes the generator no longer makes."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gan_runner.layers.conditioning import is_conditional
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import Make, Players, PositiveInt, Shape


class Replay(Trick):
    """Exchange half of the fakes that the discriminator learns from with past ones, out of a pool of `size`.

    While the pool fills, new fakes are stored and shown as they are. Then each is, with probability ½, stored in the
    place of a random one of the pool, which is shown instead. A generator that comes back to what it did before finds
    a discriminator that has not forgotten. Of a batch larger than the pool at most `size` fakes are exchanged.

    Source: Shrivastava et al. 2017, §2.3 (arXiv:1612.07828); as a pool of 50 images: Zhu et al. 2017, §4
    (arXiv:1703.10593). Raises ValueError for conditional games: a past fake has the label of its own batch.
    """

    scope = Scope.WHOLE
    pool: Tensor
    count: Tensor

    def __init__(self, size: PositiveInt = 50) -> None:
        super().__init__()
        self.size = size
        # On the device, as the pool is: an update that is undone takes both back.
        self.register_buffer("count", torch.zeros((), dtype=torch.int64))

    def wrap_generator(self, make: Make) -> Make:
        def remembered(shape: Shape) -> nn.Module:
            self.register_buffer("pool", torch.zeros(self.size, *shape))
            return make(shape)

        return remembered

    def check(self, players: Players) -> None:
        if is_conditional(players.discriminator):
            raise ValueError(
                "tricks.replay shows the discriminator past fakes beside the labels of this batch, which network."
                "conditional=true compares: set network.conditional=false or remove tricks.replay"
            )

    @torch.no_grad()
    def on_fake(self, fake: Tensor) -> Tensor:
        device, shown = fake.device, min(len(fake), self.size)
        full = self.count >= self.size
        rows = torch.randperm(len(fake), device=device)[:shown]
        # Distinct places: the next free ones, or random ones once there is none.
        free = self.count + torch.arange(shown, device=device)
        places = torch.where(full, torch.randperm(self.size, device=device)[:shown], free % self.size)
        new, past = fake[rows], self.pool[places]
        exchange = full & (torch.rand(shown, device=device) < 0.5 * len(fake) / shown)
        store = _beside(exchange | (free < self.size), fake)
        self.pool[places] = torch.where(store, new, past)
        self.count.add_(shown).clamp_(max=self.size)
        return fake.index_copy(0, rows, torch.where(_beside(exchange, fake), past, new))


def _beside(mask: Tensor, image: Tensor) -> Tensor:
    """(N,) -> (N, 1, 1, 1) beside images, (N, 1) beside points."""
    return mask.reshape(-1, *[1] * (image.ndim - 1))

"""R2: that its gradient never reaches the generator. Its closed forms are tested with R1's."""

import torch
from torch import nn

from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks import mlp
from gan_runner.tricks.r2 import R2
from gan_runner.types import Round


def test_it_is_the_discriminators_alone():
    torch.manual_seed(0)
    generator, discriminator = mlp.Generator((2,), 3, hidden=[8]), mlp.Discriminator((2,), hidden=[8])
    fake = generator(torch.randn(4, 3))
    R2().discriminator_term(
        Round(nn.Identity(), discriminator, NonSaturating(), torch.randn(4, 2), fake, fake, None, step=0)
    ).backward()
    assert all(p.grad is None for p in generator.parameters())
    assert any(p.grad is not None and p.grad.any() for p in discriminator.parameters())

"""WGAN-GP's plain convolutions: published sizes, initial weights, what a sample knows of others."""

import pytest
import torch
from torch import nn

from gan_runner.networks.wgan_gp import Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_published_parameter_counts():
    with torch.device("meta"):
        assert parameters(Generator((1, 28, 28), latent_dim=128, width=64)) == 1_554_177
        assert parameters(Discriminator((1, 28, 28), width=64)) == 1_030_145
        assert parameters(Generator((3, 32, 32), latent_dim=128, width=128, batch_norm=True)) == 5_179_907
        assert parameters(Discriminator((3, 32, 32), width=128)) == 4_114_689


def test_initial_weights():
    torch.manual_seed(0)
    generator, discriminator = Generator((1, 28, 28), width=16), Discriminator((1, 28, 28), width=16)
    middle, first = discriminator.body[1][0], generator.body[0][0]
    # variance 4/(fan_in + fan_out): 16·25 in, 32·25/4 out; 64·25/4 in, 32·25 out
    assert middle.weight.var().item() == pytest.approx(4 / (400 + 200), rel=0.05)
    assert first.weight.var().item() == pytest.approx(4 / (400 + 800), rel=0.05)
    assert middle.weight.abs().max().item() <= (3 * 4 / 600) ** 0.5
    # a linear layer's is Glorot's: 2/(128 + 64·4·4)
    assert generator.project[0].weight.var().item() == pytest.approx(2 / (128 + 1024), rel=0.05)
    for network in (generator, discriminator):
        assert not any(m.bias.any() for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear))


def test_samples_do_not_know_each_other_unless_a_batch_norm_is_asked_for():
    images = torch.randn(4, 1, 28, 28)
    for norm, alone in (("none", True), ("layer", True), ("batch", False)):
        discriminator = Discriminator((1, 28, 28), width=4, norm=norm)
        logits = discriminator(images).logits
        assert torch.allclose(discriminator(images[:2]).logits, logits[:2], atol=1e-5) == alone


def test_impossible_shapes_are_told():
    with pytest.raises(ValueError, match=r"cannot reach 7×7: sides must be at least 8.*data\.image_size=8"):
        Discriminator((1, 7, 7))

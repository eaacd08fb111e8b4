"""Fully connected players: any shape, points included."""

import pytest
import torch
from torch import nn

from gan_runner.networks.mlp import Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("shape", [(2,), (5,), (1, 28, 28), (3, 32, 32), (4, 8, 16)])
@pytest.mark.parametrize("num_classes", [None, 3])
def test_shapes_and_ranges(shape, num_classes):
    generator = Generator(shape, latent_dim=6, num_classes=num_classes, hidden=[16, 8])
    discriminator = Discriminator(shape, num_classes=num_classes, hidden=[16, 8])
    label = torch.tensor([0, 1, 2, 0]) if num_classes else None
    fake = generator(torch.randn(4, 6), label)
    assert fake.shape == (4, *shape)
    if len(shape) == 3:
        assert fake.abs().max() <= 1
    score = discriminator(fake, label)
    assert score.logits.shape == (4, 1)
    assert score.features.shape == (4, 8)
    score.logits.sum().backward()
    assert all(p.grad is not None for p in generator.parameters())


def test_parameter_counts_by_hand():
    # 100·256 + 256 + 256·512 + 512 + 512·1024 + 1024 + 1024·784 + 784
    assert parameters(Generator((1, 28, 28))) == 1_486_352
    # 784·512 + 512 + 512·256 + 256 + 256 + 1
    assert parameters(Discriminator((1, 28, 28))) == 533_505


def test_points_are_unbounded():
    generator = Generator((2,), latent_dim=2, hidden=[8])
    with torch.no_grad():
        generator.head.bias.fill_(7.0)
        generator.head.weight.zero_()
        assert generator(torch.randn(3, 2)).equal(torch.full((3, 2), 7.0))


def test_the_label_changes_the_answer():
    generator, discriminator = Generator((2,), 4, 3), Discriminator((2,), 3)
    z, zero, one = torch.randn(1, 4), torch.tensor([0]), torch.tensor([1])
    assert not generator(z, zero).equal(generator(z, one))
    assert not discriminator(z[:, :2], zero).logits.equal(discriminator(z[:, :2], one).logits)


def test_a_conditional_player_without_a_label_says_so():
    with pytest.raises(ValueError, match=r"network\.conditional=true needs a label .* \(0 to 2\)"):
        Generator((2,), 4, 3)(torch.randn(1, 4))


@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "tanh"])
def test_options(activation):
    generator = Generator((2,), 4, hidden=[8], activation=activation, batch_norm=True)
    discriminator = Discriminator((2,), hidden=[8], activation=activation, dropout=0.5)
    assert any(isinstance(m, nn.BatchNorm1d) for m in generator.modules())
    assert any(isinstance(m, nn.Dropout) for m in discriminator.modules())
    assert discriminator(generator(torch.randn(4, 4))).logits.isfinite().all()

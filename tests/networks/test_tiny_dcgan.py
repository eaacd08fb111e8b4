"""The tiny players of Stacked MNIST: published sizes with and without packing, every side, initial weights."""

import pytest
import torch
from torch import nn

from gan_runner.networks.tiny_dcgan import Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("side", [(8, 8), (28, 28), (32, 32), (64, 64), (9, 23), (28, 56)], ids=str)
@pytest.mark.parametrize("channels", [1, 3])
def test_sizes_and_channels(side, channels):
    shape = (channels, *side)
    generator, discriminator = Generator(shape, latent_dim=5, width=2), Discriminator(shape, width=2)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert fake.abs().max() <= 1
    score = discriminator(fake)
    assert score.logits.shape == (2, 1)
    assert score.features.shape == (2, discriminator.head.in_features)
    score.logits.sum().backward()
    assert all(p.grad is not None for p in (*generator.parameters(), *discriminator.parameters()))


def test_published_size_of_the_generator():
    assert parameters(Generator((3, 28, 28), latent_dim=256)) == 287_875


@pytest.mark.parametrize(
    ("packed", "half", "quarter"), [(1, 1_889, 585), (2, 1_997, 639), (3, 2_105, 693), (4, 2_213, 747)]
)
def test_published_sizes_of_the_discriminator(packed, half, quarter):
    shape = (3 * packed, 28, 28)
    assert parameters(Discriminator(shape, width=4)) == half
    assert parameters(Discriminator(shape, width=2)) == quarter


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
def test_conditional_players_look_at_the_label(norm):
    generator, discriminator = Generator((1, 8, 8), 5, 3), Discriminator((1, 8, 8), 3, norm=norm)
    z, zero, one = torch.randn(4, 5), torch.zeros(4, dtype=torch.int64), torch.tensor([0, 1, 2, 0])
    fake = generator(z, zero)
    assert not fake.equal(generator(z, one))
    assert not discriminator(fake, zero).logits.equal(discriminator(fake, one).logits)
    with pytest.raises(ValueError, match="needs a label"):
        generator(z)
    with pytest.raises(ValueError, match="needs a label"):
        discriminator(fake)


def test_only_the_norm_asked_for_is_built():
    kinds = {"batch": nn.BatchNorm2d, "layer": nn.GroupNorm}
    for norm in ("batch", "layer", "none"):
        modules = list(Discriminator((1, 16, 16), norm=norm).modules())
        for name, kind in kinds.items():
            assert any(isinstance(m, kind) for m in modules) == (name == norm)


def test_initial_weights():
    torch.manual_seed(0)
    generator = Generator((3, 28, 28))
    for module in generator.modules():
        if isinstance(module, nn.ConvTranspose2d | nn.Linear):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert not module.bias.any()


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_impossible_shapes_are_told(network):
    with pytest.raises(ValueError, match=r"network=tiny_dcgan makes images .* use network=mlp"):
        network((2,))
    with pytest.raises(ValueError, match=r"network=tiny_dcgan cannot reach 4×9: sides must be at least 8"):
        network((3, 4, 9))

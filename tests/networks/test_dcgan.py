"""DCGAN: published sizes, every reachable shape, initial weights."""

import pytest
import torch
from torch import nn

from gan_runner.networks.dcgan import Discriminator, Generator, base_and_doublings

SIDES = [(8, 8), (16, 16), (28, 28), (32, 32), (48, 48), (64, 64), (32, 64), (56, 28)]


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("side", SIDES, ids=str)
@pytest.mark.parametrize("channels", [1, 3, 4])
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


def test_128_on_the_meta_device():
    with torch.device("meta"):
        fake = Generator((3, 128, 128))(torch.randn(2, 100))
        assert fake.shape == (2, 3, 128, 128)
        assert Discriminator((3, 128, 128))(fake).features.shape == (2, 1024 * 4 * 4)


@pytest.mark.parametrize("norm", ["batch", "layer", "none"])
def test_conditional_players_look_at_the_label(norm):
    generator, discriminator = Generator((1, 8, 8), 5, 3, width=4), Discriminator((1, 8, 8), 3, width=4, norm=norm)
    generator.eval(), discriminator.eval()
    z, zero, one = torch.randn(2, 5), torch.tensor([0, 0]), torch.tensor([1, 1])
    fake = generator(z, zero)
    assert not fake.equal(generator(z, one))
    assert not discriminator(fake, zero).logits.equal(discriminator(fake, one).logits)
    with pytest.raises(ValueError, match="needs a label"):
        generator(z)
    with pytest.raises(ValueError, match="needs a label"):
        discriminator(fake)


@pytest.mark.parametrize(
    ("shape", "of_generator", "of_discriminator"),
    [
        ((3, 64, 64), 3_576_704, 2_765_568),
        ((1, 64, 64), 3_574_656, 2_763_520),
        ((3, 32, 32), 1_068_928, 663_296),
    ],
)
def test_published_parameter_counts(shape, of_generator, of_discriminator):
    with torch.device("meta"):
        assert parameters(Generator(shape, latent_dim=100, width=64)) == of_generator
        assert parameters(Discriminator(shape, width=64)) == of_discriminator


def test_initial_weights():
    torch.manual_seed(0)
    generator, discriminator = Generator((3, 32, 32), width=32), Discriminator((3, 32, 32), width=32)
    for network in (generator, discriminator):
        for module in network.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
                assert module.weight.mean().item() == pytest.approx(0, abs=0.002)
                assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            elif isinstance(module, nn.BatchNorm2d):
                assert module.weight.mean().item() == pytest.approx(1, abs=0.01)
                assert not module.bias.any()


def test_only_the_norm_asked_for_is_built():
    kinds = {"batch": nn.BatchNorm2d, "layer": nn.GroupNorm}
    for norm in ("batch", "layer", "none"):
        modules = list(Discriminator((1, 16, 16), width=4, norm=norm).modules())
        for name, kind in kinds.items():
            assert any(isinstance(m, kind) for m in modules) == (name == norm)


@pytest.mark.parametrize(
    ("shape", "base", "doublings"),
    [((3, 64, 64), (4, 4), 4), ((1, 28, 28), (7, 7), 2), ((1, 48, 48), (6, 6), 3), ((1, 32, 64), (4, 8), 3)],
)
def test_base_and_doublings(shape, base, doublings):
    assert base_and_doublings(shape) == (base, doublings)


@pytest.mark.parametrize(("side", "nearest"), [((31, 31), 32), ((50, 50), 48), ((4, 4), 8), ((33, 64), 32)])
def test_sizes_out_of_reach_are_told_with_the_nearest(side, nearest):
    with pytest.raises(ValueError, match=rf"cannot reach {side[0]}×{side[1]}.*nearest is data\.image_size={nearest}$"):
        Generator((3, *side))


def test_points_are_sent_to_the_mlp():
    with pytest.raises(ValueError, match="use network=mlp"):
        Discriminator((2,))

"""DCGAN: published sizes, how an image is reached by doublings, initial weights."""

import pytest
import torch
from torch import nn

from gan_runner.networks.dcgan import Discriminator, Generator, base_and_doublings


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_128_on_the_meta_device():
    with torch.device("meta"):
        fake = Generator((3, 128, 128))(torch.randn(2, 100))
        assert fake.shape == (2, 3, 128, 128)
        assert Discriminator((3, 128, 128))(fake).features.shape == (2, 1024 * 4 * 4)


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


def test_without_norm_a_signal_keeps_its_power():
    torch.manual_seed(0)
    images = torch.randn(256, 3, 32, 32)
    answers = [
        Discriminator((3, 32, 32), width=16, norm=norm)(images).logits.std().item() for norm in ("none", "batch")
    ]
    assert 0.3 < answers[0] < 3
    assert answers[1] == pytest.approx(0.02 * 32, rel=0.5)  # what 1,024 features of size one make with weights of .02


@pytest.mark.parametrize(
    ("shape", "base", "doublings"),
    [((3, 64, 64), (4, 4), 4), ((1, 28, 28), (7, 7), 2), ((1, 48, 48), (6, 6), 3), ((1, 32, 64), (4, 8), 3)],
)
def test_base_and_doublings(shape, base, doublings):
    assert base_and_doublings(shape) == (base, doublings)


@pytest.mark.parametrize(
    ("side", "nearest"),
    [((31, 31), 32), ((50, 50), 48), ((4, 4), 8), ((33, 64), r"\[32,64\]"), ((100, 31), r"\[100,28\]")],
)
def test_sizes_out_of_reach_are_told_with_the_nearest(side, nearest):
    with pytest.raises(ValueError, match=rf"cannot reach {side[0]}×{side[1]}.*nearest is data\.image_size={nearest}$"):
        Generator((3, *side))

"""The tiny players of Stacked MNIST: published sizes with and without packing, initial weights."""

import pytest
import torch
from torch import nn

from gan_runner.networks.tiny_dcgan import Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_published_size_of_the_generator():
    assert parameters(Generator((3, 28, 28), latent_dim=256)) == 287_875


@pytest.mark.parametrize(
    ("packed", "half", "quarter"), [(1, 1_889, 585), (2, 1_997, 639), (3, 2_105, 693), (4, 2_213, 747)]
)
def test_published_sizes_of_the_discriminator(packed, half, quarter):
    shape = (3 * packed, 28, 28)
    assert parameters(Discriminator(shape, width=4)) == half
    assert parameters(Discriminator(shape, width=2)) == quarter


def test_initial_weights():
    torch.manual_seed(0)
    generator = Generator((3, 28, 28))
    for module in generator.modules():
        if isinstance(module, nn.ConvTranspose2d | nn.Linear):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert not module.bias.any()


def test_without_norm_a_signal_keeps_its_power():
    torch.manual_seed(0)
    images = torch.randn(512, 3, 28, 28)
    answers = [Discriminator((3, 28, 28), norm=norm)(images).logits.std().item() for norm in ("none", "batch")]
    assert 0.3 < answers[0] < 3
    assert answers[1] == pytest.approx(0.02 * 16, rel=0.5)  # what 256 features of size one make with weights of .02


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_impossible_shapes_are_told(network):
    with pytest.raises(ValueError, match=r"network=tiny_dcgan cannot reach 4×9: sides must be at least 8"):
        network((3, 4, 9))

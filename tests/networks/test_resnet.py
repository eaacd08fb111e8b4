"""The residual players: published sizes, resampling, initial weights."""

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, interpolate

from gan_runner.networks.resnet import Block, Discriminator, Generator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


def test_published_parameter_counts():
    with torch.device("meta"):
        assert parameters(Generator((3, 32, 32), latent_dim=128, width=128)) == 1_204_483
        assert parameters(Generator((3, 32, 32), latent_dim=128, width=256)) == 4_276_739
        assert parameters(Discriminator((3, 32, 32), width=128)) == 1_053_825


@pytest.mark.parametrize(("side", "last"), [(8, 4), (16, 8), (28, 7), (32, 8), (48, 6), (64, 8)])
def test_the_discriminator_stops_halving_at_eight(side, last):
    discriminator = Discriminator((1, side, side), width=4)
    assert discriminator.body(torch.randn(1, 1, side, side)).shape == (1, 4, last, last)


@pytest.mark.parametrize("resample", ["up", "down", "none"])
def test_a_silent_residual_leaves_the_direct_way(resample):
    block, maps = Block(4, resample, "none"), torch.randn(2, 4, 6, 6)
    nn.init.zeros_(block.conv2.weight)
    expected = {
        "up": lambda: block.direct(interpolate(maps, scale_factor=2, mode="nearest")),  # upsampled, then 1×1
        "down": lambda: avg_pool2d(block.direct(maps), 2),  # 1×1, then pooled
        "none": lambda: maps,
    }[resample]()
    torch.testing.assert_close(block(maps), expected)


def test_a_block_leaves_what_came_in_alone():
    maps = torch.randn(2, 4, 6, 6)
    before = maps.clone()
    Block(4, "none", "none")(maps)
    assert maps.equal(before)  # the direct way still needs it


def test_sum_is_mean_times_pixels():
    torch.manual_seed(0)
    mean, total = Discriminator((1, 16, 16), width=4), Discriminator((1, 16, 16), width=4, pool="sum")
    total.load_state_dict(mean.state_dict())
    image = torch.randn(3, 1, 16, 16)
    torch.testing.assert_close(total(image).features, mean(image).features * 64)


def test_initial_weights():
    torch.manual_seed(0)
    block = Block(64, "up", "none")
    assert block.conv1.weight.var().item() == pytest.approx(4 / (2 * 64 * 9), rel=0.05)
    assert block.direct.weight.var().item() == pytest.approx(2 / (2 * 64), rel=0.1)
    assert not any(m.bias.any() for m in Generator((1, 8, 8), width=8).modules() if isinstance(m, nn.Conv2d))


@pytest.mark.parametrize("network", [Generator, Discriminator])
def test_impossible_shapes_are_told(network):
    with pytest.raises(ValueError, match=r"network=resnet cannot reach 31×31.*data\.image_size=32"):
        network((3, 31, 31))

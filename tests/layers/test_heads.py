"""Widened heads: what they add, that they start as what they replace, that they nest."""

import pytest
import torch
from torch import Tensor, nn

from gan_runner.layers.equalized import equalize, gain_of
from gan_runner.layers.heads import Widened, inmost, linear_head, widen, widen_layer
from gan_runner.networks import dcgan, mlp


class Mean(nn.Module):
    """One added feature: the mean over batch and features."""

    def forward(self, features: Tensor) -> Tensor:
        return features.mean().expand(len(features), 1)


def test_it_starts_as_the_head_it_replaces():
    torch.manual_seed(0)
    network, image = mlp.Discriminator((2,), hidden=[8]), torch.randn(5, 2)
    before = network(image)
    widen(network, Mean(), 1, "mean")
    after = network(image)
    assert network.head.linear.in_features == 9
    torch.testing.assert_close(after.logits, before.logits)
    assert after.features.equal(before.features)


def test_the_added_feature_enters_by_its_weight():
    network, image = mlp.Discriminator((2,), hidden=[8]), torch.randn(5, 2)
    plain = network(image)
    widen(network, Mean(), 1, "mean")
    with torch.no_grad():
        network.head.linear.weight[:, -1] = 3.0
    torch.testing.assert_close(network(image).logits, plain.logits + 3 * plain.features.mean())


def test_a_second_one_sees_what_the_first_has_added():
    network, image = mlp.Discriminator((2,), hidden=[8]), torch.randn(5, 2)
    plain = network(image)
    widen(network, Mean(), 1, "first")
    widen(network, Mean(), 1, "second")
    assert isinstance(network.head.linear, Widened)
    assert linear_head(network, "third") is network.head.linear.linear
    assert linear_head(network, "third").in_features == 10
    with torch.no_grad():
        linear_head(network, "third").weight[:, -1] = 1.0
    mean = plain.features.mean()
    torch.testing.assert_close(network(image).logits, plain.logits + (8 * mean + mean) / 9)


def test_a_head_without_bias_stays_without():
    network = dcgan.Discriminator((1, 8, 8), width=4)
    widen(network, Mean(), 1, "mean")
    assert network.head.linear.bias is None


class Level(nn.Module):
    """One added map, constant over the pixels of a sample."""

    def forward(self, maps: Tensor) -> Tensor:
        return maps.mean((1, 2, 3), keepdim=True).expand(-1, 1, *maps.shape[2:])


def test_a_convolution_takes_maps_beside_its_own():
    torch.manual_seed(0)
    network, maps = nn.Sequential(nn.Conv2d(3, 2, 3, stride=2, padding=1)), torch.randn(4, 3, 8, 8)
    plain = network(maps)
    widen_layer(network, "0", Level(), 1)
    torch.testing.assert_close(network(maps), plain)
    with torch.no_grad():
        network[0].linear.weight[1, 3, 1, 1] = 5.0
    level = 5 * maps.mean((1, 2, 3))[:, None, None].expand(4, 4, 4)
    torch.testing.assert_close(network(maps)[:, 1], plain[:, 1] + level)
    assert network(maps)[:, 0].equal(plain[:, 0])


def test_an_equalized_layer_stays_so_and_does_the_same():
    torch.manual_seed(0)
    network, image = mlp.Discriminator((2,), hidden=[8]), torch.randn(5, 2)
    equalize(network.head, gain=1.0)
    before = network(image)
    widen(network, Mean(), 1, "mean")
    torch.testing.assert_close(network(image), before)
    wide = inmost(network.head)
    assert gain_of(wide) == 1.0
    torch.testing.assert_close(wide.weight, wide.parametrizations.weight.original / 3)


def test_other_heads_are_refused():
    network = mlp.Discriminator((2,))
    network.head = nn.Conv2d(1, 1, 1)
    with pytest.raises(ValueError, match=r"tricks\.mean adds to the features before a linear head.*network=mlp"):
        widen(network, Mean(), 1, "mean")
    with pytest.raises(ValueError, match=r"Identity has none"):
        widen(nn.Identity(), Mean(), 1, "mean")

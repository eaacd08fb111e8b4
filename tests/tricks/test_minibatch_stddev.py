"""Minibatch standard deviation: by hand, by loops, strided groups, its place in the head."""

import pytest
import torch
from torch import nn

from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev, Variation, stddev_of_groups
from gan_runner.tricks.spectral_norm import SpectralNorm


def test_by_hand_in_strided_groups():
    # Two groups of two: samples 0 and 2 differ by 2 and 6 (stddev 1 and 3), samples 1 and 3 not at all.
    features = torch.tensor([[0.0, 1.0], [5.0, 5.0], [2.0, 7.0], [5.0, 5.0]])
    torch.testing.assert_close(stddev_of_groups(features, 2), torch.tensor([[2.0], [1e-4], [2.0], [1e-4]]))


@pytest.mark.parametrize(("count", "group", "size"), [(8, 4, 4), (6, 4, 3), (7, 4, 1), (2, 4, 2), (12, 5, 4)])
def test_the_group_is_the_largest_divisor(count, group, size):
    torch.manual_seed(0)
    features = torch.randn(count, 5)
    out, groups = stddev_of_groups(features, group), count // size
    for i in range(count):
        members = features[i % groups :: groups]
        assert len(members) == size
        expected = (members.var(dim=0, unbiased=False) + 1e-8).sqrt().mean()
        torch.testing.assert_close(out[i, 0], expected)


def test_maps():
    torch.manual_seed(0)
    maps = torch.randn(8, 3, 4, 5)
    out = stddev_of_groups(maps, 4)
    assert out.shape == (8, 1, 4, 5)
    torch.testing.assert_close(out[:, :, 2, 3], stddev_of_groups(maps.flatten(1), 4))
    assert (out == out[:, :, :1, :1]).all()


def test_float32_under_autocast_and_gradients_at_no_variation():
    features = torch.ones(4, 3, dtype=torch.bfloat16, requires_grad=True)
    out = stddev_of_groups(features, 4)
    assert out.dtype == torch.float32
    torch.testing.assert_close(out, torch.full((4, 1), 1e-4))
    out.sum().backward()
    assert features.grad.isfinite().all()


@pytest.mark.parametrize(
    ("make", "shape"),
    [(mlp.Discriminator, (2,)), (lambda shape: dcgan.Discriminator(shape, width=4), (3, 8, 8))],
    ids=["mlp", "dcgan"],
)
def test_the_head_sees_it(make, shape):
    image = torch.randn(6, *shape)
    network = MinibatchStddev(group=3).wrap_discriminator(make)(shape)
    before = network(image)
    with torch.no_grad():
        network.head.linear.weight[:, -1] = 2.0
    after = network(image)
    torch.testing.assert_close(after.logits, before.logits + 2 * stddev_of_groups(after.features, 3))
    after.logits.sum().backward()
    assert all(p.grad is not None for p in network.parameters())


def test_two_derivatives():
    torch.manual_seed(0)
    features = torch.randn(4, 3, requires_grad=True)
    (gradient,) = torch.autograd.grad(stddev_of_groups(features, 2).square().sum(), features, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), features)
    assert second.isfinite().all()
    assert second.any()


def test_it_joins_minibatch_discrimination_under_spectral_norm():
    make = MinibatchDiscrimination(num_kernels=7).wrap_discriminator(mlp.Discriminator)
    make = SpectralNorm().wrap_discriminator(MinibatchStddev().wrap_discriminator(make))
    network = make((2,))
    assert isinstance(network.head.linear.statistic, Variation)
    linear = network.head.linear.linear
    assert linear.in_features == 256 + 7 + 1
    assert nn.utils.parametrize.is_parametrized(linear, "weight")
    assert network(torch.randn(8, 2)).logits.shape == (8, 1)

"""What several architectures share: sides that halve, norms, initial weights, by hand."""

from itertools import pairwise

import pytest
import torch
from torch import nn

from gan_runner.networks.base import dense, halvings, keep_scale, norm_of, rest, uniform_


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((1, 8, 8), [(8, 8), (4, 4)]),
        ((1, 28, 28), [(28, 28), (14, 14), (7, 7), (4, 4)]),
        ((3, 64, 64), [(64, 64), (32, 32), (16, 16), (8, 8), (4, 4)]),
        ((1, 28, 50), [(28, 50), (14, 25), (7, 13), (4, 7)]),
        ((1, 100, 9), [(100, 9), (50, 5), (25, 3)]),  # the shorter side decides
    ],
)
def test_a_side_halves_rounded_up_and_comes_back(shape, expected):
    sides = halvings(shape, "any")
    assert sides == expected
    for large, small in pairwise(sides):
        layer = nn.ConvTranspose2d(1, 1, 5, 2, 2, output_padding=rest(small, large))
        assert layer(torch.zeros(1, 1, *small)).shape[2:] == large
        assert nn.Conv2d(1, 1, 5, 2, 2)(torch.zeros(1, 1, *large)).shape[2:] == small


@pytest.mark.parametrize(
    ("shape", "said"),
    [
        ((2,), r"network=any makes images \(C, H, W\), the data has shape \(2,\): use network=mlp"),
        ((1, 7, 7), "network=any cannot reach 7×7: sides must be at least 8; the nearest is data.image_size=8"),
        ((1, 64, 7), "network=any cannot reach 64×7"),
    ],
)
def test_impossible_shapes_are_told_with_what_works(shape, said):
    with pytest.raises(ValueError, match=said):
        halvings(shape, "any")


def test_what_a_norm_is_over():
    """Two samples of two channels of two pixels, by hand."""
    x = torch.tensor([[[[1.0, 3.0]], [[5.0, 7.0]]], [[[0.0, 0.0]], [[0.0, 8.0]]]])  # (2, 2, 1, 2)
    assert norm_of("none", 2)(x) is x
    layer = norm_of("layer", 2)(x)
    expected = (x[0] - 4) / 5**0.5  # 1, 3, 5, 7: mean 4, variance 5
    torch.testing.assert_close(layer[0], expected, atol=1e-4, rtol=1e-4)
    batch = norm_of("batch", 2)(x)
    expected = (x[:, 0] - 1) / 1.5**0.5  # 1, 3, 0, 0: mean 1, variance 3/2
    torch.testing.assert_close(batch[:, 0], expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("fan_in", "fan_out", "power"), [(400, 200, 4), (128, 1024, 2)])
def test_uniform_weights_have_the_variance_of_their_fans(fan_in, fan_out, power):
    torch.manual_seed(0)
    weight = torch.empty(300, 400)
    uniform_(weight, fan_in, fan_out, power)
    variance = power / (fan_in + fan_out)
    assert weight.var().item() == pytest.approx(variance, rel=0.02)
    assert weight.mean().item() == pytest.approx(0, abs=0.01 * variance**0.5)
    bound = (3 * variance) ** 0.5
    assert 0.99 * bound < weight.abs().max().item() <= bound


@pytest.mark.parametrize("slope", [0.01, 0.2])
def test_a_signal_keeps_its_power_through_many_layers(slope):
    torch.manual_seed(0)
    layers = [part for _ in range(12) for part in (nn.Linear(256, 256), nn.LeakyReLU(slope))]
    network, x = nn.Sequential(*layers), torch.randn(512, 256)
    faded = network(x).square().mean()
    network.apply(lambda module: keep_scale(module, slope))
    kept = network(x).square().mean()
    assert 0.5 < kept.item() < 2  # an activation leaves (1 + slope²) / 2 of it, which the weights make up for
    assert faded.item() < 0.05  # by torch's own initial weights
    assert not any(layer.bias.any() for layer in network if isinstance(layer, nn.Linear))


def test_only_layers_with_weights_are_set_anew():
    norm, silent = nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3, bias=False)
    before = silent.weight.clone()
    for module in (norm, silent, nn.LeakyReLU()):
        keep_scale(module, 0.2)
    assert norm.weight.eq(1).all()
    assert not silent.weight.equal(before)
    # He et al. 2015: variance 2 / ((1 + 0.2²) · fan in), of 3·3·3 weights
    assert silent.weight.var().item() == pytest.approx(2 / (1.04 * 27), rel=0.4)


def test_dense_layers_are_a_linear_one_a_norm_an_activation_and_dropout_each():
    def kinds(*more, **settings):
        return [type(layer) for layer in dense([3, 5, 2], *more, **settings)]

    assert kinds() == [nn.Linear, nn.ReLU] * 2
    assert kinds("tanh", dropout=0.5) == [nn.Linear, nn.Tanh, nn.Dropout] * 2
    assert kinds("leaky_relu", batch_norm=True) == [nn.Linear, nn.BatchNorm1d, nn.LeakyReLU] * 2
    assert [layer.weight.shape for layer in dense([3, 5, 2])[::2]] == [(5, 3), (2, 5)]

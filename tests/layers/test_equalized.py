"""Equalized layers: scales by hand, what the optimizer moves, that they stay what they are to others."""

from copy import deepcopy
from math import sqrt

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, linear
from torch.nn.utils.parametrizations import spectral_norm

from gan_runner.layers.equalized import equalize, equalize_as, gain_of


def original(layer):
    return layer.parametrizations.weight.original


def test_stored_weights_are_of_variance_one_and_scaled_where_they_are_used():
    torch.manual_seed(0)
    conv, dense = equalize(nn.Conv2d(64, 32, 3, padding=1)), equalize(nn.Linear(100, 50), gain=1.0)
    assert original(conv).std().item() == pytest.approx(1, rel=0.02)
    assert original(dense).std().item() == pytest.approx(1, rel=0.05)
    assert not conv.bias.any()
    maps, vector = torch.randn(2, 64, 5, 5), torch.randn(2, 100)
    nn.init.normal_(conv.bias)  # is not scaled
    torch.testing.assert_close(conv(maps), conv2d(maps, original(conv) * sqrt(2) / 24, conv.bias, padding=1))
    torch.testing.assert_close(dense(vector), linear(vector, original(dense) / 10, dense.bias))


def test_a_step_of_adam_is_the_same_share_of_every_layer():
    for layer, fan_in in ((equalize(nn.Linear(16, 4)), 16), (equalize(nn.Linear(400, 4)), 400)):
        before, optimizer = layer.weight.detach().clone(), torch.optim.Adam(layer.parameters(), lr=0.01)
        layer(torch.ones(1, fan_in)).sum().backward()
        optimizer.step()
        torch.testing.assert_close(before - layer.weight, torch.full((4, fan_in), 0.01 * sqrt(2 / fan_in)))


def test_a_layer_without_bias():
    assert equalize(nn.Linear(3, 2, bias=False)).bias is None


def test_the_gain_of_a_layer():
    assert gain_of(nn.Linear(2, 2)) is None
    assert gain_of(nn.Identity()) is None
    assert gain_of(equalize(nn.Linear(2, 2), gain=0.5)) == 0.5
    assert gain_of(spectral_norm(equalize(nn.Linear(2, 2), gain=0.5))) == 0.5
    assert gain_of(spectral_norm(nn.Linear(2, 2))) is None


def test_another_layer_is_stored_likewise_and_does_the_same():
    torch.manual_seed(0)
    layer, image = nn.Linear(9, 4), torch.randn(2, 9)
    before = layer(image)
    torch.testing.assert_close(equalize_as(layer, equalize(nn.Linear(3, 1), gain=2.0))(image), before)
    torch.testing.assert_close(original(layer) * 2 / 3, layer.weight)
    assert gain_of(equalize_as(nn.Linear(2, 2), nn.Linear(2, 2))) is None


def test_spectral_norm_divides_by_the_size_of_what_multiplies():
    torch.manual_seed(0)
    layer = spectral_norm(equalize(nn.Linear(12, 6)), n_power_iterations=20)
    assert torch.linalg.matrix_norm(layer.weight, 2).item() == pytest.approx(1, rel=1e-3)


def test_copies_and_saved_weights():
    layer, image = equalize(nn.Conv2d(2, 3, 3)), torch.randn(1, 2, 4, 4)
    other = deepcopy(layer)
    with torch.no_grad():
        original(layer).mul_(2)
    torch.testing.assert_close(layer(image), 2 * other(image))
    other.load_state_dict(layer.state_dict())
    assert other(image).equal(layer(image))

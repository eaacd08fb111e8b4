"""Minibatch discrimination: closeness by hand, its place in the head, its learning."""

from math import exp

import pytest
import torch
from torch import nn

from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.minibatch_discrimination import Closeness, MinibatchDiscrimination
from gan_runner.tricks.spectral_norm import SpectralNorm

NETWORKS = {
    "mlp": (lambda shape, **kwargs: mlp.Discriminator(shape, hidden=[16, 8], **kwargs), (2,)),
    "dcgan": (lambda shape, **kwargs: dcgan.Discriminator(shape, width=4, **kwargs), (3, 8, 8)),
}


def test_closeness_by_hand():
    layer = Closeness(in_features=1, num_kernels=2, kernel_dim=2)
    with torch.no_grad():
        layer.project.weight.copy_(torch.tensor([[1.0], [1.0], [0.5], [0.0]]))  # kernel 0: (f, f), kernel 1: (f/2, 0)
    out = layer(torch.tensor([[0.0], [1.0], [3.0]]))
    expected = [
        [exp(-2) + exp(-6), exp(-0.5) + exp(-1.5)],
        [exp(-2) + exp(-4), exp(-0.5) + exp(-1.0)],
        [exp(-6) + exp(-4), exp(-1.5) + exp(-1.0)],
    ]
    torch.testing.assert_close(out, torch.tensor(expected))


def by_loops(layer: Closeness, features: torch.Tensor) -> torch.Tensor:
    """The same in float64, from the paper's T (A, B, C) and two loops."""
    tensor = layer.project.weight.double().T.unflatten(1, layer.kernels)
    kernels = torch.einsum("na,abc->nbc", features.double(), tensor)
    rows = [
        sum((-(kernels[i] - kernels[j]).abs().sum(dim=1)).exp() for j in range(len(features)) if j != i)
        for i in range(len(features))
    ]
    return torch.stack(rows)


def test_closeness_by_loops():
    torch.manual_seed(0)
    layer, features = Closeness(8, num_kernels=3, kernel_dim=4), torch.randn(5, 8)
    torch.testing.assert_close(layer(features).double(), by_loops(layer, features), rtol=1e-4, atol=1e-5)


def test_two_derivatives():
    torch.manual_seed(0)
    layer, features, seconds = Closeness(8, num_kernels=3, kernel_dim=4), torch.randn(5, 8, requires_grad=True), []
    for closeness in (layer, lambda f: by_loops(layer, f)):
        (gradient,) = torch.autograd.grad(closeness(features)[:, 0].sum(), features, create_graph=True)
        seconds.append(torch.autograd.grad(gradient.square().sum(), features)[0])
    assert seconds[0].any()
    torch.testing.assert_close(*seconds, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("in_features", [16, 8192])
def test_exp_does_not_saturate_at_the_start(in_features):
    torch.manual_seed(0)
    mean = Closeness(in_features, 20, 5)(torch.randn(16, in_features)).mean() / 15
    assert 0.1 < mean < 0.9  # e^−1.1 on average


def test_a_batch_that_repeats_itself_is_as_close_as_can_be():
    layer = Closeness(8, 3, 4)
    torch.testing.assert_close(layer(torch.randn(1, 8).expand(6, 8)), torch.full((6, 3), 5.0))
    assert layer(torch.randn(1, 8)).equal(torch.zeros(1, 3))  # alone


@pytest.mark.parametrize("name", NETWORKS)
def test_the_game_begins_as_without_it_and_then_every_weight_learns(name):
    make, shape = NETWORKS[name]
    image = torch.randn(6, *shape)
    torch.manual_seed(0)
    plain = make(shape)
    torch.manual_seed(0)
    network = MinibatchDiscrimination(num_kernels=7, kernel_dim=3).wrap_discriminator(make)(shape)
    torch.testing.assert_close(network(image).logits, plain(image).logits)
    assert network(image).features.shape == plain(image).features.shape
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    for _ in range(2):  # the first step gives the added features weight, the second reaches T
        optimizer.zero_grad()
        network(image).logits.square().sum().backward()
        optimizer.step()
    assert all(p.grad.any() for p in network.parameters())
    assert not torch.allclose(network(image).logits, plain(image).logits)


def test_it_computes_in_float32_under_autocast():
    layer = Closeness(8, 3, 4)
    features = torch.randn(4, 8)
    with torch.autocast("cpu", torch.bfloat16):
        inside = layer(features)
    assert inside.equal(layer(features))


def test_spectral_norm_covers_the_new_head():
    make = MinibatchDiscrimination(num_kernels=7).wrap_discriminator(NETWORKS["mlp"][0])
    network = SpectralNorm().wrap_discriminator(make)((2,))
    linears = [m for m in network.modules() if isinstance(m, nn.Linear)]
    assert len(linears) == 4  # two hidden, T, the head
    assert all(nn.utils.parametrize.is_parametrized(m, "weight") for m in linears)
    assert network.head.linear.in_features == 8 + 7


def test_labels_pass_through():
    make, shape = NETWORKS["dcgan"]
    network = MinibatchDiscrimination().wrap_discriminator(lambda s: make(s, num_classes=3))(shape)
    assert network(torch.randn(4, *shape), torch.tensor([0, 1, 2, 0])).logits.shape == (4, 1)


def test_the_state_survives_a_round_trip():
    make = MinibatchDiscrimination(num_kernels=7).wrap_discriminator(NETWORKS["mlp"][0])
    one, other, image = make((2,)), make((2,)), torch.randn(4, 2)
    with torch.no_grad():
        one.head.linear.weight.normal_()
    other.load_state_dict(one.state_dict())
    assert other(image).logits.equal(one(image).logits)

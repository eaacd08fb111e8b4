"""Weights that are computed become plain ones: the same answers, and what they were copied from is left alone."""

import warnings
from copy import deepcopy

import torch
from torch import nn
from torch.nn.utils import parametrizations

from gan_runner.exporting.folding import fold
from gan_runner.layers.equalized import equalize


def normed() -> nn.Module:
    torch.manual_seed(0)
    layers = [
        parametrizations.spectral_norm(nn.Conv2d(3, 4, 3)),
        parametrizations.weight_norm(nn.Conv2d(4, 4, 1)),
        parametrizations.spectral_norm(equalize(nn.Conv2d(4, 2, 3))),
        nn.BatchNorm2d(2),
    ]
    return nn.Sequential(*layers).eval()


def test_every_parametrization_becomes_a_weight() -> None:
    network = normed()
    folded, images = deepcopy(network), torch.rand(2, 3, 9, 9)
    fold(folded)
    assert torch.equal(folded(images), network(images))
    assert {name.rpartition(".")[2] for name, _ in folded.named_parameters()} == {"weight", "bias"}
    assert type(folded[0]) is nn.Conv2d  # type: ignore[index]


def test_what_it_was_copied_from_stays_as_it_is() -> None:
    network = normed()
    images, names = torch.rand(2, 3, 9, 9), [name for name, _ in network.named_parameters()]
    before = network(images)
    fold(deepcopy(network))
    assert torch.equal(network(images), before)
    assert [name for name, _ in network.named_parameters()] == names


def test_norms_by_hooks() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        old = [nn.utils.spectral_norm(nn.Linear(3, 4)), nn.utils.weight_norm(nn.Linear(4, 2))]
    network, rows = nn.Sequential(*old), torch.rand(2, 3)
    network(rows)
    network.eval()
    before = network(rows)
    fold(network)
    assert torch.allclose(network(rows), before)
    assert {name for name, _ in network.named_parameters()} == {"0.weight", "0.bias", "1.weight", "1.bias"}
    assert not any(layer._forward_pre_hooks for layer in network)

"""Nearness: values and derivatives, in several blocks, against the formula in float64."""

import pytest
import torch

from gan_runner.tricks import nearness
from gan_runner.tricks.nearness import Nearness, written_out


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(nearness, "PAIRS", 100)  # two kernels of seven samples at a time, or all of three


def test_values_and_slopes_are_those_of_the_formula(small_blocks):
    torch.manual_seed(0)
    kernels, weight = torch.randn(5, 7, 3, requires_grad=True), torch.randn(5, 7)
    exact = kernels.detach().double().requires_grad_()
    torch.testing.assert_close(Nearness.apply(kernels).double(), written_out(exact), rtol=1e-5, atol=1e-6)
    (Nearness.apply(kernels) * weight).sum().backward()
    (written_out(exact) * weight).sum().backward()
    torch.testing.assert_close(kernels.grad.double(), exact.grad, rtol=1e-4, atol=1e-6)


def test_it_can_be_differentiated_twice_by_kernels_and_by_weights(small_blocks):
    torch.manual_seed(0)
    kernels = torch.randn(3, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(Nearness.apply, kernels)
    assert torch.autograd.gradgradcheck(Nearness.apply, kernels)


def test_no_pairs_are_kept():
    kept = []
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: kept.append(tensor.numel()) or tensor, lambda x: x):
        Nearness.apply(torch.randn(5, 50, 3, requires_grad=True))
    assert sum(kept) == 5 * 50 * 3


def test_samples_alike_and_one_alone():
    assert Nearness.apply(torch.randn(2, 1, 3).expand(2, 6, 3)).equal(torch.full((2, 6), 5.0))
    assert Nearness.apply(torch.randn(2, 1, 3)).equal(torch.zeros(2, 1))

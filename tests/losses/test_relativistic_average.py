"""Relativistic average: binary cross-entropy on the distance to the other side's mean."""

import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from gan_runner.losses.relativistic_average import RelativisticAverage

LN3 = math.log(3)  # softplus(ln 3) = ln 4, softplus(−ln 3) = ln 4/3


def test_values_by_hand():
    # means: reals ln 3, fakes 0; reals lie ln 3 above 0, fakes 0 and 2 ln 3 below ln 3
    real, fake = torch.tensor([[LN3], [LN3]]), torch.tensor([[LN3], [-LN3]])
    above = math.log(4 / 3)  # softplus(−ln 3)
    below = (math.log(2) + math.log(1 + 1 / 9)) / 2  # softplus(0), softplus(−2 ln 3)
    assert RelativisticAverage().discriminator(real, fake).item() == pytest.approx(above + below)
    # generator: softplus of the same distances with the other sign
    above, below = math.log(4), (math.log(2) + math.log(1 + 9)) / 2
    assert RelativisticAverage().generator(fake, real).item() == pytest.approx(above + below)


def test_it_is_binary_cross_entropy_on_distances_to_the_mean():
    real, fake = torch.randn(8, 1), torch.randn(5, 1)
    above, below = real - fake.mean(), fake - real.mean()
    one, zero = torch.ones_like, torch.zeros_like
    bce = binary_cross_entropy_with_logits
    value = RelativisticAverage().discriminator(real, fake)
    torch.testing.assert_close(value, bce(above, one(above)) + bce(below, zero(below)))
    value = RelativisticAverage().generator(fake, real)
    torch.testing.assert_close(value, bce(above, zero(above)) + bce(below, one(below)))


def test_the_gradient_runs_through_the_mean():
    # one pair: both terms are softplus(fake − real), each with slope sigmoid(0) = 1/2
    real, fake = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    RelativisticAverage().discriminator(real, fake).backward()
    assert (real.grad.item(), fake.grad.item()) == (-1.0, 1.0)


def test_a_member_of_an_ensemble_is_compared_with_itself():
    real, fake = torch.randn(6, 2), torch.randn(6, 2)
    alone = [RelativisticAverage().discriminator(real[:, [k]], fake[:, [k]]).item() for k in range(2)]
    moved = torch.tensor([0.0, 100.0])  # the other member counts from elsewhere
    value = RelativisticAverage().discriminator(real + moved, fake + moved).item()
    assert value == pytest.approx(sum(alone) / 2, rel=1e-4)


def test_only_differences_mean_anything():
    assert RelativisticAverage.needs_real
    assert RelativisticAverage.boundary is None


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    x = torch.full((4, 1), logit, requires_grad=True)
    total = RelativisticAverage().discriminator(x, -x.detach()) + RelativisticAverage().generator(-x.detach(), x)
    total.backward()
    assert total.item() == pytest.approx(4e4)
    assert x.grad.isfinite().all()

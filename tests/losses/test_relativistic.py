"""Relativistic: softplus of the gap in each pair."""

import math

import pytest
import torch

from gan_runner.losses.relativistic import Relativistic

LN3 = math.log(3)  # softplus(ln 3) = ln 4, softplus(−ln 3) = ln 4/3


def test_values_by_hand():
    # gaps real − fake: ln 3, 0
    real, fake = torch.tensor([[LN3 + 5], [1.0]]), torch.tensor([[5.0], [1.0]])
    assert Relativistic().discriminator(real, fake).item() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)
    assert Relativistic().generator(fake, real).item() == pytest.approx((math.log(4) + math.log(2)) / 2)


def test_gradients_push_the_two_of_a_pair_apart():
    real, fake = torch.tensor([LN3], requires_grad=True), torch.tensor([0.0], requires_grad=True)
    Relativistic().discriminator(real, fake).backward()
    assert real.grad.item() == pytest.approx(-0.25)  # −sigmoid(fake − real) = −1/(1 + 3)
    assert fake.grad.item() == pytest.approx(0.25)
    fake.grad = None
    Relativistic().generator(fake, real).backward()
    assert fake.grad.item() == pytest.approx(-0.75)  # −sigmoid(real − fake)


def test_only_gaps_mean_anything():
    real, fake = torch.randn(16, dtype=torch.float64), torch.randn(16, dtype=torch.float64)
    moved = Relativistic().discriminator(real + 7, fake + 7).item()
    assert moved == pytest.approx(Relativistic().discriminator(real, fake).item())
    assert Relativistic.needs_real
    assert Relativistic.boundary is None


def test_pairs_are_those_of_the_batch():
    real, fake = torch.tensor([0.0, 4.0]), torch.tensor([0.0, 4.0])
    tied = Relativistic().discriminator(real, fake).item()
    assert tied == pytest.approx(math.log(2))
    assert Relativistic().discriminator(real, fake.flip(0)).item() > tied + 1


def test_any_shape_of_logits_is_averaged():
    real, fake = torch.randn(2, 1, 3, 3), torch.randn(2, 1, 3, 3)
    flat = Relativistic().discriminator(real.flatten(), fake.flatten()).item()
    assert Relativistic().discriminator(real, fake).item() == pytest.approx(flat, rel=1e-6)


def test_logits_without_a_partner_are_refused():
    with pytest.raises(ValueError, match=r"loss=relativistic .* \(4, 1\) for reals and \(2, 1\).*relativistic_average"):
        Relativistic().discriminator(torch.zeros(4, 1), torch.zeros(2, 1))


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    x = torch.full((4, 1), logit, requires_grad=True)
    total = Relativistic().discriminator(x, -x.detach()) + Relativistic().generator(-x.detach(), x)
    total.backward()
    assert total.item() == pytest.approx(2e4)
    assert x.grad.isfinite().all()

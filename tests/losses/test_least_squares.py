"""Least squares: distance to 1 for reals and 0 for fakes."""

import pytest
import torch

from gan_runner.losses.least_squares import LeastSquares


def test_values_by_hand():
    # reals 2, 1: ½(1 + 0)/2; fakes −1, 3: ½(1 + 9)/2
    value = LeastSquares().discriminator(torch.tensor([2.0, 1.0]), torch.tensor([-1.0, 3.0]))
    assert value.item() == pytest.approx(0.25 + 2.5)
    assert LeastSquares().generator(torch.tensor([-1.0, 3.0]), None).item() == pytest.approx(0.5 * (4 + 4) / 2)


def test_gradients_are_the_distances():
    real, fake = torch.tensor([3.0], requires_grad=True), torch.tensor([-2.0], requires_grad=True)
    LeastSquares().discriminator(real, fake).backward()
    assert (real.grad.item(), fake.grad.item()) == (2.0, -2.0)
    fake.grad = None
    LeastSquares().generator(fake, None).backward()
    assert fake.grad.item() == -3.0


def test_label_smoothing_lowers_the_target_of_reals_alone():
    loss = LeastSquares(label_smoothing=0.1)
    assert loss.discriminator(torch.tensor([0.9]), torch.tensor([0.0])).item() == pytest.approx(0, abs=1e-12)
    assert loss.generator(torch.tensor([1.0]), None).item() == 0


def test_the_generators_squares_have_a_weight_of_their_own():
    loss = LeastSquares(generator_weight=1.0)
    assert loss.generator(torch.tensor([-1.0, 3.0]), None).item() == pytest.approx((4 + 4) / 2)
    assert loss.discriminator(torch.tensor([3.0]), torch.tensor([0.0])).item() == pytest.approx(2)  # ½ as ever


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    x = torch.full((4, 1), logit, requires_grad=True)
    total = LeastSquares(0.1).discriminator(x, x) + LeastSquares().generator(x, None)
    total.backward()
    assert total.isfinite()
    assert x.grad.isfinite().all()

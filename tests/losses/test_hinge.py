"""Hinge: linear up to a margin of 1, flat beyond it."""

import pytest
import torch

from gan_runner.losses.hinge import Hinge


def test_values_by_hand():
    # reals 2, 0.5, −1: margins missed by 0, 0.5, 2; fakes −3, 0: by 0, 1
    value = Hinge().discriminator(torch.tensor([2.0, 0.5, -1.0]), torch.tensor([-3.0, 0.0]))
    assert value.item() == pytest.approx(2.5 / 3 + 1 / 2)
    assert Hinge().generator(torch.tensor([2.0, -1.0]), None).item() == pytest.approx(-0.5)


def test_no_gradient_beyond_the_margin():
    real, fake = torch.tensor([1.5, 0.5], requires_grad=True), torch.tensor([-1.5, -0.5], requires_grad=True)
    Hinge().discriminator(real, fake).backward()
    assert real.grad.tolist() == [0.0, -0.5]
    assert fake.grad.tolist() == [0.0, 0.5]


def test_the_generator_is_pushed_everywhere():
    fake = torch.tensor([-50.0, 50.0], requires_grad=True)
    Hinge().generator(fake, None).backward()
    assert fake.grad.tolist() == [-0.5, -0.5]


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    x = torch.full((4, 1), logit)
    assert Hinge().discriminator(x, x).item() == pytest.approx(1e4 + 1)
    assert Hinge().generator(x, None).isfinite()

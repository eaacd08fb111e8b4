"""Non-saturating: the generator maximises log D instead of minimising log(1 − D)."""

import math

import pytest
import torch

from gan_runner.losses.minimax import Minimax
from gan_runner.losses.non_saturating import NonSaturating

LN3 = math.log(3)  # sigmoid(ln 3) = 3/4


def test_generator_is_minus_log_d():
    value = NonSaturating().generator(torch.tensor([LN3, 0.0]), None).item()
    assert value == pytest.approx(-(math.log(0.75) + math.log(0.5)) / 2, rel=1e-6)


def test_discriminator_is_that_of_minimax():
    real, fake = torch.randn(8, 1), torch.randn(8, 1)
    for smoothing in (0.0, 0.2):
        expected = Minimax(smoothing).discriminator(real, fake)
        assert NonSaturating(smoothing).discriminator(real, fake).equal(expected)


def test_gradient_is_strongest_when_the_generator_is_found_out():
    fake = torch.tensor([-20.0, 0.0, 20.0], requires_grad=True)
    (3 * NonSaturating().generator(fake, None)).backward()
    assert fake.grad.tolist() == pytest.approx([-1, -0.5, 0], abs=1e-6)  # D − 1


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    loss, x = NonSaturating(0.1), torch.full((4, 1), logit, requires_grad=True)
    total = loss.discriminator(x, x) + loss.generator(x, None)
    total.backward()
    assert total.isfinite()
    assert x.grad.isfinite().all()

"""Wasserstein: the difference of two means."""

import pytest
import torch

from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.minimax import Minimax
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.losses.relativistic import Relativistic
from gan_runner.losses.relativistic_average import RelativisticAverage
from gan_runner.losses.wasserstein import Wasserstein

OTHERS = [Hinge, LeastSquares, Minimax, NonSaturating, Relativistic, RelativisticAverage]


def test_values_by_hand():
    real, fake = torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [-4.0]])
    assert Wasserstein().discriminator(real, fake).item() == -4.0
    assert Wasserstein().generator(fake, None).item() == 2.0


def test_gradients_are_constant():
    real, fake = torch.randn(4, requires_grad=True), torch.randn(4, requires_grad=True)
    Wasserstein().discriminator(real, fake).backward()
    assert real.grad.tolist() == [-0.25] * 4
    assert fake.grad.tolist() == [0.25] * 4


def test_a_constant_added_to_the_critic_changes_nothing():
    real, fake = torch.randn(16, dtype=torch.float64), torch.randn(16, dtype=torch.float64)
    moved = Wasserstein().discriminator(real + 7, fake + 7).item()
    assert moved == pytest.approx(Wasserstein().discriminator(real, fake).item())


def test_it_alone_makes_a_critic_of_the_discriminator():
    assert Wasserstein.is_critic
    assert not any(loss.is_critic for loss in OTHERS)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_extreme_logits_stay_finite(logit):
    x = torch.full((4, 1), logit)
    assert Wasserstein().discriminator(x, -x).item() == -2 * logit
    assert Wasserstein().generator(x, None).item() == -logit

"""Minimax: binary cross-entropy by hand, with D = sigmoid(logit)."""

import math

import pytest
import torch

from gan_runner.losses.minimax import Minimax

LN3 = math.log(3)  # sigmoid(ln 3) = 3/4


def test_discriminator_is_binary_cross_entropy():
    # D(x) = 3/4 and 1/2, D(x̂) = 1/4: −(log 3/4 + log 1/2)/2 − log(1 − 1/4)
    value = Minimax().discriminator(torch.tensor([[LN3], [0.0]]), torch.tensor([[-LN3]]))
    assert value.item() == pytest.approx(-(math.log(0.75) + math.log(0.5)) / 2 - math.log(0.75), rel=1e-6)


def test_generator_is_the_negated_term_of_the_discriminator():
    # D(x̂) = 3/4: E[log(1 − D)] = log 1/4
    assert Minimax().generator(torch.tensor([LN3]), None).item() == pytest.approx(math.log(0.25), rel=1e-6)


def test_an_undecided_discriminator_loses_two_bits():
    zeros = torch.zeros(5, 1)
    assert Minimax().discriminator(zeros, zeros).item() == pytest.approx(2 * math.log(2), rel=1e-6)


def test_gradients_are_the_probabilities():
    real, fake = torch.tensor([LN3], requires_grad=True), torch.tensor([LN3], requires_grad=True)
    Minimax().discriminator(real, fake).backward()
    assert real.grad.item() == pytest.approx(0.75 - 1, rel=1e-5)  # D − 1
    assert fake.grad.item() == pytest.approx(0.75, rel=1e-5)  # D
    fake.grad = None
    Minimax().generator(fake, None).backward()
    assert fake.grad.item() == pytest.approx(-0.75, rel=1e-5)  # −D


def test_the_generator_saturates_when_it_is_found_out():
    fake = torch.tensor([-20.0], requires_grad=True)
    Minimax().generator(fake, None).backward()
    assert abs(fake.grad.item()) < 1e-8


def test_label_smoothing_is_one_sided():
    s, real, fake = 0.1, torch.tensor([LN3]), torch.tensor([-LN3])
    smoothed = Minimax(label_smoothing=s).discriminator(real, fake).item()
    assert smoothed == pytest.approx(-(1 - s) * math.log(0.75) - s * math.log(0.25) - math.log(0.75), rel=1e-6)
    # its optimum for reals is D = 1 − s
    best = torch.tensor([math.log(9.0)], requires_grad=True)
    Minimax(label_smoothing=s).discriminator(best, fake).backward()
    assert best.grad.item() == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_extreme_logits_stay_finite(logit, smoothing):
    loss, x = Minimax(smoothing), torch.full((4, 1), logit, requires_grad=True)
    total = loss.discriminator(x, x) + loss.generator(x, None)
    total.backward()
    assert total.isfinite()
    assert x.grad.isfinite().all()


def test_any_shape_of_logits_is_averaged():
    maps = torch.randn(2, 1, 3, 3)
    assert Minimax().generator(maps, None) == pytest.approx(Minimax().generator(maps.flatten(), None).item(), rel=1e-6)
    assert not Minimax.needs_real

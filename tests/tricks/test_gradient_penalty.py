"""Gradient penalty: closed forms on linear discriminators, a loop over samples on others."""

import pytest
import torch
from torch import nn

from fixtures.linear_discriminator import Linear
from gan_runner.game import Game
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.gradient_penalty import GradientPenalty
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Hand, Round


def round_of(discriminator: nn.Module, real: torch.Tensor, fake: torch.Tensor | None = None, label=None) -> Round:
    fake = torch.randn_like(real) if fake is None else fake
    return Round(nn.Identity(), discriminator, Wasserstein(), real, real, fake, label, step=0)


def penalty(discriminator: nn.Module, real: torch.Tensor | None = None, **settings) -> float:
    real = torch.randn(6, 2) if real is None else real
    return GradientPenalty(**settings).discriminator_term(round_of(discriminator, real)).item()


def test_closed_form_on_a_linear_discriminator():
    assert penalty(Linear([[3.0, -4.0]])) == pytest.approx(10 * (5 - 1) ** 2)
    assert penalty(Linear([[3.0, -4.0]]), weight=0.5, target=2.0) == pytest.approx(0.5 * (5 - 2) ** 2)


def test_one_sided_leaves_gentle_slopes_alone():
    assert penalty(Linear([[0.3, -0.4]])) == pytest.approx(10 * (0.5 - 1) ** 2)
    assert penalty(Linear([[0.3, -0.4]]), one_sided=True) == 0
    assert penalty(Linear([[3.0, -4.0]]), one_sided=True) == pytest.approx(10 * (5 - 1) ** 2)


def test_members_of_an_ensemble_are_summed():
    assert penalty(Linear([[3.0, -4.0], [0.0, 1.0], [0.0, 3.0]])) == pytest.approx(10 * (4**2 + 0 + 2**2))


def test_a_packed_pair_has_one_norm():
    assert penalty(Linear([[1.0, 2.0, 2.0, 4.0]], pack=2)) == pytest.approx(10 * (5 - 1) ** 2)


def test_drift_is_the_mean_square_of_the_real_logits():
    real = torch.tensor([[1.0, 1.0], [0.0, 1.0]])  # logits 3 − 4 + 1 = 0 and −4 + 1 = −3
    assert penalty(Linear([[3.0, -4.0]]), real, drift=0.1) == pytest.approx(160 + 0.1 * 4.5)


def test_the_gradient_of_the_penalty_reaches_the_weight():
    discriminator = Linear([[3.0, -4.0]])
    GradientPenalty().discriminator_term(round_of(discriminator, torch.randn(6, 2))).backward()
    # d/dw λ(‖w‖ − 1)² = 2λ(‖w‖ − 1) w/‖w‖
    torch.testing.assert_close(discriminator.weight.grad, 2 * 10 * 4 * torch.tensor([[0.6, -0.8]]))


def test_a_flat_discriminator_has_a_finite_gradient():
    discriminator = Linear([[0.0, 0.0]])
    term = GradientPenalty().discriminator_term(round_of(discriminator, torch.randn(6, 2)))
    term.backward()
    assert term.item() == pytest.approx(10)
    assert discriminator.weight.grad.isfinite().all()


def by_hand(discriminator: nn.Module, real, fake, places, label) -> torch.Tensor:
    """A loop over samples, each alone, with the textbook's gradient."""
    total = torch.zeros(())
    for x, x_hat, a, y in zip(real, fake, places, label, strict=True):
        point = (a * x_hat + (1 - a) * x)[None].requires_grad_()
        (slope,) = torch.autograd.grad(discriminator(point, y[None]).logits.sum(), point, create_graph=True)
        total = total + (slope.pow(2).sum().sqrt() - 1) ** 2
    return 10 * total / len(real)


@pytest.mark.parametrize(
    ("make", "shape"),
    [
        (lambda shape: mlp.Discriminator(shape, num_classes=3, hidden=[16, 8]), (2,)),
        (lambda shape: dcgan.Discriminator(shape, num_classes=3, width=4, norm="layer"), (3, 8, 16)),
        (lambda shape: dcgan.Discriminator(shape, num_classes=3, width=4, norm="none"), (1, 16, 16)),
    ],
    ids=["points", "layer", "none"],
)
def test_against_a_loop_over_samples(make, shape):
    torch.manual_seed(0)
    discriminator, label = make(shape), torch.tensor([0, 2, 1, 0])
    real, fake = torch.randn(4, *shape), torch.randn(4, *shape)
    torch.manual_seed(1)
    places = torch.rand(4)
    torch.manual_seed(1)
    term = GradientPenalty().discriminator_term(round_of(discriminator, real, fake, label))
    expected = by_hand(discriminator, real, fake, places, label)
    torch.testing.assert_close(term, expected)
    parameters = list(discriminator.parameters())
    for found, wanted in zip(
        torch.autograd.grad(term, parameters, allow_unused=True),
        torch.autograd.grad(expected, parameters, allow_unused=True),
        strict=True,
    ):
        assert (found is None) == (wanted is None)  # the last bias has no slope
        if found is not None:
            torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4)


def test_autocast_changes_nothing():
    torch.manual_seed(0)
    discriminator, real = dcgan.Discriminator((1, 16, 16), width=4, norm="layer"), torch.randn(4, 1, 16, 16)
    fake, terms = torch.randn_like(real), []
    for enabled in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            terms.append(GradientPenalty().discriminator_term(round_of(discriminator, real, fake)))
    assert terms[0].equal(terms[1])
    assert terms[1].dtype is torch.float32


def test_spectral_norm_is_welcome():
    playable = Game(
        (1, 16, 16),
        lambda shape: dcgan.Generator(shape, latent_dim=3, width=4),
        lambda shape: dcgan.Discriminator(shape, width=4, norm="layer"),
        Wasserstein(),
        {"gradient_penalty": GradientPenalty(), "spectral_norm": SpectralNorm()},
    )
    hand = Hand(torch.randn(4, 1, 16, 16), torch.randn(4, 3))
    round = playable.round("discriminator", hand, playable.generate(hand, graph=False), 0)
    terms = playable.terms("discriminator", round)
    sum(terms.values()).backward()
    assert list(terms) == ["adversarial", "gradient_penalty"]
    assert all(p.grad.isfinite().all() for p in playable.discriminator.parameters() if p.grad is not None)

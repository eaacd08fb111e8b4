"""Latent prior: the gap of two moments, by pairs and on average; what it adds to the regression."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.latent_prior import LatentPrior, moment_gap
from gan_runner.tricks.latent_regression import LatentRegression
from gan_runner.types import Hand


def test_the_gap_pair_by_pair():
    torch.manual_seed(0)
    latent, std = torch.randn(5, 3, dtype=torch.float64), 0.7
    rows = latent.tolist()
    dots = [sum(a * b for a, b in zip(rows[i], rows[j], strict=True)) for i in range(5) for j in range(5) if i != j]
    square = sum(a * a for row in rows for a in row) / 5
    expected = (sum(dots) / 20 + sum(d * d for d in dots) / 20 - 2 * std**2 * square + std**4 * 3) / 3
    assert moment_gap(latent, std).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("shift", "scale", "std"), [(0.0, 1.0, 1.0), (0.5, 1.0, 1.0), (0.0, 2.0, 1.0), (0.0, 0.5, 0.5)]
)
def test_on_average_it_is_the_distance_of_the_moments_however_small_the_batch(shift, scale, std):
    # r = shift + scale · n in 4 dimensions: E rrᵀ = scale² I + shift² 11ᵀ
    torch.manual_seed(0)
    second = scale**2 * torch.eye(4) + shift**2 * torch.ones(4, 4)
    expected = (4 * shift**2 + (second - std**2 * torch.eye(4)).square().sum().item()) / 4
    gaps = torch.stack([moment_gap(shift + scale * torch.randn(6, 4), std) for _ in range(2000)])
    error = (gaps.std() / len(gaps) ** 0.5).item()
    assert gaps.mean().item() == pytest.approx(expected, abs=4 * error)
    assert error < 0.1 * max(expected, 0.5)


def test_it_spreads_a_heap_into_the_prior():
    torch.manual_seed(0)
    mix, shift = torch.tensor([[1.5, 0.0], [1.0, 0.8]]), torch.tensor([1.0, -0.5])
    read = nn.Linear(2, 2)
    for _ in range(400):
        moment_gap(read(torch.randn(256, 2) @ mix + shift), 1.0).backward()
        with torch.no_grad():
            for parameter in read.parameters():
                parameter -= 0.05 * parameter.grad
                parameter.grad = None
    with torch.no_grad():
        latent = read(torch.randn(20_000, 2) @ mix + shift)
    torch.testing.assert_close(latent.mean(0), torch.zeros(2), atol=0.15, rtol=0)
    torch.testing.assert_close(latent.T.cov(), torch.eye(2), atol=0.25, rtol=0)


def terms(trick, name, hand, player):
    torch.manual_seed(0)
    game = Game(
        (2,),
        lambda s: mlp.Generator(s, 3, hidden=[8]),
        lambda s: mlp.Discriminator(s, hidden=[5]),
        Hinge(),
        {name: trick},
    )
    return game.terms(player, game.round(player, hand, game.generate(hand, graph=True), 0))[name], game


def test_it_is_the_regression_and_the_reals_gap_for_the_discriminator_alone():
    hand = Hand(torch.randn(6, 2), torch.randn(6, 3))
    trick = LatentPrior(latent_dim=3, weight=0.5, prior_weight=2.0, prior_std=0.8)
    regression = LatentRegression(latent_dim=3, weight=0.5)
    mine, game = terms(trick, "latent_prior", hand, "discriminator")
    plain, _ = terms(regression, "latent_regression", hand, "discriminator")
    gap = moment_gap(game.discriminator.latent_prior_head(game.discriminator(hand.real).features), 0.8)
    torch.testing.assert_close(mine, plain + 2 * gap)
    mine, _ = terms(LatentPrior(latent_dim=3, weight=0.5), "latent_prior", hand, "generator")
    plain, _ = terms(LatentRegression(latent_dim=3, weight=0.5), "latent_regression", hand, "generator")
    torch.testing.assert_close(mine, plain)


def test_a_single_sample_has_no_moments():
    hand = Hand(torch.randn(1, 2), torch.randn(1, 3))
    mine, _ = terms(LatentPrior(latent_dim=3), "latent_prior", hand, "discriminator")
    plain, _ = terms(LatentRegression(latent_dim=3), "latent_regression", hand, "discriminator")
    torch.testing.assert_close(mine, plain)


def test_its_sentences_carry_its_name():
    trick = LatentPrior(latent_dim=4)
    with pytest.raises(ValueError, match=r"tricks\.latent_prior\.latent_dim=4"):
        terms(trick, "latent_prior", Hand(torch.randn(2, 2), torch.randn(2, 3)), "generator")

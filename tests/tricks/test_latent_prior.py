"""Latent prior: the energy distance, by pairs and on average; what it adds to the regression."""

from math import dist

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.latent_prior import LatentPrior, energy_distance
from gan_runner.tricks.latent_regression import LatentRegression
from gan_runner.types import Hand


def test_the_distance_pair_by_pair():
    torch.manual_seed(0)
    one, other = torch.randn(4, 3, dtype=torch.float64), torch.randn(5, 3, dtype=torch.float64)

    def mean(first, second, apart):
        pairs = [dist(a, b) for i, a in enumerate(first) for j, b in enumerate(second) if i != j or not apart]
        return sum(pairs) / len(pairs)

    a, b = one.tolist(), other.tolist()
    expected = (2 * mean(a, b, False) - mean(a, a, True) - mean(b, b, True)) / 3**0.5
    assert energy_distance(one, other).item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("shift", "scale"), [(0.0, 1.0), (0.5, 1.0), (0.0, 2.0)])
def test_on_average_a_small_batch_says_what_a_large_one_does(shift, scale):
    def draw(count):
        return energy_distance(shift + scale * torch.randn(count, 4), torch.randn(count, 4))

    torch.manual_seed(0)
    small, large = (torch.stack([draw(count) for _ in range(repeats)]) for count, repeats in ((4, 4000), (1000, 20)))
    errors = [(gaps.std() / len(gaps) ** 0.5).item() for gaps in (small, large)]
    assert small.mean().item() == pytest.approx(large.mean().item(), abs=4 * sum(errors))
    assert sum(errors) < 0.03
    assert (large.mean().item() > 0.03) == ((shift, scale) != (0.0, 1.0))


def test_it_spreads_a_heap_as_the_latents_are():
    torch.manual_seed(0)
    mix, shift = torch.tensor([[1.5, 0.0], [1.0, 0.8]]), torch.tensor([1.0, -0.5])
    read = nn.Linear(2, 2)
    for _ in range(400):
        energy_distance(read(torch.randn(256, 2) @ mix + shift), torch.randn(256, 2)).backward()
        with torch.no_grad():
            for parameter in read.parameters():
                parameter -= 0.2 * parameter.grad
                parameter.grad = None
    with torch.no_grad():
        latent = read(torch.randn(20_000, 2) @ mix + shift)
    torch.testing.assert_close(latent.mean(0), torch.zeros(2), atol=0.15, rtol=0)
    torch.testing.assert_close(latent.T.cov(), torch.eye(2), atol=0.25, rtol=0)


def test_its_gradient_is_bounded():
    """However far away the reals are read; a gap of two moments would pull with the cube of the distance."""
    latent, norms = torch.randn(8, 3), []
    for far in (100.0, 1000.0):
        moved = (latent + far).requires_grad_()
        energy_distance(moved, latent).backward()
        norms.append(moved.grad.sum(0).norm().item())
    assert norms == pytest.approx([2 / 3**0.5] * 2, rel=0.05)


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


def test_it_is_the_regression_and_the_reals_distance_for_the_discriminator_alone():
    hand = Hand(torch.randn(6, 2), torch.randn(6, 3))
    trick = LatentPrior(latent_dim=3, weight=0.5, prior_weight=2.0)
    regression = LatentRegression(latent_dim=3, weight=0.5)
    mine, game = terms(trick, "latent_prior", hand, "discriminator")
    plain, _ = terms(regression, "latent_regression", hand, "discriminator")
    read = game.discriminator.latent_prior_head(game.discriminator(hand.real).features)
    gap = energy_distance(read, hand.source)
    torch.testing.assert_close(mine, plain + 2 * gap)
    mine, _ = terms(LatentPrior(latent_dim=3, weight=0.5), "latent_prior", hand, "generator")
    plain, _ = terms(LatentRegression(latent_dim=3, weight=0.5), "latent_regression", hand, "generator")
    torch.testing.assert_close(mine, plain)


def test_a_single_sample_has_no_pair():
    hand = Hand(torch.randn(1, 2), torch.randn(1, 3))
    mine, _ = terms(LatentPrior(latent_dim=3), "latent_prior", hand, "discriminator")
    plain, _ = terms(LatentRegression(latent_dim=3), "latent_regression", hand, "discriminator")
    torch.testing.assert_close(mine, plain)


def test_its_sentences_carry_its_name():
    trick = LatentPrior(latent_dim=4)
    with pytest.raises(ValueError, match=r"tricks\.latent_prior\.latent_dim=4"):
        terms(trick, "latent_prior", Hand(torch.randn(2, 2), torch.randn(2, 3)), "generator")

"""Weight clipping: the box holds from the first pass on, for every parameter of the discriminator alone."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import dcgan
from gan_runner.tricks.base import Trick
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.tricks.weight_clipping import WeightClipping
from gan_runner.types import Hand


def new_game(**tricks: Trick) -> Game:
    torch.manual_seed(0)
    return Game(
        (1, 16, 16),
        lambda shape: dcgan.Generator(shape, latent_dim=3, width=4),
        lambda shape: dcgan.Discriminator(shape, width=4, norm="batch"),
        Wasserstein(),
        tricks,
    )


def largest(network: nn.Module) -> float:
    return max(p.abs().max().item() for p in network.parameters())


def test_the_box_holds_at_the_start_and_after_every_update():
    game = new_game(weight_clipping=WeightClipping(limit=0.01))
    assert largest(game.discriminator) == pytest.approx(0.01)  # the scales of BatchNorm were 1
    assert largest(game.generator) > 0.5
    parameters, hand = list(game.discriminator.parameters()), Hand(torch.randn(4, 1, 16, 16), torch.randn(4, 3))
    for step in range(3):
        round = game.round("discriminator", hand, game.generate(hand, graph=False), step)
        gradients = torch.autograd.grad(sum(game.terms("discriminator", round).values()), parameters)
        torch._foreach_sub_([p.data for p in parameters], gradients)  # gradient descent at rate 1
        assert largest(game.discriminator) > 0.011
        game.after_step("discriminator", round)
        assert largest(game.discriminator) == pytest.approx(0.01)
    assert largest(game.generator) > 0.5


def test_values_inside_the_box_stay_as_they_are():
    network = nn.Linear(2, 2)
    network.weight.data = torch.tensor([[0.3, -0.3], [0.1, -0.2]])
    network.bias.data = torch.tensor([0.25, -9.0])
    WeightClipping(limit=0.25).clip(network)
    torch.testing.assert_close(network.weight.data, torch.tensor([[0.25, -0.25], [0.1, -0.2]]))
    torch.testing.assert_close(network.bias.data, torch.tensor([0.25, -0.25]))


def test_the_generators_update_clips_nothing():
    game = new_game(weight_clipping=WeightClipping())
    hand = Hand(torch.randn(4, 1, 16, 16), torch.randn(4, 3))
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    with torch.no_grad():
        game.discriminator.head.weight.fill_(3.0)
    game.after_step("generator", round)
    assert largest(game.discriminator) == 3


def test_spectral_norm_is_refused():
    with pytest.raises(ValueError, match=r"tricks\.weight_clipping .*tricks\.spectral_norm.*drop one"):
        new_game(weight_clipping=WeightClipping(), spectral_norm=SpectralNorm())

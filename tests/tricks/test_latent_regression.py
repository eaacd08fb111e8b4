"""Latent regression: the error by hand, where the head lives and who moves it, which games it refuses."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.base import Scope, Trick
from gan_runner.tricks.latent_regression import LatentRegression
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Hand, Score


def new_game(tricks=None, shape=(2,), discriminator=None, **settings):
    torch.manual_seed(0)
    trick = LatentRegression(latent_dim=3, **settings)
    game = Game(
        shape,
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8]),
        discriminator or (lambda shape: mlp.Discriminator(shape, hidden=[5])),
        Hinge(),
        {"latent_regression": trick, **(tricks or {})},
    )
    return game, trick, Hand(torch.randn(4, *shape), torch.randn(4, 3))


def terms(game, player, hand):
    return game.terms(player, game.round(player, hand, game.generate(hand, graph=True), 0))


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_the_error_by_hand(player):
    game, _, hand = new_game(weight=0.5)
    head = game.discriminator.latent_regression_head
    with torch.no_grad():
        head.weight.zero_()
        head.bias.copy_(torch.tensor([1.0, 2.0, 3.0]))
        expected = sum((m - z) ** 2 for row in hand.source.tolist() for m, z in zip((1, 2, 3), row, strict=True)) / 12
    assert terms(game, player, hand)["latent_regression"].item() == pytest.approx(0.5 * expected, rel=1e-5)


def test_it_reads_the_features_linearly():
    game, trick, hand = new_game()
    head, score = game.discriminator.latent_regression_head, game.discriminator(hand.real)
    torch.testing.assert_close(trick.predict(score), (score.features @ head.weight.T + head.bias)[None])


def test_the_discriminator_owns_the_head_and_saves_it():
    game, trick, hand = new_game()
    assert {"discriminator.latent_regression_head.weight", "discriminator.latent_regression_head.bias"} == {
        name for name in game.state_dict() if "latent_regression" in name
    } - {"tricks.latent_regression._extra_state"}
    assert list(trick.parameters()) == []
    other, restored, _ = new_game()
    with torch.no_grad():
        game.discriminator.latent_regression_head.weight.mul_(3)
    other.load_state_dict(deepcopy(game.state_dict()))
    score = game.discriminator(hand.real)
    assert restored.predict(score).equal(trick.predict(score))


def test_each_player_learns_from_it():
    game, _, hand = new_game()
    terms(game, "discriminator", hand)["latent_regression"].backward(
        inputs=[p for p in game.discriminator.parameters() if p is not game.discriminator.head.weight]
    )
    trunk, head = game.discriminator.body[0].weight, game.discriminator.latent_regression_head.weight
    assert trunk.grad.any()
    assert head.grad.any()
    assert all(p.grad is None for p in game.generator.parameters())
    terms(game, "generator", hand)["latent_regression"].backward(inputs=list(game.generator.parameters()))
    assert all(p.grad.any() for p in game.generator.parameters())


def test_both_players_together_bring_the_error_down():
    game, _, hand = new_game(discriminator=lambda shape: mlp.Discriminator(shape, hidden=[32]), shape=(3,))
    optimizer = torch.optim.Adam(game.parameters(), lr=1e-2)
    before = terms(game, "generator", hand)["latent_regression"].item()
    for _ in range(100):
        optimizer.zero_grad()
        terms(game, "generator", hand)["latent_regression"].backward()
        optimizer.step()
    assert terms(game, "generator", hand)["latent_regression"].item() < 0.1 * before


def test_spectral_norm_leaves_the_head_alone():
    game, _, _ = new_game({"spectral_norm": SpectralNorm()})
    assert "latent_regression_head.weight" in dict(game.discriminator.named_parameters())
    assert "head.parametrizations.weight.original" in dict(game.discriminator.named_parameters())


def test_under_autocast_it_predicts_in_float32():
    game, trick, hand = new_game()
    score = game.discriminator(hand.real)
    with torch.autocast("cpu", torch.bfloat16):
        latent = trick.predict(Score(score.logits, score.features.bfloat16()))
    assert latent.dtype == torch.float32


class Pairs(Trick):
    """Judges two samples at once."""

    scope = Scope.SHAPE

    def wrap_discriminator(self, make):
        class Paired(nn.Module):
            def __init__(self, shape):
                super().__init__()
                self.inner = make((2 * shape[0], *shape[1:]))

            def forward(self, image, label=None):
                return self.inner(image.reshape(len(image) // 2, -1))

        return Paired


class Pool(Trick):
    def on_fake(self, fake):
        return fake


class Wider(Trick):
    """One feature more."""

    def wrap_discriminator(self, make):
        class More(nn.Module):
            def __init__(self, shape):
                super().__init__()
                self.inner = make(shape)

            def forward(self, image, label=None):
                logits, features = self.inner(image)
                return Score(logits, torch.cat([features, logits], 1))

        return More


class Twins(Trick):
    """Two discriminators in the place of one."""

    def wrap_discriminator(self, make):
        class Both(nn.Module):
            def __init__(self, shape):
                super().__init__()
                self.members = nn.ModuleList([make(shape), make(shape)])

            def forward(self, image, label=None):
                return Score(*(torch.cat(parts, 1) for parts in zip(*(m(image) for m in self.members), strict=True)))

        return Both


def test_games_it_cannot_play_are_refused():
    with pytest.raises(ValueError, match=r"tricks\.latent_regression .*tricks\.pairs .* for 2 of them: remove one"):
        new_game({"pairs": Pairs()})
    with pytest.raises(ValueError, match=r"tricks\.latent_regression .*tricks\.pool .*remove one"):
        new_game({"pool": Pool()})
    with pytest.raises(ValueError, match=r"for 5 features, .* makes them 6: list latent_regression last in tricks="):
        new_game({"wider": Wider()})


@pytest.mark.parametrize("first", ["twins", "latent_regression"])
def test_copies_have_a_head_each_or_share_one_on_the_joined_features(first):
    torch.manual_seed(0)
    trick = LatentRegression(latent_dim=3)
    tricks = {"twins": Twins(), "latent_regression": trick}
    ordered = {first: tricks.pop(first), **tricks}
    hand = Hand(torch.randn(4, 2), torch.randn(4, 3))
    game = Game(
        (2,), lambda s: mlp.Generator(s, 3, hidden=[8]), partial(mlp.Discriminator, hidden=[5]), Hinge(), ordered
    )
    round = game.round("discriminator", hand, game.generate(hand, graph=False), 0)
    if first == "twins":
        latents = game.discriminator.latent_regression_head(round.fake_score.features)[None]
    else:
        members = game.discriminator.members
        latents = torch.stack([m.latent_regression_head(m(round.fake).features) for m in members])
    expected = torch.stack([(latent - hand.source).square().mean() for latent in latents]).mean()
    torch.testing.assert_close(trick.discriminator_term(round), expected)


def test_another_number_of_latents_is_refused_when_it_comes():
    game, trick, hand = new_game()
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    round.source = torch.randn(4, 7)
    with pytest.raises(ValueError, match=r"tricks\.latent_regression\.latent_dim=3 .*shape \(7,\)"):
        trick.generator_term(round)

"""EMA: against a hand-rolled average; the game itself is left alone."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.tricks.ema import EMA
from gan_runner.types import Hand, Score


class Critic(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.head = nn.Linear(shape[0], 1)

    def forward(self, image, label=None):
        return Score(self.head(image), image)


class Maker(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(3, shape[0]), nn.BatchNorm1d(shape[0]))

    def forward(self, source, label=None):
        return self.body(source)


def play(game: Game, updates: int):
    """Random walks of the generator's weights and statistics; yields after each step."""
    hand = Hand(torch.randn(4, 2), torch.randn(4, 3))
    fake = torch.randn(4, 2, requires_grad=True)
    for step in range(updates):
        round = game.round("generator", hand, fake, step)
        for value in game.generator.state_dict().values():
            value.add_(torch.randn_like(value) if value.is_floating_point() else 1)
        game.after_step("discriminator", round)  # must not count
        game.after_step("generator", round)
        yield game


def new_game(**settings) -> tuple[Game, EMA]:
    trick = EMA(**settings)
    return Game((2,), Maker, Critic, Hinge(), {"ema": trick}), trick


@pytest.mark.parametrize("warmup", [False, True])
def test_the_average_by_hand(warmup):
    torch.manual_seed(0)
    game, trick = new_game(decay=0.9, warmup=warmup)
    expected = {name: value.clone() for name, value in game.generator.state_dict().items()}
    for t, _ in enumerate(play(game, 200)):
        beta = min(0.9, (1 + t) / (10 + t)) if warmup else 0.9
        for name, value in game.generator.state_dict().items():
            mixed = beta * expected[name] + (1 - beta) * value if value.is_floating_point() else value.clone()
            expected[name] = mixed
    for name, value in trick.average.state_dict().items():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-5)
    assert trick.average.body[1].num_batches_tracked == 200


def test_zero_decay_is_a_copy():
    game, trick = new_game(decay=0.0, warmup=False)
    for _ in play(game, 1):
        pass
    for mean, value in zip(trick.average.parameters(), game.generator.parameters(), strict=True):
        torch.testing.assert_close(mean, value)


def test_only_the_generator_is_averaged_and_nobody_trains_the_average():
    game, trick = new_game()
    assert not any(p.requires_grad for p in trick.average.parameters())
    assert not trick.average.training
    assert {id(p) for p in game.generator.parameters()}.isdisjoint(id(p) for p in trick.average.parameters())
    assert len(list(game.tricks.parameters())) == len(list(game.generator.parameters()))
    assert game.sampler() == (trick.average, "ema")


def test_the_state_survives_a_round_trip():
    game, trick = new_game(decay=0.99)
    for _ in play(game, 7):
        pass
    saved = deepcopy(game.state_dict())
    other, restored = new_game(decay=0.99)
    other.load_state_dict(saved)
    assert restored.updates == trick.updates == 7
    for mean, value in zip(restored.average.state_dict().values(), trick.average.state_dict().values(), strict=True):
        assert mean.equal(value)

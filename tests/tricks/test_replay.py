"""The pool of past fakes: filling, exchanging, forgetting nothing and inventing nothing; its state."""

from copy import deepcopy

import pytest
import torch

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.replay import Replay
from gan_runner.types import Hand


def new_game(size=5, shape=(1,), num_classes=None):
    torch.manual_seed(0)
    trick = Replay(size)
    return Game(
        shape,
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8], num_classes=num_classes),
        lambda shape: mlp.Discriminator(shape, hidden=[8], num_classes=num_classes),
        Hinge(),
        {"replay": trick},
    ), trick


def numbered(start, count):
    """Fakes that tell when they were made."""
    return torch.arange(start, start + count, dtype=torch.float32)[:, None]


def test_while_it_fills_the_new_ones_are_shown():
    _, trick = new_game(size=5)
    for start in (1, 3):
        fake = numbered(start, 2)
        assert trick.on_fake(fake).equal(fake)
        assert trick.count == start + 1
    fake = numbered(5, 2)  # one place left for two
    assert trick.on_fake(fake).equal(fake)
    pool = set(trick.pool.flatten().tolist())
    assert {1, 2, 3, 4} < pool
    assert pool - {1, 2, 3, 4} < {5, 6}
    assert trick.count == 5


@pytest.mark.parametrize(("size", "batch"), [(5, 2), (5, 5), (5, 1), (6, 8), (50, 4)])
def test_nothing_is_lost_or_invented(size, batch):
    """Of the pool and the new fakes each is, after an exchange, in exactly one of the pool and what is shown or both
    where it was not exchanged."""
    _, trick = new_game(size)
    start = 1
    while trick.count < size:
        trick.on_fake(numbered(start, batch))
        start += batch
    for _ in range(50):
        before, new = trick.pool.flatten().tolist(), numbered(start, batch)
        shown = trick.on_fake(new).flatten().tolist()
        after, start = trick.pool.flatten().tolist(), start + batch
        assert sorted(before + new.flatten().tolist()) == sorted(after + shown)
        for position, value in enumerate(shown):
            # A past fake came out of the place that the new one went to.
            assert value == new[position] or after[before.index(value)] == new[position]


@pytest.mark.parametrize(("size", "batch"), [(50, 8), (5, 8)])
def test_half_of_them_are_exchanged(size, batch):
    _, trick = new_game(size)
    for start in range(0, size, batch):
        trick.on_fake(numbered(start, batch))
    shown = [trick.on_fake(numbered(1000 + batch * i, batch)) >= 1000 + batch * i for i in range(500)]
    past = 1 - torch.stack(shown).float().mean((0, 2))
    assert past.mean().item() == pytest.approx(0.5, abs=0.03)
    assert past.min() > 0.4  # whatever the place in the batch


def test_images_are_exchanged_whole():
    _, trick = new_game(size=3, shape=(2, 4, 4))
    for start in range(8):
        shown = trick.on_fake(torch.full((3, 2, 4, 4), float(start)))
        assert (shown.flatten(1) == shown.flatten(1)[:, :1]).all()
    assert trick.pool.shape == (3, 2, 4, 4)


def test_only_the_discriminators_fakes_are_replayed_and_the_given_ones_stay_as_they_are():
    game, trick = new_game(size=2)
    hand = Hand(torch.randn(4, 1), torch.randn(4, 3))
    fake = game.generate(hand, graph=True)
    trick.on_fake(torch.full((2, 1), 100.0))
    kept = fake.detach().clone()
    rounds = [game.round("discriminator", hand, fake, step) for step in range(8)]
    assert any((round.fake == 100).any() for round in rounds)
    assert game.round("generator", hand, fake, 0).fake is fake
    assert fake.equal(kept)


def test_the_state_survives_a_round_trip():
    (game, trick), (other, restored) = new_game(), new_game()
    for start in range(0, 9, 3):
        trick.on_fake(numbered(start, 3))
    other.load_state_dict(deepcopy(game.state_dict()))
    for start in range(9, 30, 3):
        shown = []
        for pool in (trick, restored):
            torch.manual_seed(start)
            shown.append(pool.on_fake(numbered(start, 3)))
        assert shown[0].equal(shown[1])
    assert restored.pool.equal(trick.pool)


def test_a_conditional_game_is_refused():
    with pytest.raises(ValueError, match=r"tricks\.replay .* network\.conditional=false"):
        new_game(num_classes=3)

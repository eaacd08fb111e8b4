"""Historical averaging: the mean of a random walk, the distance to it, per player."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.historical_averaging import HistoricalAveraging
from gan_runner.types import Hand, Player, Round

PLAYERS: tuple[Player, Player] = ("discriminator", "generator")


def new_game(**settings) -> tuple[Game, HistoricalAveraging]:
    torch.manual_seed(0)
    trick = HistoricalAveraging(**settings)
    make = (lambda s: mlp.Generator(s, 3, hidden=[4], batch_norm=True)), (lambda s: mlp.Discriminator(s, hidden=[4]))
    return Game((2,), *make, Hinge(), {"historical_averaging": trick}), trick


def round_of(game: Game, player: Player) -> Round:
    hand = Hand(torch.zeros(4, 2), torch.zeros(4, 3))
    return game.round(player, hand, torch.zeros(4, 2, requires_grad=True), 0)


def weights(game: Game, player: Player) -> Tensor:
    return torch.cat([p.detach().flatten() for p in game.player(player).parameters()])


def walk(game: Game, player: Player, amount: float = 1.0) -> None:
    with torch.no_grad():
        for p in game.player(player).parameters():
            p.add_(amount * torch.randn_like(p))
    game.after_step(player, round_of(game, player))


def term(game: Game, player: Player) -> Tensor:
    return game.terms(player, round_of(game, player))["historical_averaging"]


def test_the_distance_to_the_mean_of_a_walk():
    game, _ = new_game(weight=0.5)
    paths = {player: [weights(game, player)] for player in PLAYERS}
    for player in PLAYERS:
        assert term(game, player).item() == 0
    for player in (*PLAYERS * 5, *["discriminator"] * 7):
        walk(game, player)
        paths[player].append(weights(game, player))
    for player in PLAYERS:
        path = torch.stack(paths[player])
        assert len(path) == (13 if player == "discriminator" else 6)
        expected = 0.5 * (path[-1] - path.mean(0)).square().sum()
        torch.testing.assert_close(term(game, player), expected, rtol=1e-4, atol=0)


def test_the_gradient_pulls_towards_the_mean_and_stays_with_its_player():
    game, trick = new_game(weight=0.5)
    walk(game, "discriminator")
    before = trick.get_buffer("discriminator").clone()
    term(game, "discriminator").backward()
    gradient = torch.cat([p.grad.flatten() for p in game.discriminator.parameters()])
    torch.testing.assert_close(gradient, weights(game, "discriminator") - before)  # 2 · ½ (θ − mean)
    assert all(p.grad is None for p in game.generator.parameters())
    assert not trick.get_buffer("discriminator").requires_grad


@pytest.mark.parametrize(("player", "other"), [PLAYERS, PLAYERS[::-1]])
def test_one_player_may_be_held_alone(player, other):
    game, trick = new_game(players=[player])
    walk(game, player)
    walk(game, other)
    assert term(game, player) > 0
    assert "historical_averaging" not in game.terms(other, round_of(game, other))
    assert [name for name, _ in trick.named_buffers()] == [player]


def test_the_state_survives_a_round_trip():
    (game, trick), (other, restored) = new_game(), new_game()
    for _ in range(3):
        walk(game, "generator")
    other.load_state_dict(deepcopy(game.state_dict()))
    assert restored.visited == {"discriminator": 1, "generator": 4}
    for one in (game, other):
        torch.manual_seed(1)
        walk(one, "generator")
    for player in PLAYERS:
        assert restored.get_buffer(player).equal(trick.get_buffer(player))
        assert term(other, player).equal(term(game, player))

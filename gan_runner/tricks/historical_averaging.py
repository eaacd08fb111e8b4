"""Hold the players back to where they have been."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor
from torch.nn.utils import parameters_to_vector

from gan_runner.tricks.base import Trick
from gan_runner.types import NonNegative, Player, Players, Round

One = Literal["discriminator", "generator"]


class HistoricalAveraging(Trick):
    """Charge a player for its distance from the mean of its own past, so that the two cannot circle each other forever.

    weight · ‖θ − (1/t) Σᵢ θᵢ‖² over all parameters of each of `players`; θ₁ is where it began, θ_t where it is now.
    The mean is a constant to the gradient, and is kept as one running vector per player. The paper gives no weight.
    Source: Salimans et al. 2016, §3.3 (arXiv:1606.03498).
    """

    def __init__(
        self,
        weight: NonNegative = 0.01,
        players: Annotated[Sequence[One], Field(min_length=1)] = (
            "discriminator",
            "generator",
        ),
    ) -> None:
        super().__init__()
        self.weight, self.players = weight, tuple(players)
        self.visited: dict[Player, int] = dict.fromkeys(self.players, 1)

    def check(self, players: Players) -> None:
        """Nothing is refused: this is when both players are whole, and their means begin."""
        self._begin(players)

    def on_initial_weights(self, players: Players, before: Mapping[str, Any]) -> None:
        self._begin(players)

    def _begin(self, players: Players) -> None:
        for player in self.players:
            self.register_buffer(player, parameters_to_vector(players.player(player).parameters()).detach().clone())

    def discriminator_term(self, round: Round) -> Tensor | None:
        return self._distance("discriminator", round)

    def generator_term(self, round: Round) -> Tensor | None:
        return self._distance("generator", round)

    def _distance(self, player: Player, round: Round) -> Tensor | None:
        if player not in self.players:
            return None
        return self.weight * (_vector(player, round) - self.get_buffer(player)).square().sum()

    @torch.no_grad()
    def after_step(self, player: Player, round: Round) -> None:
        if player in self.players:
            self.visited[player] += 1
            self.get_buffer(player).lerp_(_vector(player, round), 1 / self.visited[player])

    def get_extra_state(self) -> dict[Player, int]:
        return dict(self.visited)

    def set_extra_state(self, state: dict[Player, int]) -> None:
        self.visited = dict(state)


def _vector(player: Player, round: Round) -> Tensor:
    """All parameters of a player as one vector, in its graph."""
    network = round.discriminator if player == "discriminator" else round.generator
    return parameters_to_vector(network.parameters())

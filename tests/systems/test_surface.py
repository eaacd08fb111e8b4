"""The discriminator's surface, of a discriminator whose answer is known."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import mlp
from gan_runner.systems.surface import surface
from gan_runner.types import Score

PLACES = torch.tensor([[-2.0, 5.0], [0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])


class Slope(nn.Module):
    """The logit is the first coordinate; of `packed` neighbours the sum, `members` times."""

    def __init__(self, packed=1, members=1):
        super().__init__()
        self.packed, self.members = packed, members

    def forward(self, image, label=None):
        logits = image[:, :1].reshape(-1, self.packed).sum(1, keepdim=True).repeat(1, self.members)
        return Score(logits + float(self.training), image)


def game(loss, **slope):
    return Game((2,), mlp.Generator, lambda shape: Slope(**slope), loss, {})


@pytest.mark.parametrize(("loss", "boundary"), [(Hinge(), 0.0), (LeastSquares(), 0.5)])
def test_it_is_the_sigmoid_above_the_boundary(loss, boundary):
    played = game(loss)
    torch.testing.assert_close(surface(played, PLACES), (PLACES[:, 0] - boundary).sigmoid())
    assert played.discriminator.training


def test_a_critic_counts_from_its_mean():
    found = surface(game(Wasserstein()), PLACES)
    x = PLACES[:, 0]
    torch.testing.assert_close(found, ((x - x.mean()) / x.std()).sigmoid())


def test_packs_hold_copies_of_one_place_and_members_are_averaged():
    torch.testing.assert_close(surface(game(Hinge(), packed=2), PLACES), (2 * PLACES[:, 0]).sigmoid())
    torch.testing.assert_close(surface(game(Hinge(), members=3), PLACES), PLACES[:, 0].sigmoid())

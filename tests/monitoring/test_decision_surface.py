"""The discriminator's surface, of a discriminator whose answer is known."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.monitoring.decision_surface import decision_surface
from gan_runner.networks import mlp
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.types import Score

PLACES = torch.tensor([[-2.0, 5.0], [0.0, 5.0], [2.0, 5.0], [4.0, 5.0]])


class Slope(nn.Module):
    """The logit is the sum of every second coordinate, `members` times."""

    def __init__(self, members=1):
        super().__init__()
        self.members = members

    def forward(self, image, label=None):
        logits = image[:, ::2].sum(1, keepdim=True).repeat(1, self.members)
        return Score(logits + float(self.training), image)


def game(loss, members=1, **tricks):
    return Game((2,), mlp.Generator, lambda shape: Slope(members), loss, tricks)


@pytest.mark.parametrize(("loss", "boundary"), [(Hinge(), 0.0), (LeastSquares(), 0.5)])
def test_it_is_the_sigmoid_above_the_boundary(loss, boundary):
    played = game(loss)
    torch.testing.assert_close(decision_surface(played, PLACES), (PLACES[:, 0] - boundary).sigmoid())
    assert played.discriminator.training


def test_a_critic_counts_from_its_mean():
    found = decision_surface(game(Wasserstein()), PLACES)
    x = PLACES[:, 0]
    torch.testing.assert_close(found, ((x - x.mean()) / x.std()).sigmoid())


def test_packs_hold_copies_of_one_place_and_members_are_averaged():
    packed = game(Hinge(), pacgan=PacGAN(m=3))  # four places are no multiple of three
    torch.testing.assert_close(decision_surface(packed, PLACES), (3 * PLACES[:, 0]).sigmoid())
    torch.testing.assert_close(decision_surface(game(Hinge(), members=3), PLACES), PLACES[:, 0].sigmoid())


def test_places_come_in_batches_spread_over_the_plane(monkeypatch):
    """Eight places, three at once: three batches, each value in its own place again."""
    monkeypatch.setattr("gan_runner.monitoring.decision_surface.AT_ONCE", 3)
    played, places = game(Hinge()), torch.arange(8.0).unsqueeze(1)
    seen = []
    played.discriminator.register_forward_pre_hook(lambda _, asked: seen.append(asked[0].flatten().tolist()))
    torch.testing.assert_close(decision_surface(played, places), places[:, 0].sigmoid())
    assert seen == [[0, 3, 6], [1, 4, 7], [2, 5]]

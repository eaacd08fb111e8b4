"""Feature matching: the distance of two means by hand, and whose loss it takes the place of."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.tricks.feature_matching import FeatureMatching
from gan_runner.types import Hand, Round, Score


class Double(nn.Module):
    """f(x) = w x with w = 2; D(x) = Σ f(x)."""

    def __init__(self, shape=(2,)):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(2.0))

    def forward(self, image, label=None):
        features = self.w * image
        return Score(features.sum(1, keepdim=True), features)


class Shift(nn.Module):
    def __init__(self, shape=(2,)):
        super().__init__()
        self.b = nn.Parameter(torch.zeros(shape))

    def forward(self, source, label=None):
        return source + self.b


REAL = torch.tensor([[1.0, 0.0], [3.0, 0.0]])  # mean of f: (4, 0)
FAKE = torch.tensor([[0.0, 1.0], [0.0, 3.0], [0.0, -1.0]])  # mean of f: (0, 2)


def round_of(fake, real=REAL):
    return Round(nn.Identity(), Double(), Hinge(), real, fake, fake, None, step=0)


@pytest.mark.parametrize(("norm", "expected"), [("squared", 4**2 + 2**2), ("absolute", (4 + 2) / 2)])
def test_the_distance_of_the_means_by_hand(norm, expected):
    assert FeatureMatching(norm=norm).generator_term(round_of(FAKE)).item() == pytest.approx(expected)
    assert FeatureMatching(norm=norm, weight=0.5).generator_term(round_of(FAKE)).item() == pytest.approx(expected / 2)


@pytest.mark.parametrize(
    ("norm", "slope"), [("squared", [-2 * 4 * 2 / 3, 2 * 2 * 2 / 3]), ("absolute", [-1 / 3, 1 / 3])]
)
def test_the_gradient_reaches_every_fake_and_no_real(norm, slope):
    fake, real = FAKE.clone().requires_grad_(), REAL.clone().requires_grad_()
    FeatureMatching(norm=norm).generator_term(round_of(fake, real)).backward()
    torch.testing.assert_close(fake.grad, torch.tensor([slope] * 3))
    assert real.grad is None


def terms(player, **settings):
    game = Game((2,), Shift, Double, LeastSquares(), {"feature_matching": FeatureMatching(**settings)})
    hand = Hand(REAL, FAKE)
    return game.terms(player, game.round(player, hand, game.generate(hand, graph=True), 0)), game


def test_it_replaces_the_generators_loss_or_stands_beside_it():
    replaced, game = terms("generator")
    assert replaced["adversarial"].item() == 0
    assert replaced["feature_matching"].item() == pytest.approx(20)
    sum(replaced.values()).backward(inputs=list(game.generator.parameters()))
    torch.testing.assert_close(game.generator.b.grad, torch.tensor([-16.0, 8.0]))
    added, _ = terms("generator", mode="add")
    # D(x̂) = 2, 6, −2 against the target 1
    assert added["adversarial"].item() == pytest.approx(0.5 * (1 + 25 + 9) / 3)
    assert added["feature_matching"].item() == pytest.approx(20)


@pytest.mark.parametrize("mode", ["replace", "add"])
def test_the_discriminator_plays_on_as_before(mode):
    found, game = terms("discriminator", mode=mode)
    assert list(found) == ["adversarial"]
    # D(x) = 2, 6 against 1; D(x̂) = 2, 6, −2 against 0
    assert found["adversarial"].item() == pytest.approx(0.5 * (1 + 25) / 2 + 0.5 * (4 + 36 + 4) / 3)
    assert (game.loss.boundary, game.loss.is_critic) == (0.5, False)


def test_a_replaced_loss_asks_for_no_reals_and_bears_infinite_logits():
    class Relativistic(Hinge):
        needs_real = True

    replaced = FeatureMatching().wrap_loss(Relativistic())
    assert not replaced.needs_real
    assert replaced.generator(torch.tensor([float("inf")]), None).item() == 0
    assert FeatureMatching(mode="add").wrap_loss(loss := Relativistic()) is loss

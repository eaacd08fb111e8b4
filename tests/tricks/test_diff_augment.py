"""DiffAugment: each transformation by what it must keep and change; gradients; when and where it acts."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import pad

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp
from gan_runner.tricks.diff_augment import DiffAugment, color, cut_out, translate
from gan_runner.types import Hand, Score


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


def only(**given):
    return {"brightness": 0.0, "saturation": 0.0, "contrast": 0.0} | given


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_brightness_shifts_each_image_by_a_number_of_its_own(channels):
    image = torch.randn(500, channels, 4, 5)
    shift = (color(image, **only(brightness=0.5)) - image).flatten(1)
    torch.testing.assert_close(shift, shift[:, :1].expand_as(shift), rtol=0, atol=1e-5)
    assert -0.5 <= shift.min() < -0.45
    assert 0.45 < shift.max() <= 0.5


@pytest.mark.parametrize("channels", [3, 4])
def test_saturation_scales_the_distance_to_the_grey_of_each_pixel(channels):
    image = torch.randn(500, channels, 4, 5)
    out = color(image, **only(saturation=1.0))
    torch.testing.assert_close(out.mean(1), image.mean(1), rtol=0, atol=1e-5)
    before, after = image - image.mean(1, keepdim=True), out - out.mean(1, keepdim=True)
    factor = (before * after).sum((1, 2, 3)) / before.square().sum((1, 2, 3))
    torch.testing.assert_close(after, before * factor[:, None, None, None], rtol=0, atol=1e-5)
    assert factor.min() > -1e-3
    assert factor.min() < 0.1
    assert 1.9 < factor.max() < 2.001


def test_saturation_leaves_one_channel_alone():
    image = torch.randn(5, 1, 4, 5)
    torch.testing.assert_close(color(image, **only(saturation=1.0)), image)


def test_contrast_scales_the_distance_to_the_mean_of_the_image():
    image = torch.randn(500, 3, 4, 5)
    out = color(image, **only(contrast=0.5))
    torch.testing.assert_close(out.mean((1, 2, 3)), image.mean((1, 2, 3)), rtol=0, atol=1e-5)
    factor = out.std((1, 2, 3)) / image.std((1, 2, 3))
    assert 0.5 <= factor.min() < 0.55
    assert 1.45 < factor.max() <= 1.5


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_translation_is_by_whole_pixels_up_to_an_eighth(channels):
    image = torch.rand(200, channels, 8, 16) + 0.1
    out, possible = translate(image), list(product((-1, 0, 1), (-2, -1, 0, 1, 2)))
    moved = torch.stack([pad(image, (right, -right, down, -down)) for down, right in possible])  # cropped where < 0
    same = (moved == out).flatten(2).all(2)  # (shifts, images)
    assert (same.sum(0) == 1).all()
    assert same.any(1).all()  # each image has its own, and all come


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_cutout_is_a_rectangle_of_half_the_sides(channels):
    image = torch.rand(400, channels, 8, 6) + 0.1
    out, rows, columns = cut_out(image), set(), set()
    for before, after in zip(image, out, strict=True):
        gone = after[0] == 0
        assert (after == torch.where(gone, 0.0, before)).all()  # the same in all channels, the rest untouched
        high, wide = gone.any(1), gone.any(0)
        assert gone.equal(high[:, None] & wide[None])
        rows.add(tuple(high.nonzero().flatten().tolist()))
        columns.add(tuple(wide.nonzero().flatten().tolist()))
    # 4 of 8 rows, the middle between any two or on a border; 3 of 6 columns, the middle on any.
    assert rows == {tuple(r for r in range(first, first + 4) if 0 <= r < 8) for first in range(-2, 7)}
    assert columns == {tuple(c for c in range(first, first + 3) if 0 <= c < 6) for first in range(-1, 5)}


def test_shares_of_zero_change_nothing():
    image = torch.randn(4, 3, 8, 8)
    assert translate(image, 0.0).equal(image)
    assert cut_out(image, 0.0).equal(image)
    torch.testing.assert_close(color(image, **only()), image)


def test_the_gradient_passes_through_to_what_is_seen():
    image = torch.randn(6, 3, 8, 8, dtype=torch.float64, requires_grad=True)
    trick = DiffAugment()

    def augment(x):
        torch.manual_seed(1)
        return trick.augment(x)

    assert torch.autograd.gradcheck(augment, image[:1, :, :4, :4].detach().requires_grad_())
    assert torch.autograd.gradgradcheck(augment, image[:1, :1, :4, :4].detach().requires_grad_())
    (gradient,) = torch.autograd.grad(cut_out(image).sum(), image)
    assert set(gradient.unique().tolist()) == {0.0, 1.0}


def test_the_policy_says_which_and_in_what_order():
    image = torch.rand(50, 3, 8, 8) + 0.1
    assert not (DiffAugment(policy=["color"]).augment(image) == 0).any()
    cut = DiffAugment(policy=["cutout"]).augment(image)
    assert (cut[cut != 0] == image[cut != 0]).all()
    last, first = DiffAugment(policy=["color", "cutout"]), DiffAugment(policy=["cutout", "color"])
    assert (last.augment(image) == 0).flatten(1).any(1).all()
    assert not (first.augment(image) == 0).flatten(1).any(1).all()


class Echo(nn.Module):
    """Answers with what it saw."""

    def forward(self, image, label=None):
        return Score(image, image)


def new_game(shape=(3, 8, 8)):
    trick = DiffAugment()
    game = Game(shape, lambda s: mlp.Generator(s, 3, hidden=[8]), lambda s: Echo(), Hinge(), {"diff_augment": trick})
    return game, Hand(torch.randn(4, *shape), torch.randn(4, 3))


@pytest.mark.parametrize("player", ["discriminator", "generator"])
def test_both_players_see_reals_and_fakes_augmented_afresh(player):
    game, hand = new_game()
    round = game.round(player, hand, game.generate(hand, graph=True), 0)
    assert not round.real_score.logits.equal(round.real)
    assert not round.fake_score.logits.equal(round.fake)
    assert not game.discriminator(hand.real).logits.equal(game.discriminator(hand.real).logits)
    assert round.real.equal(hand.real)


def test_off_in_evaluation():
    game, hand = new_game()
    assert game.discriminator.eval()(hand.real).logits is hand.real


def test_points_are_refused():
    with pytest.raises(ValueError, match=r"tricks\.diff_augment changes images .* shape \(2,\).*instance_noise"):
        new_game((2,))

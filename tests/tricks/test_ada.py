"""ADA: how p moves, by hand; what each transformation keeps and changes; gradients; refusals."""

from copy import deepcopy

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.images.warping import warp
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import mlp
from gan_runner.tricks.ada import ADA, blit, color, geometry
from gan_runner.types import Hand, Score

ALWAYS, NEVER = torch.ones(()), torch.zeros(())


@pytest.fixture(autouse=True)
def _seed():
    torch.manual_seed(0)


class Fixed(nn.Module):
    """Gives the logits it was told to."""

    def __init__(self, logits):
        super().__init__()
        self.logits = logits

    def forward(self, image, label=None):
        return Score(self.logits, image.flatten(1))


def new_game(loss=None, shape=(3, 8, 8), logits=None, **settings):
    trick = ADA(**settings)
    game = Game(
        shape, lambda s: mlp.Generator(s, 3, hidden=[8]), lambda s: Fixed(logits), loss or Hinge(), {"ada": trick}
    )
    return game, trick


def batches(game, count, start=0, images=10):
    """p after each of some batches whose reals are judged as told."""
    hand, seen = Hand(torch.zeros(images, *game.shape), torch.zeros(images, 3)), []
    for step in range(start, start + count):
        round = game.round("discriminator", hand, torch.zeros_like(hand.real), step)
        assert "ada" not in game.terms("discriminator", round)
        game.after_step("discriminator", round)
        game.after_step("generator", round)  # must not count
        seen.append(game.tricks["ada"].p.item())
    return seen


# 9 of 10 on the real side: mean sign .8; 8 of 10: .6, the target itself; 7 of 10: .4.
@pytest.mark.parametrize(("accepted", "direction"), [(9, 1), (8, 0), (7, -1)])
def test_p_moves_by_the_images_seen_every_four_batches(accepted, direction):
    logits = torch.tensor([[1.0]] * accepted + [[-5.0]] * (10 - accepted))
    game, trick = new_game(logits=logits, kimg=1.0)
    trick.p.fill_(0.5)
    step = direction * 4 * 10 / 1000
    assert batches(game, 8) == pytest.approx([0.5] * 3 + [0.5 + step] * 4 + [0.5 + 2 * step])


@pytest.mark.parametrize(("logit", "end"), [(1.0, 1.0), (-1.0, 0.0)])
def test_p_stays_a_probability(logit, end):
    game, trick = new_game(logits=torch.full((10, 1), logit), kimg=0.02)
    trick.p.fill_(0.5)
    assert batches(game, 8)[-1] == end


def test_the_sides_are_those_of_the_losss_boundary():
    game, _ = new_game(LeastSquares(), logits=torch.full((10, 1), 0.4), kimg=1.0)
    assert batches(game, 4)[-1] == 0.0  # 0.4 is on the fake side of ½
    game, _ = new_game(LeastSquares(), logits=torch.full((10, 1), 0.6), kimg=1.0)
    assert batches(game, 4)[-1] == pytest.approx(0.04)


def test_the_mean_is_over_all_batches_between():
    """Nine tenths accepted in one batch and none in the next are .45 of them: p falls, whatever came last."""
    game, trick = new_game(logits=torch.full((10, 1), -1.0), kimg=1.0, interval=2)
    trick.p.fill_(0.5)
    batches(game, 1)
    game.discriminator.discriminator.logits = torch.tensor([[1.0]] * 9 + [[-1.0]])
    assert batches(game, 1, start=1)[-1] == pytest.approx(0.48)


def test_the_state_survives_a_round_trip_between_two_adjustments():
    logits = torch.tensor([[1.0]] * 9 + [[-1.0]])
    (game, _), (other, _) = (new_game(logits=logits, kimg=1.0) for _ in range(2))
    batches(game, 6)
    other.load_state_dict(deepcopy(game.state_dict()))
    assert batches(other, 6, start=6) == batches(game, 6, start=6)
    assert other.tricks["ada"].p.item() == pytest.approx(0.12)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_at_probability_zero_nothing_changes(channels):
    image = torch.randn(4, channels, 8, 6)
    assert ADA().augment(image).equal(image)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("pipe", [["blit"], ["geometry"], ["color"], ["blit", "geometry", "color"]], ids="-".join)
def test_at_probability_one_images_of_any_channels_change_each_in_its_own_way(channels, pipe):
    trick, image = ADA(pipe=pipe), torch.randn(1, channels, 16, 16).expand(8, -1, -1, -1)
    trick.p.fill_(1.0)
    out = trick.augment(image)
    assert out.isfinite().all()
    assert len({tuple(one.flatten().tolist()) for one in out}) > 5


def test_blit_is_flips_quarter_turns_and_whole_shifts():
    image = torch.randn(1, 1, 8, 8)
    out = warp(image.expand(600, -1, -1, -1), blit(image.expand(600, -1, -1, -1), ALWAYS))
    inside, found = image[0, 0, 2:6, 2:6], set()
    turns = {(flip, turn): inside.flip(1).rot90(turn) if flip else inside.rot90(turn)
             for flip in (False, True) for turn in range(4)}  # fmt: skip
    for one in out[:, 0]:
        places = [
            (name, down, right)
            for name, turned in turns.items()
            for down in (1, 2, 3)
            for right in (1, 2, 3)
            if one[down : down + 4, right : right + 4].equal(turned)
        ]
        assert len(places) == 1  # the middle is there, moved by at most an eighth of 8
        found.add(places[0])
    assert len(found) == 8 * 9


def test_each_transformation_comes_with_probability_p():
    image, p = torch.randn(20_000, 1, 2, 2), torch.tensor(0.3)
    source = geometry(image, p)
    still = torch.tensor([1.0, 0, 0, 0, 1, 0, 0, 0, 1]).reshape(3, 3)
    share = (source == still).flatten(1).all(1).float().mean().item()
    assert share == pytest.approx(0.7**4, abs=0.01)  # scale, either rotation, stretch, shift


def test_geometry_by_its_logarithms():
    """|det| of the map is the square of the scale: log₂ is N(0, .4²); stretching and rotating keep areas."""
    source = geometry(torch.zeros(20_000, 1, 8, 16), ALWAYS)
    areas = torch.linalg.det(source[:, :2, :2]).log2()
    assert areas.std().item() == pytest.approx(0.4, rel=0.03)
    assert areas.mean().item() == pytest.approx(0.0, abs=0.01)
    first, second = torch.linalg.svdvals(source[:, :2, :2]).log2().unbind(1)
    stretches = (first - second) / 2  # |N(0, .2²)|
    assert stretches.square().mean().sqrt().item() == pytest.approx(0.2, rel=0.03)


def test_color_of_one_channel_is_brightness_and_contrast():
    image = torch.randn(20_000, 1, 1, 2)
    out = color(image, ALWAYS)
    factor = (out[..., 0] - out[..., 1]).flatten() / (image[..., 0] - image[..., 1]).flatten()
    assert factor.log2().std().item() == pytest.approx(0.5, rel=0.05)
    shift = out[..., 0].flatten() / factor - image[..., 0].flatten()
    assert shift.median().abs() < 0.01
    assert (shift.abs() < 0.2).float().mean().item() == pytest.approx(0.683, abs=0.02)


def test_color_of_three_channels_is_a_similarity_about_the_luma_axis():
    """Luma changes by shift, factor and sign alone, the same for all pixels; the chroma plane is rotated and scaled."""
    image = torch.randn(200, 3, 4, 4, dtype=torch.float64)
    out = color(image, ALWAYS.double())
    luma_before, luma_after = image.mean(1).flatten(1), out.mean(1).flatten(1)
    slope = (luma_after[:, 0] - luma_after[:, 1]) / (luma_before[:, 0] - luma_before[:, 1])
    constant = luma_after - slope[:, None] * luma_before
    assert (constant - constant[:, :1]).abs().max() < 1e-5
    assert 0.35 < (slope < 0).double().mean() < 0.65  # flipped half of the time
    before, after = image - image.mean(1, keepdim=True), out - out.mean(1, keepdim=True)
    ratio = (after.norm(dim=1) / before.norm(dim=1)).flatten(1)
    assert (ratio / ratio[:, :1] - 1).abs().max() < 1e-4
    cosine = ((after * before).sum(1) / (after.norm(dim=1) * before.norm(dim=1))).flatten(1)
    assert (cosine - cosine[:, :1]).abs().max() < 1e-4
    turned = (after * before.roll(1, 1)).sum(1) - (after * before.roll(-1, 1)).sum(1)
    assert 0.35 < (turned.flatten(1)[:, 0] > 0).double().mean() < 0.65  # both ways
    assert (turned.flatten(1).sign() == turned.flatten(1).sign()[:, :1]).all()


def test_two_derivatives_pass_through():
    trick = ADA()
    trick.p.fill_(0.8)
    image = torch.randn(4, 3, 8, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(trick.augment(image).pow(3).sum(), image, create_graph=True)
    (second,) = torch.autograd.grad(gradient.square().sum(), image)
    assert second.isfinite().all()
    assert second.flatten(1).any(1).all()


def test_places_are_exact_under_autocast():
    trick, image = ADA(pipe=["blit"]), torch.randn(16, 1, 64, 64)
    trick.p.fill_(1.0)
    outs = []
    for enabled in (False, True):
        torch.manual_seed(1)
        with torch.autocast("cpu", torch.bfloat16, enabled=enabled):
            outs.append(trick.augment(image))
    assert outs[0].equal(outs[1])


def test_off_in_evaluation():
    trick, image = ADA(), torch.randn(2, 3, 8, 8)
    trick.p.fill_(1.0)

    class Echo(nn.Module):
        def forward(self, image, label=None):
            return Score(image, image)

    discriminator = trick.wrap_discriminator(lambda shape: Echo())((3, 8, 8))
    assert not discriminator(image).logits.equal(image)
    assert discriminator.eval()(image).logits is image


def test_points_and_critics_are_refused():
    with pytest.raises(ValueError, match=r"tricks\.ada changes images .* shape \(2,\)"):
        new_game(shape=(2,))
    with pytest.raises(ValueError, match=r"tricks\.ada .* this loss has none: take loss=non_saturating"):
        new_game(Wasserstein())

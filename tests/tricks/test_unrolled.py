"""Unrolled: a game of two numbers by hand; the way ahead by torch's optimizer, its slope by finite differences."""

import gc
import weakref
from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.minimax import Minimax
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.losses.relativistic import Relativistic
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import dcgan
from gan_runner.tricks.feature_matching import FeatureMatching
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.tricks.unrolled import Unrolled
from gan_runner.types import Hand, Score


class Line(nn.Module):
    """D(x) = w x."""

    def __init__(self, shape=(1,)):
        super().__init__()
        self.w = nn.Parameter(torch.tensor(0.7))

    def forward(self, image, label=None):
        return Score(self.w * image, image)


class Shift(nn.Module):
    """G(z) = z + b."""

    def __init__(self, shape=(1,)):
        super().__init__()
        self.b = nn.Parameter(torch.full(shape, 0.3))

    def forward(self, source, label=None):
        return source + self.b


class Curved(nn.Module):
    """A smooth discriminator, with a weight that the loss never reaches and one whose gradient is always zero."""

    def __init__(self, shape=(2,)):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(*shape, 6), nn.Tanh(), nn.Linear(6, 6), nn.Tanh())
        self.head, self.unused = nn.Linear(6, 1), nn.Parameter(torch.ones(3))
        self.mute = nn.Parameter(torch.ones(1))

    def forward(self, image, label=None):
        features = self.body(image)
        return Score(self.head(features) + 0 * self.mute, features)


def new_game(generator, discriminator, loss, shape, make_optimizer, tricks=None, **settings):
    torch.manual_seed(0)
    trick = Unrolled(**settings)
    game = Game(shape, generator, discriminator, loss, {"unrolled": trick, **(tricks or {})})
    optimizer = make_optimizer(game.discriminator.parameters())
    game.on_optimizers({"discriminator": optimizer})
    return game, optimizer


def generator_terms(game, hand):
    return game.terms("generator", game.round("generator", hand, game.generate(hand, graph=True), 0))


def generator_loss(game, hand):
    return generator_terms(game, hand)["adversarial"]


def move_discriminator(game, optimizer, hand, batches):
    for step in range(batches):
        optimizer.zero_grad()
        round = game.round("discriminator", hand, game.generate(hand, graph=False), step)
        game.terms("discriminator", round)["adversarial"].backward()
        optimizer.step()


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("first_order", [False, True])
def test_the_gradient_by_hand(steps, first_order):
    # L_D = w (f − r), so w_K = w − K η (f − r); L_G = −w_K f with f = z̄ + b, and the reals' part of −L_D is w_K r.
    # Through the steps: −w_K + K η f and −K η r, together 0 at w_K = 0 and f = r alone; with w_K held: −w_K.
    game, _ = new_game(Shift, Line, Wasserstein(), (1,), partial(torch.optim.SGD, lr=0.1), steps=steps,
                       first_order=first_order)  # fmt: skip
    hand = Hand(torch.tensor([[2.0], [3.0]]), torch.tensor([[1.0], [-0.5]]))
    f, r, w = 0.25 + 0.3, 2.5, 0.7
    ahead = w - steps * 0.1 * (f - r)
    terms = generator_terms(game, hand)
    assert terms["adversarial"].item() == pytest.approx(-ahead * f, rel=1e-5)
    (slope,) = torch.autograd.grad(sum(terms.values()), game.generator.b)
    assert slope.item() == pytest.approx(-ahead + (0 if first_order else steps * 0.1 * (f - r)), rel=1e-5)


def test_in_the_game_of_2014_the_generator_lowers_what_the_discriminator_ahead_raises(monkeypatch):
    float64_scores(monkeypatch)
    game, optimizer = new_game(Shift, Curved, Minimax(), (2,), OPTIMIZERS["adam"], steps=2)
    game.double()
    hand = Hand(torch.randn(6, 2).double(), torch.randn(6, 2).double())
    move_discriminator(game, optimizer, hand, 2)
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    terms = sum(game.terms("generator", round).values())
    value = -Minimax().discriminator(round.real_score.logits, round.fake_score.logits)
    slopes = [torch.autograd.grad(one, game.generator.b, retain_graph=True)[0] for one in (terms, value)]
    torch.testing.assert_close(*slopes)


def test_a_loss_of_pairs_needs_no_second_look_at_reals():
    game, _ = new_game(Shift, Line, Relativistic(), (1,), partial(torch.optim.SGD, lr=0.1), steps=1)
    hand = Hand(torch.tensor([[2.0], [3.0]]), torch.tensor([[1.0], [-0.5]]))
    assert list(generator_terms(game, hand)) == ["adversarial"]


def test_features_in_the_place_of_the_value_take_all_of_it():
    tricks = {"feature_matching": FeatureMatching()}
    game, _ = new_game(Shift, Line, Wasserstein(), (1,), partial(torch.optim.SGD, lr=0.1), tricks, steps=1)
    hand = Hand(torch.tensor([[2.0], [3.0]]), torch.tensor([[1.0], [-0.5]]))
    assert list(generator_terms(game, hand)) == ["adversarial", "feature_matching"]


OPTIMIZERS = {
    "adam": partial(torch.optim.Adam, lr=0.05, betas=(0.5, 0.999)),
    "fused": partial(torch.optim.Adam, lr=0.05, betas=(0.0, 0.9), fused=True),
    "adamw": partial(torch.optim.AdamW, lr=0.05),
    "sgd": partial(torch.optim.SGD, lr=0.1, momentum=0.9),
    "rmsprop": partial(torch.optim.RMSprop, lr=0.01),
}


def double_game(kind, **settings):
    game, optimizer = new_game(Shift, Curved, NonSaturating(), (2,), OPTIMIZERS[kind], **settings)
    game.double()
    return game, optimizer, Hand(torch.randn(6, 2).double(), torch.randn(6, 2).double())


def float64_scores(monkeypatch):
    """Scores and images are made float32 on their way; finite differences need all digits."""
    monkeypatch.setattr(torch.Tensor, "float", lambda self: self)


@pytest.mark.parametrize("batches_before", [0, 4])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_the_way_ahead_is_that_of_the_optimizer_itself(kind, batches_before, monkeypatch):
    float64_scores(monkeypatch)
    game, optimizer, hand = double_game(kind, steps=3)
    move_discriminator(game, optimizer, hand, batches_before)
    graded = generator_loss(game, hand)
    move_discriminator(game, optimizer, hand, 3)
    expected = NonSaturating().generator(game.discriminator(game.generate(hand, graph=False)).logits, None)
    assert graded.item() == pytest.approx(expected.item(), rel=1e-6)


@pytest.mark.parametrize("batches_before", [0, 4])
@pytest.mark.parametrize("kind", OPTIMIZERS)
def test_the_slope_is_that_of_finite_differences(kind, batches_before, monkeypatch):
    float64_scores(monkeypatch)
    game, optimizer, hand = double_game(kind, steps=3)
    move_discriminator(game, optimizer, hand, batches_before)
    b, h = game.generator.b, 1e-6
    (slope,) = torch.autograd.grad(generator_loss(game, hand), b)
    for i in range(2):
        values = []
        for sign in (1, -1):
            with torch.no_grad():
                b[i] += sign * h
            values.append(generator_loss(game, hand).item())
            with torch.no_grad():
                b[i] -= sign * h
        assert slope[i].item() == pytest.approx((values[0] - values[1]) / (2 * h), rel=1e-4, abs=1e-8)


def image_game(**settings):
    generator, discriminator = partial(dcgan.Generator, width=4, latent_dim=3), partial(dcgan.Discriminator, width=4)
    make_optimizer = partial(torch.optim.Adam, lr=1e-3, fused=True)
    game, optimizer = new_game(generator, discriminator, NonSaturating(), (1, 8, 8), make_optimizer, **settings)
    return game, optimizer, Hand(torch.randn(4, 1, 8, 8), torch.randn(4, 3))


def test_no_steps_are_a_plain_game():
    game, _, hand = image_game(steps=0)
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    assert round.discriminator is game.discriminator


def test_after_its_batches_the_game_is_a_plain_one():
    rounds = {}
    for settings in ({"steps": 0}, {"steps": 2}, {"steps": 2, "batches": 3}):
        game, _ = new_game(Shift, Line, Wasserstein(), (1,), partial(torch.optim.SGD, lr=0.1), **settings)
        hand = Hand(torch.tensor([[2.0], [3.0]]), torch.tensor([[1.0], [-0.5]]))
        for step in (2, 3):
            round = game.round("generator", hand, game.generate(hand, graph=True), step)
            terms = game.terms("generator", round)
            rounds[settings["steps"], "batches" in settings, step] = {name: term.item() for name, term in terms.items()}
    assert rounds[2, True, 2] == rounds[2, False, 2] != rounds[0, False, 2]
    assert rounds[2, True, 3] == rounds[0, False, 3] != rounds[2, False, 3]


@pytest.mark.parametrize("tricks", [{}, {"spectral_norm": SpectralNorm()}], ids=["batch_norm", "spectral_norm"])
@pytest.mark.parametrize("first_order", [False, True])
def test_weights_statistics_and_moments_stay_as_they_are(tricks, first_order):
    game, optimizer, hand = image_game(tricks=tricks, steps=2, first_order=first_order)
    move_discriminator(game, optimizer, hand, 2)
    optimizer.zero_grad()
    kept = deepcopy((game.discriminator.state_dict(), optimizer.state_dict()["state"]))
    generator_loss(game, hand).backward(inputs=list(game.generator.parameters()))
    for name, value in game.discriminator.state_dict().items():
        assert value.equal(kept[0][name]), name
    for index, state in optimizer.state_dict()["state"].items():
        assert all(value.equal(kept[1][index][name]) for name, value in state.items())
    assert all(p.grad is None for p in game.discriminator.parameters())
    assert all(p.grad.isfinite().all() and p.grad.any() for p in game.generator.parameters())


def test_it_differs_from_the_plain_game_and_from_its_first_order():
    slopes = []
    for settings in ({"steps": 0}, {"steps": 3}, {"steps": 3, "first_order": True}):
        game, optimizer, hand = image_game(**settings)
        move_discriminator(game, optimizer, hand, 1)
        slopes.append(torch.autograd.grad(generator_loss(game, hand), game.generator.head.weight)[0])
    assert all(not torch.allclose(slopes[i], slopes[j], rtol=1e-2) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_nothing_is_played_before_the_generator_asks():
    game, _, hand = image_game(steps=3)
    passes = []
    game.discriminator.register_forward_hook(lambda *_: passes.append(1))
    round = game.round("discriminator", hand, game.generate(hand, graph=False), 0)
    assert round.discriminator is game.discriminator
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    assert passes == []
    assert round.fake_score is round.fake_score
    assert len(passes) == 3 * 2 + 1
    round.discriminator(hand.real)
    assert len(passes) == 3 * 2 + 2  # the way ahead is played once
    assert list(round.discriminator.parameters()) == []


def test_the_round_and_its_graph_go_when_nobody_needs_them():
    game, _, hand = image_game(steps=1)
    gc.collect()
    gc.disable()
    try:
        round = game.round("generator", hand, game.generate(hand, graph=True), 0)
        game.terms("generator", round)["adversarial"].backward(inputs=list(game.generator.parameters()))
        gone = weakref.ref(round.discriminator), weakref.ref(round)
        del round
        assert [reference() for reference in gone] == [None, None]
    finally:
        gc.enable()


def test_under_autocast_it_plays_in_float32():
    game, _, hand = image_game(steps=2)
    plain = generator_loss(game, hand)
    fake = game.generate(hand, graph=True)
    with torch.autocast("cpu", torch.bfloat16):
        round = game.round("generator", hand, fake, 0)
        assert game.terms("generator", round)["adversarial"].item() == pytest.approx(plain.item(), rel=1e-6)


def test_other_optimizers_are_refused():
    with pytest.raises(ValueError, match=r"tricks\.unrolled .*optimizer\.discriminator=Rprop.* SGD, Adam"):
        new_game(Shift, Line, Wasserstein(), (1,), torch.optim.Rprop)


def test_it_has_no_state():
    assert Unrolled().state_dict() == {}

"""The auxiliary classifier: cross-entropy by hand, where the head lives, what each player learns, refusals."""

from copy import deepcopy
from functools import partial
from math import exp, log

import pytest
import torch
from torch import nn

from gan_runner.assemble import assemble
from gan_runner.game import Game
from gan_runner.layers.conditioning import is_conditional
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import mlp, progan
from gan_runner.tricks.auxiliary_classifier import AuxiliaryClassifier
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.minibatch_stddev import MinibatchStddev
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.tricks.replay import Replay
from gan_runner.types import Hand

LABEL = torch.tensor([0, 1, 2, 0])


def new_game(tricks=None, shape=(2,), generator_classes=3, discriminator_classes=None, ordered=None, **settings):
    torch.manual_seed(0)
    trick = AuxiliaryClassifier(**settings)
    game = Game(
        shape,
        partial(mlp.Generator, latent_dim=4, hidden=[8], num_classes=generator_classes),
        partial(mlp.Discriminator, hidden=[5], num_classes=discriminator_classes),
        Hinge(),
        ordered(trick) if ordered else {"auxiliary_classifier": trick, **(tricks or {})},
    )
    return game, trick, Hand(torch.randn(4, *shape), torch.randn(4, 4), LABEL)


def terms(game, player, hand):
    return game.terms(player, game.round(player, hand, game.generate(hand, graph=True), 0))


def with_class_scores(game, *scores):
    """Whatever it sees, the head answers these logits."""
    with torch.no_grad():
        game.discriminator.auxiliary_classifier_head.weight.zero_()
        game.discriminator.auxiliary_classifier_head.bias.copy_(torch.tensor(scores))


def test_the_cross_entropy_by_hand():
    game, _, hand = new_game(discriminator_weight=0.5, generator_weight=0.25)
    with_class_scores(game, 0.0, 1.0, -2.0)
    total = log(1 + exp(1) + exp(-2))
    error = total - (0 + 1 - 2 + 0) / 4  # of one batch, reals or fakes
    assert terms(game, "discriminator", hand)["auxiliary_classifier"].item() == pytest.approx(0.5 * 2 * error, rel=1e-5)
    assert terms(game, "generator", hand)["auxiliary_classifier"].item() == pytest.approx(0.25 * error, rel=1e-5)
    game.tricks["auxiliary_classifier"].needs_fakes = False
    assert terms(game, "discriminator", hand)["auxiliary_classifier"].item() == pytest.approx(0.5 * error, rel=1e-5)


def test_the_term_of_uncertainty_is_the_logarithm_of_the_classes():
    game, _, hand = new_game(on_fakes=False)
    with_class_scores(game, 7.0, 7.0, 7.0)
    for player in ("discriminator", "generator"):
        assert terms(game, player, hand)["auxiliary_classifier"].item() == pytest.approx(log(3), rel=1e-5)


def test_the_discriminator_owns_the_head_and_saves_it():
    game, trick, hand = new_game()
    names = {name for name in game.state_dict() if "auxiliary_classifier" in name}
    assert names == {f"discriminator.auxiliary_classifier_head.{kind}" for kind in ("weight", "bias")}
    assert list(trick.parameters()) == []
    assert game.discriminator.auxiliary_classifier_head.weight.shape == (3, 5)
    other, restored, _ = new_game()
    with torch.no_grad():
        game.discriminator.auxiliary_classifier_head.weight.mul_(3)
    other.load_state_dict(deepcopy(game.state_dict()))
    score = game.discriminator(hand.real)
    assert restored.predict(score).equal(trick.predict(score))


@pytest.mark.parametrize("on_fakes", [True, False])
def test_each_player_learns_from_it(on_fakes):
    game, _, hand = new_game(on_fakes=on_fakes)
    round = game.round("discriminator", hand, game.generate(hand, graph=True), 0)
    game.terms("discriminator", round)["auxiliary_classifier"].backward()
    assert game.discriminator.body[0].weight.grad.any()
    assert game.discriminator.auxiliary_classifier_head.weight.grad.any()
    assert game.discriminator.head.weight.grad is None
    assert all(p.grad is None for p in game.generator.parameters())
    terms(game, "generator", hand)["auxiliary_classifier"].backward(inputs=list(game.generator.parameters()))
    assert all(p.grad.any() for p in game.generator.parameters())


def test_both_players_together_name_the_class_of_reals_and_make_it():
    game, trick, hand = new_game(shape=(6,))
    hand = Hand(torch.eye(6)[LABEL], hand.source, LABEL)
    optimizer = torch.optim.Adam(game.parameters(), lr=2e-2)
    for _ in range(150):
        optimizer.zero_grad()
        sum(terms(game, player, hand)["auxiliary_classifier"] for player in ("discriminator", "generator")).backward()
        optimizer.step()
    round = game.round("discriminator", hand, game.generate(hand, graph=False), 0)
    assert trick.predict(round.real_score)[0].argmax(1).equal(LABEL)
    assert trick.predict(round.fake_score)[0].argmax(1).equal(LABEL)


@pytest.mark.parametrize("first", ["ensemble", "auxiliary_classifier"])
def test_an_ensemble_shares_a_head_or_has_one_for_each_member(first):
    ensemble = DiscriminatorEnsemble(count=2)

    def ordered(trick):
        tricks = {"auxiliary_classifier": trick, "ensemble": ensemble}
        return {first: tricks.pop(first), **tricks}

    game, _, hand = new_game(ordered=ordered, on_fakes=False)
    if first == "ensemble":
        logits = [game.discriminator.auxiliary_classifier_head(game.discriminator(hand.real).features)]
    else:
        logits = [m.auxiliary_classifier_head(m(hand.real).features) for m in game.discriminator.members]
    expected = torch.stack([nn.functional.cross_entropy(one, LABEL) for one in logits]).mean()
    torch.testing.assert_close(terms(game, "discriminator", hand)["auxiliary_classifier"], expected)


def test_games_it_cannot_play_are_refused():
    with pytest.raises(ValueError, match=r"tricks\.auxiliary_classifier .*set network\.conditional=generator, with"):
        new_game(generator_classes=None)
    with pytest.raises(ValueError, match=r"network\.conditional=true tells it: set network\.conditional=generator"):
        new_game(discriminator_classes=3)
    with pytest.raises(ValueError, match=r"tricks\.auxiliary_classifier .*tricks\.pacgan .* for 2 of them: remove one"):
        new_game({"pacgan": PacGAN(m=2)})
    with pytest.raises(ValueError, match=r"tricks\.auxiliary_classifier .*tricks\.replay .*remove one"):
        new_game({"replay": Replay()})
    new_game({"replay": Replay()}, on_fakes=False)


def test_in_progan_the_classes_stand_beside_an_equalized_head():
    settings = {"max_channels": 6, "base_channels": 32}
    trick = AuxiliaryClassifier()
    game = Game(
        (1, 8, 8),
        partial(progan.Generator, latent_dim=4, num_classes=3, **settings),
        partial(progan.Discriminator, **settings),
        Hinge(),
        {"auxiliary_classifier": trick, "minibatch_stddev": MinibatchStddev()},
    )
    game.generator.set_level(0.5)
    game.discriminator.set_level(0.5)
    hand = Hand(torch.randn(4, 1, 8, 8), torch.randn(4, 4), LABEL)
    terms(game, "discriminator", hand)["auxiliary_classifier"].backward()
    assert game.discriminator.auxiliary_classifier_head.parametrizations.weight.original.grad.any()


def test_the_generator_alone_gets_the_label(composed):
    game = assemble(composed("model=dcgan", "network.width=4", "network.conditional=generator")).system.game
    assert is_conditional(game.generator)
    assert not is_conditional(game.discriminator)
    with pytest.raises(ValueError, match=r"network\.conditional=generator needs labels and this data has none"):
        assemble(composed("model=vanilla", "data=ring", "network.conditional=generator"))
    with pytest.raises(ValueError, match=r"network\.conditional='discriminator' is not valid: .*boolean.*'generator'"):
        assemble(composed("model=dcgan", "network.conditional=discriminator"))


def test_it_plays_and_its_samples_get_labels(played):
    networks = ("network=progan", "network.max_channels=8", "network.base_channels=32", "network.conditional=generator")
    experiment = played("model=wgan_gp", *networks, "tricks=[auxiliary_classifier,minibatch_stddev,gradient_penalty]")
    assert experiment.trainer.global_step == 2
    figures = experiment.system.figures
    assert 0 < figures["discriminator/gan/auxiliary_classifier"] < 100

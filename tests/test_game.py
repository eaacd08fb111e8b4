"""The game: who sees what, who gets gradients, which terms are due."""

from copy import deepcopy

import pytest
import torch
from torch import Tensor, nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import mlp
from gan_runner.tricks.base import Scope, Trick
from gan_runner.tricks.ema import EMA
from gan_runner.types import Hand, Score

SHAPE = (2,)


class Constant(Trick):
    """Adds 1 to both players' losses when it is due."""

    def __init__(self, every: int = 1):
        super().__init__()
        self.every = every

    def discriminator_term(self, round) -> Tensor:
        return torch.ones(())

    generator_term = discriminator_term


class Named(Trick):
    """Notes when it wraps and moves data by a fixed amount."""

    def __init__(self, name: str, scope: Scope, notes: list[str]):
        super().__init__()
        self.name, self.scope, self.notes = name, scope, notes

    def wrap_discriminator(self, make):
        self.notes.append(self.name)
        return make

    def on_real(self, real):
        return real + 1

    def on_fake(self, fake):
        return fake + 10


class Relativistic(Wasserstein):
    needs_real = True

    def generator(self, fake, real):
        return (real - fake).mean()


def new_game(loss=None, **tricks: Trick) -> Game:
    torch.manual_seed(0)
    return Game(
        SHAPE,
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8]),
        lambda shape: mlp.Discriminator(shape, hidden=[8]),
        loss or Hinge(),
        tricks,
    )


@pytest.fixture
def hand() -> Hand:
    torch.manual_seed(1)
    return Hand(torch.randn(4, *SHAPE), torch.randn(4, 3))


def test_the_discriminator_sees_a_detached_fake_and_the_generator_its_graph(hand):
    game = new_game()
    fake = game.generate(hand, graph=True)
    assert fake.requires_grad
    assert not game.round("discriminator", hand, fake, 0).fake.requires_grad
    assert game.round("generator", hand, fake, 0).fake is fake


def test_a_fake_without_a_graph_is_generated_again_for_its_maker(hand):
    game = new_game()
    fake = game.generate(hand, graph=False)
    assert not fake.requires_grad
    again = game.round("generator", hand, fake, 0).fake
    assert again.requires_grad
    assert again.equal(fake)


@pytest.mark.parametrize(("player", "other"), [("discriminator", "generator"), ("generator", "discriminator")])
def test_a_backward_with_inputs_leaves_the_other_player_untouched(player, other, hand):
    game = new_game()
    for p in game.player(other).parameters():
        p.grad = torch.full_like(p, 7.0)
    round = game.round(player, hand, game.generate(hand, graph=True), 0)
    total = sum(game.terms(player, round).values())
    total.backward(inputs=list(game.player(player).parameters()))
    assert all((p.grad == 7).all() for p in game.player(other).parameters())
    assert any(p.grad.any() for p in game.player(player).parameters())


def test_terms_are_the_loss_of_the_scores(hand):
    game = new_game()
    fake = game.generate(hand, graph=True)
    real_logits, fake_logits = game.discriminator(hand.real).logits, game.discriminator(fake).logits
    terms = game.terms("discriminator", game.round("discriminator", hand, fake, 0))
    assert list(terms) == ["adversarial"]
    torch.testing.assert_close(terms["adversarial"], Hinge().discriminator(real_logits, fake_logits))
    terms = game.terms("generator", game.round("generator", hand, fake, 0))
    torch.testing.assert_close(terms["adversarial"], -fake_logits.mean())


def test_scores_are_computed_once_and_only_when_needed(hand):
    game = new_game()
    passes = []
    game.discriminator.register_forward_hook(lambda *_: passes.append(1))
    fake = game.generate(hand, graph=True)
    round = game.round("generator", hand, fake, 0)
    game.terms("generator", round)
    assert round.fake_score is round.fake_score
    assert len(passes) == 1  # the reals are not scored for a loss that does not compare
    game = new_game(Relativistic())
    round = game.round("generator", hand, game.generate(hand, graph=True), 0)
    value = game.terms("generator", round)["adversarial"]
    torch.testing.assert_close(value, (round.real_score.logits - round.fake_score.logits).mean())


def test_logits_reach_the_loss_in_float32(hand):
    class Half(nn.Module):
        def forward(self, image, label=None):
            return Score(image.half(), image.half())

    game = Game(SHAPE, lambda s: mlp.Generator(s, 3, hidden=[8]), lambda s: Half(), Hinge(), {})
    round = game.round("discriminator", hand, game.generate(hand, graph=False), 0)
    assert round.real_score.logits.dtype == round.fake_score.features.dtype == torch.float32


def test_tricks_wrap_in_scope_order_and_touch_the_data_of_the_right_player(hand):
    notes: list[str] = []
    game = new_game(outer=Named("outer", Scope.WHOLE, notes), inner=Named("inner", Scope.HEAD, notes))
    assert notes == ["inner", "outer"]
    fake = game.generate(hand, graph=True)
    round = game.round("discriminator", hand, fake, 0)
    torch.testing.assert_close(round.real, hand.real + 2)
    torch.testing.assert_close(round.fake, fake.detach() + 20)
    round = game.round("generator", hand, fake, 0)
    torch.testing.assert_close(round.real, hand.real + 2)
    assert round.fake is fake


@pytest.mark.parametrize("discriminator_steps", [1, 2, 5])
def test_every_counts_a_players_own_updates_and_scales_the_term(discriminator_steps, hand):
    game = new_game(constant=Constant(every=4))
    due = {"discriminator": [], "generator": []}
    for step in range(40):
        for player in ("discriminator", "generator"):
            if player == "generator" and (step + 1) % discriminator_steps:
                continue
            round = game.round(player, hand, game.generate(hand, graph=True), step)
            due[player].append(game.terms(player, round).get("constant", torch.zeros(())).item())
            game.after_step(player, round)
    for values in due.values():
        assert values == [4.0 if update % 4 == 0 else 0.0 for update in range(len(values))]


def test_the_count_of_updates_survives_a_round_trip(hand):
    game, other = new_game(), new_game()
    game.after_step("generator", game.round("generator", hand, game.generate(hand, graph=True), 0))
    other.load_state_dict(deepcopy(game.state_dict()))
    assert other.generator_updates == 1


def test_a_judge_grades_the_generator_alone(hand):
    class Lenient(Trick):
        def judge(self, discriminator, round):
            return lambda image, label=None: Score(image * 0 + 5, image)

    game = new_game(lenient=Lenient())
    fake = game.generate(hand, graph=True)
    assert game.terms("generator", game.round("generator", hand, fake, 0))["adversarial"].item() == -5
    assert game.round("discriminator", hand, fake, 0).discriminator is game.discriminator


def test_sampler_names_who_chose():
    game = new_game()
    assert game.sampler() == (game.generator, "generator")
    ema = EMA()
    game = new_game(ema=ema)
    assert game.sampler() == (ema.average, "ema")


def test_a_trick_may_refuse_the_game():
    class Never(Trick):
        def check(self, game):
            assert game.discriminator is not None  # built by now
            raise ValueError("tricks.never cannot play this")

    with pytest.raises(ValueError, match=r"tricks\.never"):
        new_game(never=Never())


def test_a_trick_may_hold_samples_to_their_classes():
    teaching = Constant()
    assert not new_game(constant=teaching).teaches_labels
    teaching.teaches_labels = True
    assert new_game(constant=teaching).teaches_labels

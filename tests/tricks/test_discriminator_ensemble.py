"""The ensemble: independent members, each in its own game, verdicts put together by hand."""

from math import exp

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.least_squares import LeastSquares
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import mlp
from gan_runner.tricks.base import Scope, Trick
from gan_runner.tricks.diff_augment import DiffAugment
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Hand, Score


def tiny(shape):
    return mlp.Discriminator(shape, hidden=[8])


def test_members_differ_and_answer_side_by_side():
    ensemble = DiscriminatorEnsemble(count=3).wrap_discriminator(tiny)((2,))
    image = torch.randn(5, 2)
    score = ensemble(image)
    assert score.logits.shape == (5, 3)
    assert score.features.shape == (5, 24)
    for k, member in enumerate(ensemble.members):
        assert score.logits[:, k : k + 1].equal(member(image).logits)
        assert score.features[:, 8 * k : 8 * k + 8].equal(member(image).features)
    assert not torch.allclose(score.logits[:, 0], score.logits[:, 1])
    assert len(list(ensemble.parameters())) == 3 * len(list(tiny((2,)).parameters()))


def test_labels_reach_every_member_and_patches_stay():
    class Patches(nn.Module):
        def __init__(self, shape):
            super().__init__()

        def forward(self, image, label=None):
            return Score(image[:, :1] + label[:, None, None, None], image.flatten(1))

    ensemble = DiscriminatorEnsemble(count=2).wrap_discriminator(Patches)((1, 3, 3))
    logits = ensemble(torch.zeros(4, 1, 3, 3), torch.arange(4)).logits
    assert logits.shape == (4, 2, 3, 3)
    assert logits[3].eq(3).all()
    loss = DiscriminatorEnsemble(count=2, mode="mean").wrap_loss(LeastSquares())
    torch.testing.assert_close(loss.generator(logits, None), LeastSquares().generator(logits, None))


def test_each_discriminator_plays_its_own_game():
    torch.manual_seed(0)
    real, fake = torch.randn(6, 3, requires_grad=True), torch.randn(6, 3, requires_grad=True)
    loss = DiscriminatorEnsemble(count=3).wrap_loss(Hinge())
    value = loss.discriminator(real, fake)
    own = [Hinge().discriminator(real[:, k : k + 1], fake[:, k : k + 1]) for k in range(3)]
    torch.testing.assert_close(value, sum(own))
    gradient = torch.autograd.grad(value, real)[0][:, 1]
    torch.testing.assert_close(gradient, torch.autograd.grad(own[1], real)[0][:, 1])


# The generator's Wasserstein losses of these two members are 1 and 3.
FAKE = torch.tensor([[-1.0, -2.0], [-1.0, -4.0]])


@pytest.mark.parametrize(
    ("mode", "sharpness", "expected"),
    [
        ("mean", 1.0, 2.0),
        ("max", 1.0, 3.0),
        ("softmax", 0.0, 2.0),
        ("softmax", 0.5, (1 * exp(0.5) + 3 * exp(1.5)) / (exp(0.5) + exp(1.5))),
        ("softmax", 100.0, 3.0),
    ],
)
def test_the_generators_verdict_by_hand(mode, sharpness, expected):
    loss = DiscriminatorEnsemble(count=2, mode=mode, sharpness=sharpness).wrap_loss(Wasserstein())
    assert loss.generator(FAKE, None).item() == pytest.approx(expected)


def test_the_gradient_of_the_maximum_is_the_harshest_members_and_of_softmax_goes_through_the_weights():
    fake = FAKE.clone().requires_grad_()
    DiscriminatorEnsemble(count=2, mode="max").wrap_loss(Wasserstein()).generator(fake, None).backward()
    assert fake.grad.tolist() == [[0, -0.5], [0, -0.5]]
    fake.grad = None
    DiscriminatorEnsemble(count=2).wrap_loss(Wasserstein()).generator(fake, None).backward()
    v, w = torch.tensor([1.0, 3.0]), torch.tensor([1.0, 3.0]).softmax(0)
    by_hand = w * (1 + v - (w * v).sum())  # d/dV_k of Σ w V, w = softmax(V)
    torch.testing.assert_close(fake.grad, (-by_hand / 2).expand(2, 2))


def test_a_loss_that_compares_gets_the_reals_of_the_same_member():
    class Relativistic(Wasserstein):
        needs_real = True

        def generator(self, fake, real):
            assert fake.shape == real.shape == (2, 1)
            return (real - fake).mean()

    loss = DiscriminatorEnsemble(count=2, mode="max").wrap_loss(Relativistic())
    assert (loss.needs_real, loss.boundary, loss.is_critic) == (True, None, True)
    assert loss.generator(FAKE, torch.tensor([[5.0, 0.0], [5.0, 0.0]])).item() == 6.0


class Columns(Trick):
    """Notes the shapes that a loss inside the ensemble is given."""

    scope = Scope.INPUT

    def __init__(self):
        super().__init__()
        self.seen = []

    def wrap_loss(self, loss):
        seen = self.seen

        class Noted(Hinge):
            def generator(self, fake, real):
                seen.append(tuple(fake.shape))
                return loss.generator(fake, real)

        return Noted()


def image_game(order):
    tricks = {
        "discriminator_ensemble": DiscriminatorEnsemble(count=2),
        "pacgan": PacGAN(2),
        "minibatch_discrimination": MinibatchDiscrimination(num_kernels=4, kernel_dim=2),
        "spectral_norm": SpectralNorm(),
        "diff_augment": DiffAugment(),
        "columns": Columns(),
    }
    torch.manual_seed(0)
    return Game(
        (3, 8, 8),
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8]),
        tiny,
        Hinge(),
        {name: tricks[name] for name in order},
    )


ORDER = ["discriminator_ensemble", "pacgan", "minibatch_discrimination", "spectral_norm", "diff_augment", "columns"]


@pytest.mark.parametrize("order", [ORDER, ORDER[::-1], ORDER[3:] + ORDER[:3]], ids=["forth", "back", "turned"])
def test_all_that_wraps_wraps_in_scope_order_whatever_the_order_of_the_configuration(order):
    game = image_game(order)
    assert [type(m).__name__ for m in game.discriminator.members] == ["Disturbed"] * 2
    packed = game.discriminator.members[0].discriminator
    assert type(packed).__name__ == "Packed"
    head = packed.discriminator.head
    assert nn.utils.parametrize.is_parametrized(head.linear, "weight")
    assert nn.utils.parametrize.is_parametrized(head.statistic.project, "weight")
    hand = Hand(torch.rand(8, 3, 8, 8) * 2 - 1, torch.randn(8, 3))
    for player in ("discriminator", "generator") * 2:
        optimizer = torch.optim.SGD(game.player(player).parameters(), lr=0.1)
        round = game.round(player, hand, game.generate(hand, graph=True), 0)
        assert round.fake_score.logits.shape == (4, 2)
        sum(game.terms(player, round).values()).backward()
        optimizer.step()
        game.after_step(player, round)
    assert game.tricks["columns"].seen == [(4, 1)] * 4
    assert all(p.grad is not None and p.isfinite().all() for p in game.parameters())


def test_the_state_survives_a_round_trip():
    one, other, image = image_game(ORDER), image_game(ORDER[::-1]), torch.randn(4, 3, 8, 8)
    with torch.no_grad():
        for p in one.parameters():
            p.add_(torch.randn_like(p))
    other.load_state_dict(one.state_dict())
    assert one.discriminator.eval()(image).logits.equal(other.discriminator.eval()(image).logits)

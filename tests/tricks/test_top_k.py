"""Top-k: which fakes teach the generator, how many of them, and when."""

import pytest
import torch

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.losses.wasserstein import Wasserstein
from gan_runner.networks import mlp
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.top_k import TopK
from gan_runner.types import Hand, Round

FAKE = torch.tensor([[3.0], [-1.0], [2.0], [0.0]])


class Relativistic(Wasserstein):
    needs_real = True

    def generator(self, fake, real):
        return (real - fake).mean()


def after_update(trick: TopK, player="generator") -> None:
    nothing = torch.nn.Identity(), torch.empty(0)
    module, tensor = nothing
    trick.after_step(player, Round(module, module, Hinge(), tensor, tensor, tensor, None, 0))


def at_least(**settings) -> TopK:
    """At the end of its schedule."""
    trick = TopK(decay=1e-9, interval=1, **settings)
    after_update(trick)
    return trick


@pytest.mark.parametrize(("least", "expected"), [(0.25, -3.0), (0.5, -2.5), (0.75, -5 / 3), (1.0, -1.0), (0.01, -3.0)])
def test_the_loss_of_the_best_by_hand(least, expected):
    loss = at_least(least=least).wrap_loss(Wasserstein())
    assert loss.generator(FAKE, None).item() == pytest.approx(expected)


def test_the_others_get_no_gradient():
    fake = FAKE.clone().requires_grad_()
    at_least().wrap_loss(Wasserstein()).generator(fake, None).backward()
    assert fake.grad.flatten().tolist() == [-0.5, 0, -0.5, 0]


def test_at_first_all_of_the_batch_teaches():
    loss = TopK().wrap_loss(NonSaturating())
    assert loss.generator(FAKE, None).equal(NonSaturating().generator(FAKE, None))


def test_the_discriminator_is_left_alone():
    loss = at_least().wrap_loss(Hinge())
    real = torch.randn(4, 1)
    assert loss.discriminator(real, FAKE).equal(Hinge().discriminator(real, FAKE))
    assert (loss.needs_real, loss.boundary, loss.is_critic) == (False, 0.0, False)
    assert at_least().wrap_loss(Wasserstein()).is_critic


def test_the_schedule_by_hand():
    trick, shares = TopK(least=0.6, decay=0.9, interval=2), []
    for _ in range(14):
        shares.append(trick.share)
        after_update(trick, "discriminator")  # must not count
        after_update(trick)
    powers = [1.0, 0.9, 0.81, 0.729, 0.6561, 0.6, 0.6]  # 0.9⁵ = 0.59
    assert shares == pytest.approx([power for power in powers for _ in range(2)])


def test_a_loss_that_compares_gets_the_reals_of_the_same_rows():
    loss = at_least().wrap_loss(Relativistic())
    real = torch.tensor([[10.0], [0.0], [20.0], [0.0]])
    assert loss.needs_real
    assert loss.generator(FAKE, real).item() == pytest.approx((7 + 18) / 2)


def test_patches_are_averaged_for_the_choice():
    fake = torch.zeros(2, 1, 2, 2)
    fake[0, 0, 0, 0], fake[1] = 10.0, 3.0  # means 2.5 and 3
    loss = at_least().wrap_loss(Wasserstein())
    assert loss.generator(fake, None).item() == -3.0


@pytest.mark.parametrize("order", [["top_k", "discriminator_ensemble"], ["discriminator_ensemble", "top_k"]])
def test_each_member_of_an_ensemble_has_its_own_best(order):
    tricks = {"top_k": at_least(), "discriminator_ensemble": DiscriminatorEnsemble(count=2, mode="mean")}
    game = Game(
        (2,),
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8]),
        lambda shape: mlp.Discriminator(shape, hidden=[8]),
        Wasserstein(),
        {name: tricks[name] for name in order},
    )
    columns = torch.cat([FAKE, FAKE.flip(0) * 2], dim=1)
    assert game.loss.generator(columns, None).item() == pytest.approx((-2.5 - 5.0) / 2)
    hand = Hand(torch.randn(4, 2), torch.randn(4, 3))
    game.after_step("generator", game.round("generator", hand, game.generate(hand, graph=True), 0))
    assert game.tricks["top_k"].updates == 2


def test_the_state_survives_a_round_trip():
    trick, other = TopK(interval=2, least=0.1), TopK(interval=2, least=0.1)
    for _ in range(5):
        after_update(trick)
    other.load_state_dict(trick.state_dict())
    assert other.updates == 5
    assert other.share == trick.share == pytest.approx(0.99**2)

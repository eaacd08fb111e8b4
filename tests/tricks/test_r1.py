"""R1 and R2: closed forms, their places (the reals, the fakes), their lazy rhythm."""

import pytest
import torch
from torch import nn

from fixtures.linear_discriminator import Linear
from gan_runner.game import Game
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.r1 import R1
from gan_runner.tricks.r2 import R2
from gan_runner.types import Hand, Round, Score

BOTH = pytest.mark.parametrize("penalty", [R1, R2])


class Quadratic(nn.Module):
    """D(x) = ‖x‖²/2, whose gradient is x."""

    def forward(self, image, label=None):
        flat = image.flatten(1)
        return Score(flat.square().sum(1, keepdim=True) / 2, flat)


def round_of(penalty: type, discriminator: nn.Module, image: torch.Tensor, label=None) -> Round:
    """`image` where the penalty should look, and something else where it should not."""
    real, fake = (image, torch.full_like(image, 100.0))[:: 1 if penalty is R1 else -1]
    return Round(nn.Identity(), discriminator, NonSaturating(), real, image, fake, label, step=0)


@BOTH
def test_half_gamma_times_the_squared_norm(penalty):
    for discriminator, expected in (
        (Linear([[3.0, -4.0]]), 25),
        (Linear([[3.0, -4.0], [0.0, 2.0]]), 25 + 4),  # members of an ensemble add up
        (Linear([[1.0, 2.0, 2.0, 4.0]], pack=2), 25),  # a packed pair has one norm
    ):
        term = penalty(gamma=0.2).discriminator_term(round_of(penalty, discriminator, torch.randn(6, 2)))
        assert term.item() == pytest.approx(0.1 * expected)


@BOTH
def test_it_is_taken_at_its_own_side(penalty):
    image = torch.tensor([[[[1.0, 2.0], [2.0, 4.0]]], [[[0.0, 0.0], [0.0, 1.0]]]])  # squared norms 25 and 1
    assert penalty(gamma=10).discriminator_term(round_of(penalty, Quadratic(), image)).item() == pytest.approx(5 * 13)


@BOTH
def test_its_gradient_reaches_the_weight(penalty):
    discriminator = Linear([[3.0, -4.0]])
    penalty(gamma=10).discriminator_term(round_of(penalty, discriminator, torch.randn(6, 2))).backward()
    torch.testing.assert_close(discriminator.weight.grad, 10 * torch.tensor([[3.0, -4.0]]))  # γ/2 · 2 w


@BOTH
def test_against_a_loop_over_samples_with_labels(penalty):
    torch.manual_seed(0)
    discriminator = dcgan.Discriminator((3, 8, 16), num_classes=3, width=4, norm="layer")
    image, label = torch.randn(4, 3, 8, 16), torch.tensor([0, 2, 1, 0])
    expected = torch.zeros(())
    for x, y in zip(image, label, strict=True):
        (slope,) = torch.autograd.functional.jacobian(lambda x, y=y: discriminator(x[None], y[None]).logits[0], x)
        expected += slope.pow(2).sum() / 4
    term = penalty(gamma=2).discriminator_term(round_of(penalty, discriminator, image, label))
    torch.testing.assert_close(term, expected, rtol=1e-4, atol=0)


@BOTH
def test_autocast_changes_nothing(penalty):
    torch.manual_seed(0)
    discriminator, image = dcgan.Discriminator((1, 16, 16), width=4, norm="layer"), torch.randn(4, 1, 16, 16)
    expected = penalty().discriminator_term(round_of(penalty, discriminator, image))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert penalty().discriminator_term(round_of(penalty, discriminator, image)).equal(expected)


@BOTH
def test_lazily_it_counts_for_the_updates_it_skipped(penalty):
    torch.manual_seed(0)
    trick = penalty(gamma=1, every=16)
    game = Game((2,), lambda s: mlp.Generator(s, 3, hidden=[8]), lambda s: Linear([[3.0, -4.0]]), NonSaturating(),
                {"it": trick})  # fmt: skip
    hand = Hand(torch.randn(4, 2), torch.randn(4, 3))
    fake = game.generate(hand, graph=False)
    for step in range(34):
        terms = game.terms("discriminator", game.round("discriminator", hand, fake, step))
        assert ("it" in terms) == (step in (0, 16, 32))
        assert terms.get("it", torch.tensor(200.0)).item() == pytest.approx(16 * 12.5)

"""R1: closed forms, its place (the reals), its lazy rhythm."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.non_saturating import NonSaturating
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.r1 import R1
from gan_runner.types import Hand, Round, Score


class Linear(nn.Module):
    """D(x) = W x, a row of W for each member of an ensemble; m samples side by side where they are packed."""

    def __init__(self, weight: list[list[float]], pack: int = 1):
        super().__init__()
        self.weight, self.pack = nn.Parameter(torch.tensor(weight)), pack

    def forward(self, image, label=None):
        flat = image.reshape(len(image) // self.pack, -1)
        return Score(flat @ self.weight.T, flat)


class Quadratic(nn.Module):
    """D(x) = ‖x‖²/2, whose gradient is x."""

    def forward(self, image, label=None):
        flat = image.flatten(1)
        return Score(flat.square().sum(1, keepdim=True) / 2, flat)


def round_of(discriminator: nn.Module, image: torch.Tensor, label=None) -> Round:
    """Reals that are `image`, and fakes that are not."""
    fake = torch.full_like(image, 100.0)
    return Round(nn.Identity(), discriminator, NonSaturating(), image, image, fake, label, step=0)


def test_half_gamma_times_the_squared_norm():
    for discriminator, expected in (
        (Linear([[3.0, -4.0]]), 25),
        (Linear([[3.0, -4.0], [0.0, 2.0]]), 25 + 4),  # members of an ensemble add up
        (Linear([[1.0, 2.0, 2.0, 4.0]], pack=2), 25),  # a packed pair has one norm
    ):
        term = R1(gamma=0.2).discriminator_term(round_of(discriminator, torch.randn(6, 2)))
        assert term.item() == pytest.approx(0.1 * expected)


def test_it_is_taken_at_the_reals():
    image = torch.tensor([[[[1.0, 2.0], [2.0, 4.0]]], [[[0.0, 0.0], [0.0, 1.0]]]])  # squared norms 25 and 1
    assert R1(gamma=10).discriminator_term(round_of(Quadratic(), image)).item() == pytest.approx(5 * 13)


def test_its_gradient_reaches_the_weight():
    discriminator = Linear([[3.0, -4.0]])
    R1(gamma=10).discriminator_term(round_of(discriminator, torch.randn(6, 2))).backward()
    torch.testing.assert_close(discriminator.weight.grad, 10 * torch.tensor([[3.0, -4.0]]))  # γ/2 · 2 w


def test_against_a_loop_over_samples_with_labels():
    torch.manual_seed(0)
    discriminator = dcgan.Discriminator((3, 8, 16), num_classes=3, width=4, norm="layer")
    image, label = torch.randn(4, 3, 8, 16), torch.tensor([0, 2, 1, 0])
    expected = torch.zeros(())
    for x, y in zip(image, label, strict=True):
        (slope,) = torch.autograd.functional.jacobian(lambda x, y=y: discriminator(x[None], y[None]).logits[0], x)
        expected += slope.pow(2).sum() / 4
    term = R1(gamma=2).discriminator_term(round_of(discriminator, image, label))
    torch.testing.assert_close(term, expected, rtol=1e-4, atol=0)


def test_autocast_changes_nothing():
    torch.manual_seed(0)
    discriminator, image = dcgan.Discriminator((1, 16, 16), width=4, norm="layer"), torch.randn(4, 1, 16, 16)
    expected = R1().discriminator_term(round_of(discriminator, image))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert R1().discriminator_term(round_of(discriminator, image)).equal(expected)


def test_lazily_it_counts_for_the_updates_it_skipped():
    torch.manual_seed(0)
    trick = R1(gamma=1, every=16)
    game = Game((2,), lambda s: mlp.Generator(s, 3, hidden=[8]), lambda s: Linear([[3.0, -4.0]]), NonSaturating(),
                {"r1": trick})  # fmt: skip
    hand = Hand(torch.randn(4, 2), torch.randn(4, 3))
    fake = game.generate(hand, graph=False)
    for step in range(34):
        terms = game.terms("discriminator", game.round("discriminator", hand, fake, step))
        assert ("r1" in terms) == (step in (0, 16, 32))
        assert terms.get("r1", torch.tensor(200.0)).item() == pytest.approx(16 * 12.5)


def test_batch_norm_is_refused():
    def game(norm: str) -> Game:
        return Game(
            (1, 16, 16),
            lambda shape: dcgan.Generator(shape, latent_dim=3, width=4),
            lambda shape: dcgan.Discriminator(shape, width=4, norm=norm),
            NonSaturating(),
            {"r1": R1()},
        )

    with pytest.raises(ValueError, match=r"tricks\.r1 .*network\.discriminator\.norm=layer"):
        game("batch")
    game("layer")

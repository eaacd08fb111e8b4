"""PacGAN: what is packed with what, the shapes it makes, what it refuses."""

import pytest
import torch
from torch import nn

from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.pacgan import PacGAN
from gan_runner.types import Hand, Score


class Echo(nn.Module):
    """Answers with what it saw, and remembers the shape it was made for."""

    def __init__(self, shape):
        super().__init__()
        self.shape = shape

    def forward(self, image, label=None):
        return Score(image, image)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_neighbours_are_packed_on_channels(m):
    image = torch.randn(6, 3, 4, 5)
    packed = PacGAN(m).wrap_discriminator(Echo)((3, 4, 5))
    out = packed(image).logits
    assert packed.discriminator.shape == (3 * m, 4, 5)
    assert out.shape == (6 // m, 3 * m, 4, 5)
    for pack in range(6 // m):
        assert out[pack].equal(torch.cat([image[pack * m + i] for i in range(m)]))


def test_points_are_packed_on_coordinates():
    packed = PacGAN(2).wrap_discriminator(Echo)((2,))
    assert packed.discriminator.shape == (4,)
    out = packed(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]])).logits
    assert out.tolist() == [[1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.parametrize("network", ["mlp", "dcgan"])
def test_only_the_first_layer_grows(network):
    make = {
        "mlp": lambda shape: mlp.Discriminator(shape, hidden=[16]),
        "dcgan": lambda shape: dcgan.Discriminator(shape, width=4),
    }[network]
    plain, packed = make((3, 8, 8)), PacGAN(3).wrap_discriminator(make)((3, 8, 8))
    first, *rest = (p.numel() for p in plain.parameters())
    packed_first, *packed_rest = (p.numel() for p in packed.parameters())
    grown = {"mlp": 2 * 3 * 64 * 16, "dcgan": 2 * 3 * 16 * 4}[network]
    assert (packed_first - first, packed_rest) == (grown, rest)
    score = packed(torch.randn(6, 3, 8, 8), torch.zeros(6, dtype=torch.long))
    assert score.logits.shape == (2, 1)
    assert len(score.features) == 2


def test_every_sample_of_a_pack_gets_a_gradient():
    image = torch.randn(4, 2, requires_grad=True)
    packed = PacGAN(2).wrap_discriminator(mlp.Discriminator)((2,))
    packed(image).logits[0].sum().backward()
    assert image.grad[:2].all()
    assert not image.grad[2:].any()  # the other pack


def test_a_batch_it_does_not_divide_is_refused():
    packed = PacGAN(4).wrap_discriminator(Echo)((2,))
    with pytest.raises(
        ValueError, match=r"data\.batch_size=10 must be divisible by tricks\.pacgan\.m=4.*the nearest is 8"
    ):
        packed(torch.randn(10, 2))


def new_game(num_classes):
    return Game(
        (2,),
        lambda shape: mlp.Generator(shape, latent_dim=3, hidden=[8], num_classes=num_classes),
        lambda shape: mlp.Discriminator(shape, hidden=[8], num_classes=num_classes),
        Hinge(),
        {"pacgan": PacGAN()},
    )


def test_a_conditional_game_is_refused():
    with pytest.raises(ValueError, match=r"tricks\.pacgan .* network\.conditional=false"):
        new_game(num_classes=3)


def test_a_game_is_played_on_packs():
    game = new_game(num_classes=None)
    hand = Hand(torch.randn(6, 2), torch.randn(6, 3), torch.zeros(6, dtype=torch.long))
    round = game.round("discriminator", hand, game.generate(hand, graph=True), 0)
    assert round.real_score.logits.shape == round.fake_score.logits.shape == (3, 1)
    assert game.terms("discriminator", round)["adversarial"].isfinite()

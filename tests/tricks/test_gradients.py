"""The gradient at the discriminator's input: linear discriminators, whose gradient is their weight."""

import pytest
import torch
from torch import nn

from fixtures.linear_discriminator import Linear
from gan_runner.game import Game
from gan_runner.losses.hinge import Hinge
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.dragan import DRAGAN
from gan_runner.tricks.gradient_penalty import GradientPenalty
from gan_runner.tricks.gradients import between, input_gradients
from gan_runner.tricks.r1 import R1
from gan_runner.tricks.r2 import R2
from gan_runner.types import Score


class Patches(nn.Module):
    """(B, 1, h, w) logits: twice each value of the first channel."""

    def forward(self, image, label=None):
        return Score(2 * image[:, :1], image.flatten(1))


class Coupled(nn.Module):
    """Each logit sees the batch's mean."""

    def forward(self, image, label=None):
        return Score((image * image.mean(0)).sum(1, keepdim=True), image)


def test_the_gradient_of_a_linear_discriminator_is_its_weight():
    weight = torch.tensor([[3.0, -4.0]])
    assert input_gradients(Linear(weight), torch.randn(5, 2), None).tolist() == [[[3.0, -4.0]] * 5]


def test_images_are_one_row_each():
    weight = torch.randn(1, 3 * 4 * 4)
    gradients = input_gradients(Linear(weight), torch.randn(5, 3, 4, 4), None)
    torch.testing.assert_close(gradients, weight.expand(1, 5, 48))


def test_members_of_an_ensemble_keep_their_own():
    weight = torch.randn(3, 2)
    gradients = input_gradients(Linear(weight), torch.randn(5, 2), None)
    torch.testing.assert_close(gradients, weight[:, None].expand(3, 5, 2))


def test_packed_samples_share_a_row():
    weight = torch.randn(1, 4)  # two points of two coordinates
    gradients = input_gradients(Linear(weight, pack=2), torch.randn(6, 2), None)
    torch.testing.assert_close(gradients, weight.expand(1, 3, 4))


def test_patches_are_summed():
    gradients = input_gradients(Patches(), torch.randn(5, 2, 3, 3), None)
    assert gradients.shape == (1, 5, 18)
    assert (gradients[0, :, :9] == 2).all()
    assert (gradients[0, :, 9:] == 0).all()


def test_coupled_samples_answer_for_their_influence_on_others():
    image = torch.randn(5, 2)
    # Σᵢ xᵢ · m with m = Σⱼ xⱼ / 5 has the gradient 2 m at each sample.
    torch.testing.assert_close(input_gradients(Coupled(), image, None), 2 * image.mean(0).expand(1, 5, 2))


def test_the_image_is_left_alone_and_the_parameters_stay_in_the_graph():
    discriminator, image = Linear(torch.tensor([[3.0, -4.0]])), torch.randn(5, 2, requires_grad=True)
    input_gradients(discriminator, image, None).square().sum().backward()
    assert image.grad is None
    assert discriminator.weight.grad.tolist() == [[2 * 5 * 3.0, 2 * 5 * -4.0]]


def test_the_label_reaches_a_conditional_discriminator():
    torch.manual_seed(0)
    discriminator, image = mlp.Discriminator((2,), num_classes=3, hidden=[8], activation="tanh"), torch.randn(1, 2)
    one, other = (input_gradients(discriminator, image, torch.tensor([label])) for label in (0, 1))
    assert not torch.allclose(one, other)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        (lambda shape: mlp.Discriminator(shape, hidden=[8]), (2,)),
        (lambda shape: dcgan.Discriminator(shape, width=4, norm="layer"), (3, 16, 16)),
    ],
    ids=["mlp", "dcgan"],
)
def test_autocast_changes_nothing(network, shape):
    torch.manual_seed(0)
    discriminator, image = network(shape), torch.randn(4, *shape)
    expected = input_gradients(discriminator, image, None)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert discriminator(image).logits.dtype is torch.bfloat16  # what autocast would have made of it
        gradients = input_gradients(discriminator, image, None)
    assert gradients.dtype is torch.float32
    assert gradients.equal(expected)
    gradients.square().sum().backward()
    assert all(p.grad.dtype is torch.float32 for p in discriminator.parameters() if p.grad is not None)


def test_points_between_lie_on_the_line_at_one_place_per_sample():
    torch.manual_seed(0)
    real, fake = torch.randn(64, 3, 4, 4), torch.randn(64, 3, 4, 4)
    a = ((between(real, fake) - real) / (fake - real)).flatten(1)
    torch.testing.assert_close(a, a.mean(1, keepdim=True).expand_as(a), rtol=1e-2, atol=1e-2)
    places = a.median(1).values
    assert places.min() >= 0
    assert places.max() <= 1
    assert places.std().item() == pytest.approx(12**-0.5, rel=0.15)  # a uniform's


def game_with(norm: str, **penalty: torch.nn.Module) -> Game:
    return Game(
        (1, 16, 16),
        lambda shape: dcgan.Generator(shape, latent_dim=3, width=4),  # its own BatchNorm does no harm
        lambda shape: dcgan.Discriminator(shape, width=4, norm=norm),
        Hinge(),
        penalty,
    )


@pytest.mark.parametrize(
    ("name", "penalty"), [("gradient_penalty", GradientPenalty), ("dragan", DRAGAN), ("r1", R1), ("r2", R2)]
)
def test_every_penalty_refuses_batch_norm_in_one_sentence(name, penalty):
    words = rf"tricks\.{name} .*whole batch.*network\.discriminator\.norm=layer"
    with pytest.raises(ValueError, match=words) as told:
        game_with("batch", **{name: penalty()})
    assert "\n" not in str(told.value)
    game_with("layer", **{name: penalty()})
    game_with("none", **{name: penalty()})

"""Finite differences against the gradient, and that nothing but x changes between the two passes."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from fixtures.linear_discriminator import Linear
from gan_runner.layers.disturbed import Disturbed
from gan_runner.networks import dcgan, mlp
from gan_runner.tricks.finite_differences import differences
from gan_runner.tricks.gradients import input_gradients
from gan_runner.types import Score

MANY = 20_000


class Patches(nn.Module):
    """(B, 1, h, w) logits: twice each value of the first channel."""

    def forward(self, image, label=None):
        return Score(2 * image[:, :1], image.flatten(1))


def smooth_dcgan(shape: tuple[int, ...]) -> nn.Module:
    """Without kinks: where a step crosses one, weights change the difference as they do not change the gradient."""
    discriminator = dcgan.Discriminator(shape, num_classes=3, width=4, norm="layer")
    for block in discriminator.body:
        block[-1] = nn.Softplus(beta=3)
    return discriminator


def steps(image: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """The ε that `differences` draws first."""
    torch.manual_seed(seed)
    drawn = torch.randn_like(image)
    torch.manual_seed(seed)
    return drawn


@pytest.mark.parametrize("known", [True, False])
def test_a_linear_discriminator_changes_by_its_weight_times_the_step(known):
    weight, image = torch.tensor([[3.0, -4.0], [0.0, 2.0]]), torch.randn(5, 2)  # an ensemble of two
    discriminator, drawn = Linear(weight), steps(image)
    found = differences(discriminator, image, None, 0.01, discriminator(image).logits if known else None)
    torch.testing.assert_close(found, weight @ drawn.T, rtol=0, atol=2e-3)


def test_packed_samples_share_a_row_and_patches_are_summed():
    weight, image = torch.randn(1, 4), torch.randn(6, 2)
    drawn = steps(image)
    found = differences(Linear(weight, pack=2), image, None, 0.01)
    torch.testing.assert_close(found, weight @ drawn.reshape(3, 4).T, rtol=0, atol=2e-3)
    image = torch.randn(5, 2, 3, 3)
    drawn = steps(image)
    found = differences(Patches(), image, None, 0.01)
    torch.testing.assert_close(found, 2 * drawn[:, 0].flatten(1).sum(1)[None], rtol=0, atol=2e-3)


@pytest.mark.parametrize(
    ("network", "shape", "count"),
    [
        (lambda shape: mlp.Discriminator(shape, num_classes=3, hidden=[8], activation="tanh"), (2,), MANY),
        (smooth_dcgan, (1, 8, 8), MANY // 4),
    ],
    ids=["mlp", "dcgan"],
)
def test_its_square_and_what_that_teaches_are_expected_to_be_those_of_the_gradient(network, shape, count):
    torch.manual_seed(0)
    discriminator = network(shape)
    image = torch.randn(2, *shape).repeat(count, *[1] * len(shape))
    label = torch.tensor([0, 2]).repeat(count)
    penalties = (
        input_gradients(discriminator, image[:2], label[:2]).square().sum(2).mean(),
        differences(discriminator, image, label, 0.01, discriminator(image, label).logits).square().mean(),
    )
    torch.testing.assert_close(*penalties, rtol=0.03, atol=0)
    exact, found = (torch.autograd.grad(one, [*discriminator.parameters()], allow_unused=True) for one in penalties)
    both = [(a.flatten(), b.flatten()) for a, b in zip(exact, found, strict=True) if a is not None]
    exact, found = (torch.cat(one) for one in zip(*both, strict=True))
    assert (found - exact).norm() < 0.1 * exact.norm()


def test_both_passes_draw_alike_and_the_stream_goes_on_by_one():
    weight, image = torch.tensor([[3.0, -4.0]]), torch.randn(64, 2)
    behind = Disturbed(nn.Identity(), lambda image: image + torch.randn_like(image))
    behind.discriminator = Linear(weight)
    drawn = steps(image)
    found = differences(behind, image, None, 0.01)
    torch.testing.assert_close(found, weight @ drawn.T, rtol=0, atol=2e-3)
    after = torch.get_rng_state()
    steps(image), torch.randn_like(image), torch.randn_like(image)  # ε, and what one pass draws
    assert torch.get_rng_state().equal(after)


def test_both_passes_leave_out_the_same_units():
    torch.manual_seed(0)
    discriminator, image = mlp.Discriminator((2,), hidden=[16, 16], dropout=0.5), torch.randn(64, 2)
    assert differences(discriminator, image, None, 0.01).abs().max() < 10  # two masks: differences / 0.01


def test_both_passes_have_the_weights_of_one_turn_of_spectral_norm():
    torch.manual_seed(0)
    discriminator, image = mlp.Discriminator((2,), hidden=[64, 64]), torch.randn(64, 2)
    for module in discriminator.modules():
        if isinstance(module, nn.Linear):
            spectral_norm(module)
            with torch.no_grad():
                module.parametrizations.weight.original.normal_()  # the next turns change σ by much
    assert differences(discriminator, image, None, 0.01).abs().max() < 10


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
    steps(image)
    expected = differences(discriminator, image, None, 0.01)
    steps(image)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        known = discriminator(image).logits.float()
        steps(image)
        found = differences(discriminator, image, None, 0.01, known)  # rounded, and so not taken
    assert found.equal(expected)
    found.square().sum().backward()
    assert all(p.grad.dtype is torch.float32 for p in discriminator.parameters() if p.grad is not None)


def test_the_image_is_left_alone():
    image = torch.randn(5, 2, requires_grad=True)
    differences(Linear(torch.tensor([[3.0, -4.0]])), image, None, 0.01).square().sum().backward()
    assert image.grad is None


def test_it_is_one_graph_to_a_compiler():
    torch.manual_seed(0)
    discriminator, image = mlp.Discriminator((2,), hidden=[8]), torch.randn(8, 2)

    def penalty(image: torch.Tensor) -> torch.Tensor:
        return differences(discriminator, image, None, 0.01, discriminator(image).logits).square().mean()

    steps(image)
    expected = penalty(image)
    steps(image)
    torch.testing.assert_close(torch.compile(penalty, backend="eager", fullgraph=True)(image), expected)

"""Instance noise: its strength, its annealing, its silence in evaluation."""

import pytest
import torch
from torch import nn

from gan_runner.losses.hinge import Hinge
from gan_runner.tricks.instance_noise import InstanceNoise
from gan_runner.types import Round, Score


class Echo(nn.Module):
    """Answers with what it saw."""

    def forward(self, image, label=None):
        return Score(image, image)


def after_batch(trick: InstanceNoise, step: int, player="discriminator") -> None:
    nothing = torch.empty(0)
    trick.after_step(player, Round(nn.Identity(), nn.Identity(), Hinge(), nothing, nothing, nothing, None, step))


def seen(trick: InstanceNoise, image: torch.Tensor) -> torch.Tensor:
    return trick.wrap_discriminator(lambda shape: Echo())(image.shape[1:])(image).logits


def test_noise_has_the_given_strength_and_is_fresh_each_time():
    torch.manual_seed(0)
    trick, image = InstanceNoise(std=0.3), torch.full((64, 3, 16, 16), 0.5)
    first, second = seen(trick, image), seen(trick, image)
    assert first.mean().item() == pytest.approx(0.5, abs=0.005)
    assert first.std().item() == pytest.approx(0.3, rel=0.02)
    assert not first.equal(second)


def test_annealing_is_linear_in_batches_and_ends():
    trick = InstanceNoise(std=0.4, anneal=10)
    sigmas = []
    for step in range(12):
        sigmas.append(trick.sigma)
        after_batch(trick, step, "generator")  # only the discriminator's moves count
        after_batch(trick, step)
    assert sigmas == pytest.approx([0.4 * max(0, 1 - step / 10) for step in range(12)])
    image = torch.randn(2, 1, 4, 4)
    assert seen(trick, image) is image


def test_null_keeps_it_constant():
    trick = InstanceNoise(std=0.4, anneal=None)
    after_batch(trick, 10**6)
    assert trick.sigma == 0.4


def test_off_in_evaluation():
    discriminator = InstanceNoise(std=1.0).wrap_discriminator(lambda shape: Echo())((1, 4, 4))
    image = torch.randn(2, 1, 4, 4)
    assert not discriminator(image).logits.equal(image)
    assert discriminator.eval()(image).logits.equal(image)


def test_the_gradient_passes_through():
    image = torch.randn(2, 1, 4, 4, requires_grad=True)
    seen(InstanceNoise(std=1.0), image).sum().backward()
    assert image.grad.equal(torch.ones_like(image))


def test_the_state_survives_a_round_trip():
    trick, other = InstanceNoise(std=0.4, anneal=10), InstanceNoise(std=0.4, anneal=10)
    after_batch(trick, 4)
    other.load_state_dict(trick.state_dict())
    assert other.sigma == trick.sigma == pytest.approx(0.2)

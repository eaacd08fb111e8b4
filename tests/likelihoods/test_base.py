"""What all likelihoods share: the range they read, float32 whatever the precision, the least nats there are."""

import math

import pytest
import torch
from torch import Tensor, nn

from gan_runner.likelihoods.base import FLOOR, Likelihood
from gan_runner.likelihoods.bernoulli import Bernoulli
from gan_runner.likelihoods.gaussian import Gaussian
from gan_runner.likelihoods.laplace import Laplace

SHAPE = (1, 4, 4)
IMAGES = [Bernoulli(SHAPE), Gaussian(SHAPE), Gaussian(SHAPE, "learned"), Laplace(SHAPE, 0.2)]


def pictures(count: int = 5) -> Tensor:
    return torch.rand(count, *SHAPE, generator=torch.Generator().manual_seed(0)) * 2 - 1


def perfect(likelihood: Likelihood, real: Tensor) -> Tensor:
    """The output that expects exactly these images."""
    return ((real.double() + 1) / 2).logit(1e-9).float()


@pytest.mark.parametrize("likelihood", IMAGES, ids=lambda one: one.name)
def test_the_expected_image_is_the_sigmoid_in_the_range_of_images(likelihood: Likelihood) -> None:
    output = torch.linspace(-9, 9, 16).reshape(1, *SHAPE)
    torch.testing.assert_close(likelihood.mean(output), 2 * torch.sigmoid(output) - 1)


@pytest.mark.parametrize("likelihood", IMAGES, ids=lambda one: one.name)
def test_a_perfect_reconstruction_has_no_excess_and_any_other_has_some(likelihood: Likelihood) -> None:
    real = pictures()
    best = likelihood.excess(perfect(likelihood, real), real)
    torch.testing.assert_close(best, torch.zeros(5), atol=2e-4, rtol=0)
    other = likelihood.excess(perfect(likelihood, real).roll(1, 0), real)
    assert (other > 0.01).all()


@pytest.mark.parametrize("likelihood", IMAGES, ids=lambda one: one.name)
def test_nats_are_of_each_sample_and_their_excess_differs_by_what_the_output_cannot_change(
    likelihood: Likelihood,
) -> None:
    real = pictures()
    one, two = torch.randn(5, *SHAPE), torch.randn(5, *SHAPE)
    assert likelihood.nats(one, real).shape == (5,)
    gap = likelihood.nats(one, real) - likelihood.nats(two, real)
    torch.testing.assert_close(gap, likelihood.excess(one, real) - likelihood.excess(two, real), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("likelihood", IMAGES, ids=lambda one: one.name)
def test_nats_are_float32_under_any_precision(likelihood: Likelihood) -> None:
    real = pictures()
    output = torch.full((5, *SHAPE), 20.0)  # a sigmoid in bfloat16 is 1 here, and its cross-entropy infinite or 100
    with torch.autocast("cpu", dtype=torch.bfloat16):
        low = likelihood.nats(output.bfloat16(), real)
    assert low.dtype == torch.float32
    torch.testing.assert_close(low, likelihood.nats(output, real))


def test_points_are_taken_as_they_are_but_by_a_bernoulli() -> None:
    points = torch.tensor([[3.0, -4.0]])
    for likelihood in (Gaussian((2,)), Laplace((2,))):
        torch.testing.assert_close(likelihood.mean(points), points)
        torch.testing.assert_close(likelihood.excess(points, points), torch.zeros(1))
    with pytest.raises(ValueError, match=r"likelihood=bernoulli is of pixels .* set likelihood=gaussian or"):
        Bernoulli((2,))


@pytest.mark.parametrize("kind", [Gaussian, Laplace])
def test_a_learned_spread_finds_that_of_the_data_and_stops_at_its_floor(kind: type[Likelihood]) -> None:
    for spread, found in ((0.05, 0.05), (0.0, FLOOR)):
        likelihood = kind((1000,), "learned")  # points, which sigmoids do not bend
        real = torch.randn(8, 1000, generator=torch.Generator().manual_seed(0)) * spread
        moving = torch.optim.Adam(likelihood.parameters(), 0.05)
        for _ in range(500):
            moving.zero_grad()
            likelihood.nats(torch.zeros_like(real), real).mean().backward()
            moving.step()
        (told,) = likelihood.figures().values()
        expected = found * (math.sqrt(2 / math.pi) if kind is Laplace and spread else 1)
        assert float(told) == pytest.approx(expected, rel=0.1)


def test_a_given_spread_is_not_moved_nor_told() -> None:
    likelihood: nn.Module = Gaussian(SHAPE, 0.1)
    assert not list(likelihood.parameters())
    assert not likelihood.state_dict()

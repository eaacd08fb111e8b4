"""Priors: their moments, their truncation, their seeds, walks through them."""

import math

import pytest
import torch

from gan_runner.latents import Gaussian, Uniform, walk


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("prior", [Gaussian(7), Uniform(7)])
@pytest.mark.parametrize("truncation", [None, 0.5])
def test_shape_dtype_and_seed(prior, truncation):
    first = prior.sample(5, truncation=truncation, generator=seeded())
    assert first.shape == (5, 7)
    assert first.dtype == torch.float32
    assert first.equal(prior.sample(5, truncation=truncation, generator=seeded()))
    assert not first.equal(prior.sample(5, truncation=truncation, generator=seeded(1)))


def test_a_generator_of_its_own_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    Gaussian(3).sample(4, generator=seeded())
    assert torch.get_rng_state().equal(before)


def test_gaussian_moments():
    z = Gaussian(50).sample(20_000, generator=seeded())
    assert z.mean().item() == pytest.approx(0, abs=0.005)
    assert z.std().item() == pytest.approx(1, abs=0.005)


@pytest.mark.parametrize("t", [0.05, 0.5, 1.0, 2.0, 6.0])
def test_truncated_gaussian_is_the_conditional_distribution(t):
    z = Gaussian(50).sample(20_000, truncation=t, generator=seeded()).double()
    assert z.abs().max() <= t * (1 + 1e-6)
    # Var[z | |z| <= t] = 1 − 2tφ(t)/(2Φ(t) − 1)
    density = math.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)
    variance = 1 - 2 * t * density / math.erf(t / math.sqrt(2))
    assert z.mean().item() == pytest.approx(0, abs=0.01 * t)
    assert z.var().item() == pytest.approx(variance, rel=0.01)


def test_uniform_moments():
    z = Uniform(50).sample(20_000, generator=seeded())
    assert z.min() >= -1
    assert z.max() <= 1
    assert z.mean().item() == pytest.approx(0, abs=0.005)
    assert z.var().item() == pytest.approx(1 / 3, rel=0.01)


def test_uniform_truncation_narrows_and_never_widens():
    assert Uniform(50).sample(1000, truncation=0.2, generator=seeded()).abs().max() <= 0.2
    assert Uniform(50).sample(1000, truncation=3.0, generator=seeded()).abs().max() <= 1.0


def test_a_walk_is_closed_and_keeps_the_length_of_its_anchors():
    anchors = torch.nn.functional.normalize(torch.randn(4, 32), dim=1) * 5
    path = walk(anchors, 64, spherical=True)
    torch.testing.assert_close(path[::16], anchors)
    torch.testing.assert_close(path.norm(dim=1), torch.full((64,), 5.0))
    steps = (path.roll(-1, 0) - path).norm(dim=1)
    assert steps.max() < 1.0  # the last step, back to the start, included
    straight = walk(anchors, 64, spherical=False)
    torch.testing.assert_close(straight[8], (anchors[0] + anchors[1]) / 2)
    assert straight.norm(dim=1).min() < 4.5


@pytest.mark.parametrize("b", [1.0, -1.0, 2.0])
def test_a_walk_between_parallel_anchors_is_straight(b):
    path = walk(torch.tensor([[1.0], [b], [1.0]]), 6, spherical=True)
    assert path.isfinite().all()
    assert path[1].item() == pytest.approx((1 + b) / 2)


def test_an_open_walk_begins_at_the_first_anchor_and_ends_at_the_last() -> None:
    anchors = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    for spherical in (False, True):
        path = walk(anchors, 9, spherical=spherical, closed=False)
        torch.testing.assert_close(path[[0, 4, 8]], anchors)
    torch.testing.assert_close(walk(anchors, 9, spherical=False, closed=False)[2], (anchors[0] + anchors[1]) / 2)
    torch.testing.assert_close(walk(anchors, 1, spherical=False, closed=False), anchors[:1])

"""Priors: their moments, their truncation, their seeds, walks through them."""

import math

import pytest
import torch

from gan_runner.latents import Gaussian, GaussianMixture, SwissRoll, Uniform, drawn, inverse_erf, kl, walk


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("prior", [Gaussian(8), Uniform(8), GaussianMixture(8), SwissRoll(8)])
@pytest.mark.parametrize("truncation", [None, 0.5])
def test_shape_dtype_and_seed(prior, truncation):
    first = prior.sample(5, truncation=truncation, generator=seeded())
    assert first.shape == (5, 8)
    assert first.dtype == torch.float32
    assert first.equal(prior.sample(5, truncation=truncation, generator=seeded()))
    assert not first.equal(prior.sample(5, truncation=truncation, generator=seeded(1)))


def test_a_generator_of_its_own_leaves_the_global_one_alone():
    before = torch.get_rng_state()
    Gaussian(3).sample(4, generator=seeded())
    assert torch.get_rng_state().equal(before)


@pytest.mark.parametrize("truncation", [None, 0.7])
@pytest.mark.parametrize("prior", [Gaussian(100), Gaussian(2), Uniform(100), SwissRoll()])
def test_of_one_seed_a_multiple_of_16_latents_begins_a_larger_draw(prior, truncation):
    few, many = (
        prior.sample(count, truncation=truncation, generator=torch.Generator().manual_seed(0)) for count in (16, 50)
    )
    assert torch.equal(few, many[:16])


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


@pytest.mark.parametrize("t", [0.05, 0.5, 1.0, 2.0, 6.0])
def test_latents_drawn_in_are_distributed_as_truncated_ones(t):
    z = Gaussian(5).sample(20_000, generator=seeded())
    near = Gaussian(5).within(z, torch.tensor(t))
    tail = torch.special.ndtr(torch.tensor(-t).double())
    wanted = torch.special.ndtri(tail + torch.special.ndtr(z.double()) * (1 - 2 * tail))  # as `sample` does it
    assert near.abs().max() <= t
    assert (near.abs() <= z.abs()).all()
    torch.testing.assert_close(near.double(), wanted, atol=1e-2 if t > 4 else 1e-5, rtol=0)


@pytest.mark.parametrize("prior", [Gaussian(8), Uniform(8), SwissRoll(8)])
def test_nothing_is_drawn_in_of_the_whole_prior(prior):
    z = prior.sample(100, generator=seeded())
    assert prior.within(z, torch.tensor(torch.inf)).equal(z)


@pytest.mark.parametrize("prior", [Uniform(8), SwissRoll(8)])
def test_latents_drawn_in_are_those_of_the_same_seed(prior):
    z, truncated = (prior.sample(100, truncation=t, generator=seeded()) for t in (None, 0.3))
    torch.testing.assert_close(prior.within(z, torch.tensor(0.3)), truncated, atol=1e-5, rtol=0)


def test_the_inverse_of_the_error_function():
    share = torch.linspace(0, 1, 100_001)
    found, wanted = inverse_erf(share), torch.erfinv(share)
    torch.testing.assert_close(found[:-1], wanted[:-1], atol=1e-6, rtol=1e-6)
    assert 3.5 < found[-1] < 5.5


def test_uniform_moments():
    z = Uniform(50).sample(20_000, generator=seeded())
    assert z.min() >= -1
    assert z.max() <= 1
    assert z.mean().item() == pytest.approx(0, abs=0.005)
    assert z.var().item() == pytest.approx(1 / 3, rel=0.01)


def test_uniform_truncation_narrows_and_never_widens():
    assert Uniform(50).sample(1000, truncation=0.2, generator=seeded()).abs().max() <= 0.2
    assert Uniform(50).sample(1000, truncation=3.0, generator=seeded()).abs().max() <= 1.0


def test_the_mixture_is_a_wheel_of_ten_spokes():
    """Turned back by their spoke's angle, points are about (1.4, 0), .5 outwards and .1 across; spokes are even."""
    z = GaussianMixture(4).sample(20_000, generator=seeded()).double().reshape(-1, 2)
    spoke = (torch.atan2(z[:, 1], z[:, 0]) / (math.pi / 5)).round()
    clear = z.norm(dim=1) > 0.6  # nearer to the middle spokes run into one another
    shares = torch.bincount(spoke[clear].long() % 10, minlength=10) / clear.sum()
    assert (shares - 0.1).abs().max() < 0.01
    back = torch.view_as_complex(z) * torch.polar(torch.ones_like(spoke), -spoke * math.pi / 5)
    assert back.imag[clear].std().item() == pytest.approx(0.1, rel=0.03)
    # Of N(1.4, .5²) above .6, that is 1.6 deviations below: the mean and the deviation of a normal that is cut off.
    hazard = math.exp(-(1.6**2) / 2) / math.sqrt(2 * math.pi) / (0.5 * (1 + math.erf(1.6 / math.sqrt(2))))
    assert back.real[clear].mean().item() == pytest.approx(1.4 + 0.5 * hazard, rel=0.01)
    assert back.real[clear].std().item() == pytest.approx(0.5 * math.sqrt(1 - 1.6 * hazard - hazard**2), rel=0.02)


def test_pairs_of_coordinates_are_independent():
    for prior in (GaussianMixture(4), SwissRoll(4)):
        z = prior.sample(20_000, generator=seeded())
        assert torch.corrcoef(z.T)[:2, 2:].abs().max() < 0.03
        radii = z.reshape(-1, 2, 2).norm(dim=2)
        assert torch.corrcoef(radii.T)[0, 1].abs() < 0.03


def test_a_truncated_mixture_stays_near_the_middles_of_its_spokes():
    z = GaussianMixture(2).sample(5000, truncation=0.5, generator=seeded())
    middles = 1.4 * torch.polar(torch.ones(10), torch.arange(10) * math.pi / 5)
    distance = (torch.view_as_complex(z)[:, None] - middles).abs().min(dim=1).values
    assert distance.max() <= math.hypot(0.25, 0.05) + 1e-5
    assert distance.max() > 0.2


def test_the_swiss_roll_is_a_line_rolled_up_twice():
    z = SwissRoll(2).sample(20_000, generator=seeded()).double()
    s = z.norm(dim=1) / 3
    line = torch.stack([(4 * math.pi * s).cos(), (4 * math.pi * s).sin()], dim=1) * 3 * s[:, None]
    torch.testing.assert_close(z, line, atol=1e-4, rtol=0)
    assert s.min() >= 0
    assert s.max() <= 1
    assert s.square().mean().item() == pytest.approx(1 / 2, abs=0.01)  # s² is even in [0, 1]
    assert s.square().var().item() == pytest.approx(1 / 12, rel=0.02)
    middle = SwissRoll(2).sample(1000, truncation=0.5, generator=seeded()).norm(dim=1) / 3
    assert 0.25 - 1e-5 <= middle.square().min() < middle.square().max() <= 0.75 + 1e-5


def test_a_path_keeps_to_the_roll():
    prior = SwissRoll(4)
    anchors = prior.sample(3, generator=seeded())
    path = prior.path(anchors, 30).double()
    assert path.shape == (30, 4)
    torch.testing.assert_close(path[::10].float(), anchors, atol=1e-4, rtol=0)
    s = path.reshape(-1, 2).norm(dim=1) / 3
    line = torch.stack([(4 * math.pi * s).cos(), (4 * math.pi * s).sin()], dim=1) * 3 * s[:, None]
    torch.testing.assert_close(path.reshape(-1, 2), line, atol=1e-4, rtol=0)


def test_a_path_goes_around_the_wheel():
    prior = GaussianMixture(4)
    anchors = 1.4 * torch.tensor([[1.0, 0, 0, 1], [0, 1, -1, 0], [-0.6, 0.8, 0.8, 0.6]])
    path = prior.path(anchors, 24)
    torch.testing.assert_close(path[::8], anchors)
    torch.testing.assert_close(path.reshape(-1, 2).norm(dim=1), torch.full((48,), 1.4))


@pytest.mark.parametrize("prior", [GaussianMixture, SwissRoll])
def test_a_plane_has_two_coordinates(prior):
    with pytest.raises(ValueError, match=r"latent_dim=7 must be even, 8 say"):
        prior(7)


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


def test_the_kl_and_a_draw_are_those_of_a_normal_distribution() -> None:
    mean, log_variance, noise = torch.randn(3, 4, 5, generator=seeded()).unbind(0)
    normal = torch.distributions.Normal(mean, (log_variance / 2).exp())
    told = torch.distributions.kl_divergence(normal, torch.distributions.Normal(0.0, 1.0))
    torch.testing.assert_close(kl(mean, log_variance), told)
    torch.testing.assert_close(drawn(noise, mean, log_variance), mean + normal.stddev * noise)

"""MMD by a Gaussian kernel: loops over pairs, ties, the bandwidth."""

import math

import numpy as np
import pytest
import torch

from gan_runner.metrics import base
from gan_runner.metrics.rbf_mmd import RbfMMD, median_distance


def measured(real, fake, **settings) -> float:
    metric = RbfMMD(**settings)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    (found,) = metric.compute().values()
    return found.item()


def clouds(n=40, m=40, size=5, shift=0.5):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n, size, generator=generator), torch.randn(m, size, generator=generator) + shift


def by_loops(x: np.ndarray, y: np.ndarray, sigma: float, biased: bool) -> float:
    def mean(a, b, same):
        pairs = [(i, j) for i in range(len(a)) for j in range(len(b)) if biased or not same or i != j]
        return np.mean([math.exp(-(((a[i] - b[j]) ** 2).sum()) / (2 * sigma**2)) for i, j in pairs])

    return mean(x, x, True) + mean(y, y, True) - 2 * mean(x, y, False)


@pytest.mark.parametrize("biased", [False, True])
@pytest.mark.parametrize("far", [0, 1e4])
@pytest.mark.parametrize("elements", [2**24, 100])
def test_against_loops_whatever_the_chunks(monkeypatch, biased, far, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    real, fake = (samples + far for samples in clouds())
    expected = by_loops(real.double().numpy(), fake.double().numpy(), 2.0, biased)
    assert measured(real, fake, bandwidth=2.0, biased=biased, scale=3.0) == pytest.approx(3 * expected, rel=1e-6)


def test_the_bandwidth_is_the_median_distance_between_reals():
    real, fake = clouds()
    points = real.double().numpy()
    each = [np.linalg.norm(points[i] - points[j]) for i in range(40) for j in range(i)]
    sigma = float(np.sort(each)[(len(each) - 1) // 2])
    assert median_distance(real.double()) == pytest.approx(sigma, rel=1e-9)
    assert measured(real, fake) == pytest.approx(measured(real, fake, bandwidth=sigma), rel=1e-6)
    metric = RbfMMD()
    for shift in (0, 50):  # whatever it is compared with
        metric.reset()
        metric.update(real, real=True)
        metric.update(fake + shift, real=False)
        metric.compute()
        assert metric.beside == {"rbf_mmd": f"σ {sigma:.4g}, the median distance between reals"}


def test_equal_sets_and_equal_distributions():
    real, _ = clouds()
    x = real.double().numpy()
    within = by_loops(x, x + 1e9, 2.0, False) / 2  # nothing lies across
    assert measured(real, real, bandwidth=2.0, biased=True) == pytest.approx(0, abs=1e-12)
    assert measured(real, real, bandwidth=2.0) == pytest.approx(-2 * (1 - within) / 40, rel=1e-6)
    drawn = torch.randn(40, 2, 60, 3, generator=torch.Generator().manual_seed(0))
    found = torch.tensor([measured(a, b) for a, b in drawn])
    assert abs(found.mean()) < 4 * found.std() / 40**0.5  # no bias
    assert found.min() < 0


def test_it_sees_what_means_and_covariances_do_not():
    generator = torch.Generator().manual_seed(0)
    normal = torch.randn(400, 1, generator=generator)
    signs = torch.randint(0, 2, (400, 1), generator=generator) * 2.0 - 1  # of mean 0 and variance 1
    assert measured(normal, signs) > 0.05 > 20 * abs(measured(normal, torch.randn(400, 1, generator=generator)))


def test_where_half_of_the_reals_are_equal_there_is_no_bandwidth():
    real = torch.cat([torch.zeros(30, 3), torch.ones(10, 3)])
    assert math.isnan(measured(real, clouds(size=3)[1]))
    assert "metrics.rbf_mmd.bandwidth=1" in (RbfMMD().reason("rbf_mmd") or "")
    assert math.isfinite(measured(real, clouds(size=3)[1], bandwidth=1.0))
    assert RbfMMD(bandwidth=1.0).reason("rbf_mmd") is None


def test_two_samples_do_and_more_features_than_samples():
    real, fake = clouds(2, 2, 300)
    expected = by_loops(real.double().numpy(), fake.double().numpy(), 20.0, False)
    assert measured(real, fake, bandwidth=20.0) == pytest.approx(expected, rel=1e-6)
    with pytest.raises(ValueError, match="RbfMMD needs 2 samples or more"):
        measured(real[:1], fake)


def test_as_many_of_either_are_compared():
    real, fake = clouds(30, 50)
    assert measured(real, fake, bandwidth=1.0) == measured(real, fake[:30], bandwidth=1.0)
    assert measured(fake, real, bandwidth=1.0) == measured(fake[:30], real, bandwidth=1.0)

"""CMMD: the published code's formula by numpy, and what it comes to."""

import numpy as np
import pytest
import torch

from gan_runner.metrics.cmmd import CMMD
from gan_runner.metrics.rbf_mmd import RbfMMD


def measured(metric, real, fake) -> float:
    metric.update(real, real=True)
    metric.update(fake, real=False)
    (found,) = metric.compute().values()
    return found.item()


def features(count=50, size=20, shift=0.3):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(count, size, generator=generator), torch.randn(count, size, generator=generator) + shift


def published(x: np.ndarray, y: np.ndarray) -> float:
    """Products of matrices and squared lengths, means over all entries, diagonals included."""
    x, y = (samples / np.linalg.norm(samples, axis=1, keepdims=True) for samples in (x, y))

    def kernel(a, b):
        return np.exp(-((a**2).sum(1)[:, None] + (b**2).sum(1)[None] - 2 * a @ b.T) / (2 * 10**2)).mean()

    return 1000 * (kernel(x, x) + kernel(y, y) - 2 * kernel(x, y))


def test_against_the_published_formula():
    real, fake = features()
    expected = published(real.double().numpy(), fake.double().numpy())
    assert measured(CMMD(), real, fake) == pytest.approx(expected, rel=1e-6)
    settings = RbfMMD(bandwidth=10.0, scale=1000.0, biased=True, unit_length=True)
    assert measured(settings, real, fake) == pytest.approx(expected, rel=1e-6)


def test_it_is_nearly_ten_times_the_squared_distance_of_the_means():
    real, fake = features()
    means = [torch.nn.functional.normalize(samples.double()).mean(0) for samples in (real, fake)]
    assert measured(CMMD(), real, fake) == pytest.approx(10 * (means[0] - means[1]).square().sum().item(), rel=0.02)


def test_what_the_biased_estimate_leaves_of_equal_distributions():
    real, fake = features(400, shift=0.0)
    unit = [torch.nn.functional.normalize(samples.double()) for samples in (real, fake)]
    left = 1000 / (10**2 * 400) * torch.cdist(*unit).square().mean().item()
    assert measured(CMMD(), real, fake) == pytest.approx(left, rel=0.25)
    assert measured(CMMD(), real, real) == pytest.approx(0, abs=1e-9)

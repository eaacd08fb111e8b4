"""KID: a loop over pairs, the mean over repetitions, its own random numbers."""

import math

import pytest
import torch

from gan_runner.metrics.kid import KID, mmd2


def measured(real, fake, **settings) -> dict[str, float]:
    metric = KID(**settings)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


def test_mmd_by_a_loop():
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(7, 3, generator=generator), torch.randn(7, 3, generator=generator) + 1

    def k(a, b):
        return (float(a.double() @ b.double()) / 3 + 1) ** 3

    pairs = [(i, j) for i in range(7) for j in range(7) if i != j]
    within = sum(k(x[i], x[j]) + k(y[i], y[j]) for i, j in pairs) / 42
    across = sum(k(a, b) for a in x for b in y) / 49
    assert mmd2(x, y).item() == pytest.approx(within - 2 * across, rel=1e-5)


def test_with_all_samples_every_subset_is_the_whole():
    x, y = torch.randn(9, 4), torch.randn(9, 4)
    found = measured(x, y, subsets=5)
    assert found["kid"] == pytest.approx(mmd2(x, y).item(), rel=1e-4)
    assert math.isnan(found["kid_std"])  # of one subset; metric.reasons says so
    assert "subset_size" in KID.reasons["kid_std"]


def test_no_bias_and_the_spread_of_subsets():
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(2000, 8, generator=generator) for _ in range(2))
    same = measured(x, y, subsets=60, subset_size=100)
    assert abs(same["kid"]) < 3 * same["kid_std"] / 60**0.5 + 0.005
    values = [mmd2(x[i : i + 100], y[i : i + 100]).item() for i in range(0, 2000, 100)]
    assert same["kid_std"] == pytest.approx(torch.tensor(values).std().item(), rel=0.5)
    assert measured(x, y + 0.5, subsets=60, subset_size=100)["kid"] > 10 * abs(same["kid"])


def test_it_draws_from_its_seed_and_not_from_the_runs_numbers():
    x, y = torch.randn(50, 3), torch.randn(50, 3)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = measured(x, y, subset_size=10)
    assert torch.rand(1).equal(expected)
    assert measured(x, y, subset_size=10) == first
    assert measured(x, y, subset_size=10, seed=1) != first

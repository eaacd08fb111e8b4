"""KID: a loop over pairs, the mean over repetitions, its own random numbers."""

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


@pytest.mark.parametrize("count", [4, 40])
def test_of_no_more_than_a_subset_halves_are_drawn(count):
    """All of them would be the same subset each time, and no spread."""
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(count, 4, generator=generator), torch.randn(count, 4, generator=generator) + 1
    found = measured(x, y, subsets=4000, subset_size=count)
    assert found["kid_std"] > 0
    assert found["kid"] == pytest.approx(mmd2(x, y).item(), abs=5 * found["kid_std"] / 4000**0.5)


def test_reals_and_fakes_come_in_subsets_of_one_size(monkeypatch):
    sizes = set()

    def noting(x, y):
        sizes.add((len(x), len(y)))
        return mmd2(x, y)

    monkeypatch.setattr("gan_runner.metrics.kid.mmd2", noting)
    measured(torch.randn(40, 4), torch.randn(400, 4), subsets=2, subset_size=20)
    measured(torch.randn(40, 4), torch.randn(400, 4), subsets=2, subset_size=1000)
    assert sizes == {(20, 20)}


def test_three_samples_have_no_halves():
    with pytest.raises(ValueError, match="KID needs 4 samples or more"):
        measured(torch.randn(3, 2), torch.randn(9, 2))


def test_no_bias_and_the_spread_of_subsets():
    generator = torch.Generator().manual_seed(0)
    x, y = (torch.randn(2000, 8, generator=generator) for _ in range(2))
    same = measured(x, y, subsets=60, subset_size=100)
    assert abs(same["kid"]) < 3 * same["kid_std"] / 60**0.5 + 0.005
    values = [mmd2(x[i : i + 100], y[i : i + 100]).item() for i in range(0, 2000, 100)]
    assert same["kid_std"] == pytest.approx(torch.tensor(values).std().item(), rel=0.5)
    assert measured(x, y + 0.5, subsets=60, subset_size=100)["kid"] > 10 * abs(same["kid"])


def test_the_reals_in_the_place_of_the_fakes_are_below_0_and_not_by_chance():
    """Across, each meets itself: of n samples 2 / n times the difference between others and itself."""
    x = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    k = (x.double() @ x.double().T / 5 + 1) ** 3
    itself, others = k.diagonal().mean(), (k.sum() - k.diagonal().sum()) / (60 * 59)
    assert mmd2(x, x).item() == pytest.approx(2 / 60 * (others - itself).item(), rel=1e-5)
    found = measured(x, x, subset_size=30)
    assert found["kid"] < -3 * found["kid_std"] / 100**0.5


def test_copies_of_one_sample_spread_in_nothing():
    real = torch.randn(60, 5, generator=torch.Generator().manual_seed(0))
    found = measured(real, real[:1].expand(60, -1))
    assert found["kid"] > 0
    assert measured(real[:1].expand(60, -1), real[:1].expand(60, -1)) == {"kid": 0, "kid_std": 0}


def test_it_draws_from_its_seed_and_not_from_the_runs_numbers():
    x, y = torch.randn(50, 3), torch.randn(50, 3)
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    first = measured(x, y, subset_size=10)
    assert torch.rand(1).equal(expected)
    assert measured(x, y, subset_size=10) == first
    assert measured(x, y, subset_size=10, seed=1) != first

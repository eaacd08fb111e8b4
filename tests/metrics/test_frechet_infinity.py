"""Fréchet at infinity: the published formula by numpy and scikit-learn, clouds whose distance is known, few samples."""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression

from gan_runner.metrics import frechet_infinity
from gan_runner.metrics.frechet import frechet
from gan_runner.metrics.frechet_infinity import FrechetInfinity, fitted, sizes_to, smallest


def measured(real, fake, **settings) -> tuple[float, float]:
    metric = FrechetInfinity(**settings)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    found = metric.compute()
    return tuple(found[name].item() for name in metric.gives)


def clouds(count, size=8, shift=0.0, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, size, generator=generator), torch.randn(count, size, generator=generator) + shift


def by_eigenvalues(a: np.ndarray, b: np.ndarray) -> float:
    """As dgm-eval and torch-fidelity have it: the roots of the eigenvalues of Σ₁Σ₂."""
    one, other = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = np.sqrt(np.linalg.eigvals(one @ other).astype(complex)).real.sum()
    return float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(one) + np.trace(other) - 2 * root)


@pytest.mark.parametrize("whole", [True, False])
def test_against_the_published_formula_on_the_same_draws(monkeypatch, whole):
    """Fifteen sizes at regular intervals, a regression on 1/n, its prediction at 0 (dgm-eval, compute_FD_infinity)."""
    drawn = []
    monkeypatch.setattr(frechet_infinity, "frechet", lambda a, b: drawn.append((a, b)) or frechet(a, b))
    real, fake = clouds(400, shift=0.3)
    found, error = measured(real, fake, whole_reals=whole)
    sizes = np.linspace(min(5000, max(len(fake) // 10, 2)), len(fake), 15).round().astype(int)
    assert [len(b) for _, b in drawn] == sizes.tolist()
    assert {len(a) for a, _ in drawn} == ({400} if whole else {*sizes.tolist()})
    values = np.array([by_eigenvalues(a.double().numpy(), b.double().numpy()) for a, b in drawn])
    line = LinearRegression().fit(1 / sizes.reshape(-1, 1), values)
    assert found == pytest.approx(line.predict([[0.0]])[0], rel=1e-6)
    # the standard error by the normal equations
    design = np.stack([np.ones(15), 1 / sizes], axis=1)
    left = values - line.predict(1 / sizes.reshape(-1, 1))
    expected = math.sqrt((left @ left) / 13 * np.linalg.inv(design.T @ design)[0, 0])
    assert error == pytest.approx(expected, rel=1e-6)


def test_a_line_is_found_exactly():
    line = fitted([0.1, 0.2, 0.4], [1.2, 1.4, 1.8])
    assert line.intercept == pytest.approx(1)
    assert line.error == pytest.approx(0, abs=1e-7)
    assert fitted([0.1, 0.2, 0.3], [1.0, 1.3, 1.0]).error == pytest.approx(
        math.sqrt(0.06 * (1 / 3 + 0.04 / 0.02))  # residuals ∓.1, .2, one degree of freedom
    )


def test_the_bias_of_few_samples_goes():
    """Of Gaussians: 0 where they agree, |μ|² where they are shifted, at numbers whose plain distance is far off."""
    found = [measured(*clouds(500, 32, seed=seed))[0] for seed in range(8)]
    plain = [frechet(*clouds(500, 32, seed=seed)).item() for seed in range(8)]
    assert np.mean(plain) > 1
    assert abs(np.mean(found)) < 0.15
    shifted = [measured(*clouds(500, 32, shift=0.5, seed=seed))[0] for seed in range(8)]
    assert np.mean(shifted) == pytest.approx(32 * 0.25, abs=0.4)


def test_the_bias_of_the_reals_stays_where_all_of_them_are_taken():
    whole = np.mean([measured(*clouds(500, 32, seed=seed), whole_reals=True)[0] for seed in range(4)])
    assert whole > 0.3


def test_sizes_lie_above_the_number_of_features_where_they_can():
    assert smallest(50_000, 2048) == 5000  # as published
    assert smallest(2500, 64) == 250
    assert smallest(500, 64) == 128
    assert smallest(180, 128) == 90
    assert sizes_to(4, 8, 15) == [2, 3, 4]
    assert len(sizes_to(2500, 64, 15)) == 15
    assert FrechetInfinity().trusted(64) == 128


@pytest.mark.parametrize("count", [2, 3])
def test_too_few_for_a_line_say_why(count):
    real, fake = clouds(count, 2)
    assert all(map(math.isnan, measured(real, fake)))
    assert "no line through 3 sizes" in FrechetInfinity.reasons["frechet_infinity"]


def test_equal_sets_come_near_0_and_more_samples_than_reals_are_drawn_of():
    real, _ = clouds(400, 4)
    found, error = measured(real, real)
    assert abs(found) < 5 * error + 0.02
    more, _ = measured(real, clouds(4000, 4, seed=3)[0])
    assert abs(more) < 0.1


def test_it_draws_by_its_seed_and_says_what_it_drew():
    real, fake = clouds(60)
    assert measured(real, fake) == measured(real, fake) != measured(real, fake, seed=1)
    metric = FrechetInfinity()
    metric.update(real, real=True)
    metric.update(fake, real=False)
    metric.compute()
    assert metric.beside == {"frechet_infinity": "by a line through 15 sizes from 16 to 60"}


def test_of_fewer_samples_than_features_there_is_a_figure_that_chooses_no_state():
    found, error = measured(*clouds(20, 64))
    assert math.isfinite(found)
    assert error > 0
    assert FrechetInfinity().trusted(64) > 20

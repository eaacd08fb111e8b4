"""Fréchet distance: known Gaussians, scipy's matrix root, torchmetrics."""

import numpy as np
import pytest
import scipy.linalg
import torch
from torch import nn
from torchmetrics.image.fid import FrechetInceptionDistance

from gan_runner.metrics.frechet import Cloud, Frechet, frechet, overlap_of_few, overlap_of_many


def clouds(count=300, size=6) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    a, b = torch.randn(count, size, generator=generator), torch.randn(count + 50, size, generator=generator)
    return a @ torch.randn(size, size, generator=generator), b * 2 + 1


def test_against_scipys_matrix_root():
    real, fake = clouds()
    metric = Frechet()
    for part in fake.split(100):
        metric.update(part, real=False)
    metric.update(real, real=True)
    a, b = real.double().numpy(), fake.double().numpy()
    covariances = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert metric.compute()["frechet"].item() == pytest.approx(expected, rel=1e-5)


def test_against_torchmetrics():
    real, fake = clouds()
    net = nn.Identity()
    net.num_features = real.shape[1]
    other = FrechetInceptionDistance(feature=net, normalize=True)
    other.update(real, real=True)
    other.update(fake, real=False)
    assert frechet(real.double(), fake.double()).item() == pytest.approx(other.compute().item(), rel=1e-5)


def test_a_shift_and_a_scale_by_hand():
    real = clouds()[0].double()
    assert frechet(real, real).item() == pytest.approx(0, abs=1e-9)
    assert frechet(real, real + 2).item() == pytest.approx(4 * 6)  # |μ₁ − μ₂|²
    # Σ₂ = 9 Σ₁ about the same mean: tr Σ (1 + 9 − 2·3)
    mean = real.mean(0)
    assert frechet(real, mean + 3 * (real - mean)).item() == pytest.approx(4 * torch.cov(real.T).trace().item())


def by_eigenvalues(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """tr (Σ₁ Σ₂)^½ as that of (Σ₁^½ Σ₂ Σ₁^½)^½, whose symmetric argument has real eigenvalues."""
    covariances = [torch.atleast_2d(torch.cov(samples.T)) for samples in (a, b)]
    value, vector = torch.linalg.eigh(covariances[0])
    root = vector * value.clamp_min(0).sqrt() @ vector.T
    overlap = torch.linalg.eigvalsh(root @ covariances[1] @ root).clamp_min(0).sqrt().sum()
    means = (a.mean(0) - b.mean(0)).square().sum()
    return means + covariances[0].trace() + covariances[1].trace() - 2 * overlap


@pytest.mark.filterwarnings("ignore:Matrix is singular")
@pytest.mark.parametrize(("count", "size"), [(300, 6), (300, 40), (41, 40), (40, 40), (30, 40), (2, 40)])
def test_against_eigenvalues_and_scipy_whichever_there_are_more_of(count, size):
    a, b = (samples.double() for samples in clouds(count, size))
    covariances = [np.cov(samples.numpy(), rowvar=False) for samples in (a, b)]
    root = scipy.linalg.sqrtm(covariances[0] @ covariances[1]).real
    means = (a.mean(0) - b.mean(0)).square().sum().item()
    by_scipy = means + np.trace(covariances[0] + covariances[1] - 2 * root)
    tolerance = 1e-9 if count > size else 1e-5  # their roots of noise around 0
    assert frechet(a, b).item() == pytest.approx(by_eigenvalues(a, b).item(), rel=tolerance)
    assert frechet(a, b).item() == pytest.approx(by_scipy, rel=tolerance * 10)
    assert frechet(a, b).item() == pytest.approx(frechet(b, a).item(), rel=1e-9)


def test_nearly_equal_sets_of_few_samples_are_told_apart():
    a = torch.randn(20, 200, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    b = a + 1e-4 * torch.randn(20, 200, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
    # ‖A − B Q‖² is least where A and B have one row for another: here d² is that of the samples but for the mean.
    least = (a - b).square().sum().item() / 19
    assert 0 < frechet(a, b).item() <= least
    assert frechet(a, b).item() == pytest.approx(least, rel=0.1)


@pytest.mark.parametrize("wider", [1e-2, 1e-4])
@pytest.mark.parametrize(("count", "size"), [(600, 20), (20, 200)])
def test_nearly_equal_sets_are_as_far_apart_as_by_hand(count, size, wider):
    """Σ₂ = (1 + ε)² Σ₁ about the same mean: ε² tr Σ₁."""
    a = torch.randn(count, size, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    b = a.mean(0) + (1 + wider) * (a - a.mean(0))
    assert frechet(a, b).item() == pytest.approx(wider**2 * a.var(0).sum().item(), rel=1e-4)
    assert frechet(a, a.clone()).item() == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("count", "size"), [(300, 6), (60, 40), (30, 40)])
def test_both_ways_agree(count, size):
    a, b = (samples.double() for samples in clouds(count, size))
    tolerance = 1e-9 if count > size else 1e-5
    assert overlap_of_few(a, b).item() == pytest.approx(overlap_of_many(Cloud(a), Cloud(b)).item(), rel=tolerance)


def test_it_trusts_as_many_reals_as_there_are_features():
    assert (Frechet().trusted(64), Frechet().trusted(2048)) == (100, 2048)


def test_fewer_samples_than_features_and_a_single_feature():
    few = torch.randn(5, 20, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    assert frechet(few, few).item() == pytest.approx(0, abs=1e-6)
    assert frechet(few[:, :1], few[:, :1] + 1).item() == pytest.approx(1)

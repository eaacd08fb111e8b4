"""Precision, recall, density, coverage: the papers' sums as loops, and cases with known answers."""

import numpy as np
import pytest
import torch

from gan_runner.metrics import base
from gan_runner.metrics.prdc import PRDC


def measured(real, fake, k=5) -> dict[str, float]:
    metric = PRDC(k=k)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


def by_loops(real: np.ndarray, fake: np.ndarray, k: int) -> dict[str, float]:
    def radius(samples, i):
        return np.sort(np.linalg.norm(np.delete(samples, i, 0) - samples[i], axis=1))[k - 1]

    real_radius = [radius(real, i) for i in range(len(real))]
    fake_radius = [radius(fake, j) for j in range(len(fake))]
    inside = [[np.linalg.norm(x - y) <= r for y in fake] for x, r in zip(real, real_radius, strict=True)]
    reached = [[np.linalg.norm(x - y) <= r for y, r in zip(fake, fake_radius, strict=True)] for x in real]
    return {
        "precision": np.mean([any(row[j] for row in inside) for j in range(len(fake))]),
        "recall": np.mean([any(row) for row in reached]),
        "density": np.sum(inside) / (k * len(fake)),
        "coverage": np.mean([any(row) for row in inside]),
    }


@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("elements", [2**24, 100])
def test_against_loops_whatever_the_chunks(monkeypatch, k, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(41, 3, generator=generator), torch.randn(29, 3, generator=generator) * 0.7 + 0.5
    expected = by_loops(real.double().numpy(), fake.double().numpy(), k)
    assert measured(real, fake, k) == pytest.approx(expected, rel=1e-6)
    assert len(set(expected.values())) > 2  # a case that tells them apart


def test_the_same_distribution_and_collapse():
    generator = torch.Generator().manual_seed(0)
    real, same = (torch.randn(800, 4, generator=generator) for _ in range(2))
    found = measured(real, same)
    assert found["precision"] > 0.85
    assert found["recall"] > 0.85
    assert found["density"] == pytest.approx(1, abs=0.1)
    assert found["coverage"] == pytest.approx(1 - 2**-5, abs=0.03)  # Naeem et al. 2020: 1 − 2⁻ᵏ
    collapsed = measured(real, real[:1].expand(800, -1) + 1e-3 * torch.randn(800, 4, generator=generator))
    assert collapsed["precision"] == 1
    assert collapsed["recall"] < 0.01
    assert collapsed["coverage"] < 0.05


def test_fakes_elsewhere():
    real = torch.randn(50, 4)
    assert measured(real, real + 100) == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match=r"metrics\.prdc\.k=5 needs more than 5 samples.*4 fakes"):
        measured(torch.randn(9, 2), torch.randn(4, 2))

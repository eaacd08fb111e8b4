"""Diversity: scipy's distances, and collapse of three kinds."""

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist, pdist

from gan_runner.metrics import base
from gan_runner.metrics.diversity import Diversity


def measured(real, fake, **settings) -> dict[str, float]:
    metric = Diversity(**settings)
    metric.update(real, real=True)
    metric.update(fake, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


@pytest.mark.parametrize("elements", [2**24, 100])
def test_against_scipy_at_equal_counts(monkeypatch, elements):
    monkeypatch.setattr(base, "ELEMENTS", elements)
    generator = torch.Generator().manual_seed(0)
    real, fake = torch.randn(40, 3, generator=generator), torch.randn(60, 3, generator=generator) * 0.5
    found = measured(real, fake, quantile=0.25)
    a, b = real.double().numpy(), fake[:40].double().numpy()
    near = [(cdist(x, x) + np.diag([np.inf] * 40)).min(1) for x in (a, b)]
    assert found["diversity"] == pytest.approx(pdist(b).mean() / pdist(a).mean(), rel=1e-5)
    assert found["diversity_nearest"] == pytest.approx(near[1].mean() / near[0].mean(), rel=1e-5)
    assert found["duplicates"] == pytest.approx(np.mean(near[1] <= np.sort(near[0])[9]))


def test_as_various_as_the_reals():
    generator = torch.Generator().manual_seed(0)
    real, same = (torch.randn(1000, 4, generator=generator) for _ in range(2))
    found = measured(real, same)
    assert found["diversity"] == pytest.approx(1, abs=0.05)
    assert found["diversity_nearest"] == pytest.approx(1, abs=0.05)
    assert found["duplicates"] == pytest.approx(0.01, abs=0.015)


def test_one_image_again_and_again():
    real = torch.randn(100, 4)
    found = measured(real, real[:1].expand(100, -1).clone())
    assert found == {"diversity": pytest.approx(0, abs=1e-6), "diversity_nearest": 0, "duplicates": 1}


def test_twins_that_the_mean_distance_does_not_see():
    generator = torch.Generator().manual_seed(0)
    real, once = torch.randn(200, 4, generator=generator), torch.randn(100, 4, generator=generator)
    found = measured(real, once.repeat(2, 1))
    assert found["diversity"] > 0.9
    assert found["diversity_nearest"] == 0
    assert found["duplicates"] == 1

"""Vendi score: the published code's formula by numpy, sets whose score is known, orders, zeros, few samples."""

import math

import numpy as np
import pytest
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.evaluation.judge import Judge
from gan_runner.metrics.vendi import Vendi, spectrum


def measured(fake, **settings) -> float:
    metric = Vendi(**settings)
    metric.update(fake, real=False)
    return metric.compute()["vendi"].item()


def published(x: np.ndarray, q=1.0) -> float:
    """By the eigenvalues of the N × N similarities (vendi-score, dgm-eval)."""
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    p = np.linalg.eigvalsh(x @ x.T / len(x))
    p = p[p > 1e-12]
    if q == 1:
        return float(np.exp(-(p * np.log(p)).sum()))
    if q == math.inf:
        return float(1 / p.max())
    return float(np.exp(np.log((p**q).sum()) / (1 - q)))


def samples(count=30, size=6):
    return torch.randn(count, size, generator=torch.Generator().manual_seed(0)) + 0.5


@pytest.mark.parametrize("q", [0.1, 0.5, 1.0, 2.0, 5.0, math.inf])
@pytest.mark.parametrize(("count", "size"), [(30, 6), (6, 30), (1, 4), (7, 1)])
def test_against_the_published_formula(count, size, q):
    found = samples(count, size)
    assert measured(found, q=q) == pytest.approx(published(found.double().numpy(), q), rel=1e-6)


@pytest.mark.parametrize("q", [0.0, 0.5, 1.0, 3.0, math.inf])
def test_sets_whose_score_is_known(q):
    assert measured(torch.ones(9, 3), q=q) == pytest.approx(1)
    assert measured(torch.eye(7), q=q) == pytest.approx(7)
    assert measured(torch.eye(7).repeat(5, 1) * 3, q=q) == pytest.approx(7)  # copies, each as often; lengths count not


def test_orders_see_rare_samples_differently():
    mostly = torch.cat([torch.eye(4)[:1].repeat(97, 1), torch.eye(4)[1:]])
    share = np.array([0.97, 0.01, 0.01, 0.01])
    expected = {0: 4, 1: np.exp(-(share * np.log(share)).sum()), 2: 1 / (share**2).sum(), math.inf: 1 / 0.97}
    found = {q: measured(mostly, q=float(q)) for q in expected}
    assert found == pytest.approx(expected)
    assert sorted(found.values(), reverse=True) == [*found.values()]


def test_features_of_zeros_are_a_direction_of_their_own():
    mixed = torch.cat([torch.zeros(5, 3), torch.tensor([[2.0, 0, 0]]).repeat(5, 1)])
    assert spectrum(mixed).tolist() == pytest.approx([0.5, 0.5])
    assert measured(mixed) == pytest.approx(2)
    assert measured(torch.zeros(4, 3)) == pytest.approx(1)
    tiny = torch.tensor([[1e-30, 0.0], [0.0, 1e30]])  # whose squares float32 does not hold
    assert measured(tiny) == pytest.approx(2)


def test_held_out_reals_are_its_control():
    data = Gaussians(layout="ring", num_samples=400)
    report = Judge({"vendi": Vendi()}).judge(lambda n: (torch.tensor([[1.0, 0.0]]).repeat(n, 1), None), data, 300)
    assert report.scalars["vendi/points/300"] == pytest.approx(1)
    assert report.scalars["vendi/points/300/real"] == pytest.approx(2, abs=0.01)  # two dimensions

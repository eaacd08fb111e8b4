"""KL and JS by numpy and scipy, and by hand."""

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.stats
import torch

from gan_runner.web.divergences import CELLS, EPSILON, Histogram

BOX = (-1.0, -2.0, 3.0)
"""x from -1 to 2, y from -2 to 1."""


def shares(points: torch.Tensor) -> np.ndarray:
    """By numpy's histogram; what lies beside the box is one cell more."""
    x, y, side = BOX
    counts, _, _ = np.histogram2d(
        *points.double().numpy().T, bins=CELLS, range=[[x, x + side], [y, y + side]]
    )  # fmt: skip
    flat = np.append(counts.T.flatten(), len(points) - counts.sum()) / len(points) + EPSILON
    return flat / flat.sum()


def test_both_are_those_of_scipy() -> None:
    draws = torch.Generator().manual_seed(0)
    reals = torch.randn(4000, 2, generator=draws) * 0.4
    fakes = torch.randn(2500, 2, generator=draws) * 0.7 + 0.3
    found = Histogram(reals, BOX).divergences(fakes)
    p, q = shares(reals), shares(fakes)
    assert found["kl"] == pytest.approx(scipy.stats.entropy(p, q, base=2), rel=1e-9)
    assert found["js"] == pytest.approx(scipy.spatial.distance.jensenshannon(p, q, base=2) ** 2, rel=1e-9)


def test_the_same_points_are_no_way_off_and_others_nearly_one_bit() -> None:
    reals = torch.rand(1000, 2)
    assert Histogram(reals, BOX).divergences(reals) == {"kl": 0.0, "js": 0.0}
    far = Histogram(reals, BOX).divergences(reals - 1)
    assert 0.7 < far["js"] <= 1
    assert far["kl"] > 4


def test_what_lies_beside_the_box_or_is_not_finite_counts_once_more() -> None:
    beside = torch.tensor([[5.0, 0.0], [0.0, 5.0], [-9.0, -9.0], [torch.nan, 0.0], [torch.inf, 0.0], [2.0, 0.0]])
    found = Histogram(torch.zeros(1, 2), BOX).shares(beside)
    assert found.shape == (CELLS**2 + 1,)
    assert found.sum() == pytest.approx(1.0)
    assert found[-1] == pytest.approx((1 + EPSILON) / (1 + EPSILON * (CELLS**2 + 1)))
    assert found[:-1].max() == found[:-1].min()


def test_a_point_lies_in_the_cell_of_its_place() -> None:
    found = Histogram(torch.zeros(1, 2), BOX).shares(torch.tensor([[-1.0, -2.0], [1.99, -2.0], [-1.0, 0.99]]))
    assert found.topk(3).indices.sort().values.tolist() == [0, CELLS - 1, CELLS * (CELLS - 1)]

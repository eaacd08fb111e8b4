"""Modes: counts by hand, known Gaussians, an independent entropy."""

import math

import pytest
import scipy.stats
import torch

from gan_runner.data.gaussians import Gaussians
from gan_runner.data.synthetic import Synthetic
from gan_runner.metrics.modes import Modes, kl_to_uniform


def measured(points: torch.Tensor, layout="grid", **settings) -> dict[str, float]:
    metric = Modes(**settings)
    metric.meet(Gaussians(layout=layout))
    metric.update(points, real=False)
    return {name: value.item() for name, value in metric.compute().items()}


def test_a_few_points_by_hand():
    # sigma is 0.05, so quality ends at 0.15: two points on (0, 0), one on (2, 4), two that belong nowhere.
    points = torch.tensor([[0.0, 0.0], [0.1, 0.1], [2.149, 4.0], [2.151, 4.0], [1.0, 1.0]])
    found = measured(points)
    assert found["modes_covered"] == 2
    assert found["modes_high_quality"] == pytest.approx(3 / 5)
    expected = math.log(25) - scipy.stats.entropy([2, 1])
    assert found["modes_kl"] == pytest.approx(expected, rel=1e-6)
    assert measured(points, threshold=3.1)["modes_high_quality"] == pytest.approx(4 / 5)


def test_of_modes_that_are_not_round_distances_count_along_each_axis():
    # (0.4, -0.2) has sigmas 0.1 and 0.4: 1.1 above it is within 3 of them, 0.35 beside it is not.
    points = torch.tensor([[0.4, 0.9], [0.75, -0.2], [-0.4, 0.4], [-0.4, 1.1]])
    found = measured(points, "two_gaussians")
    assert found["modes_covered"] == 2
    assert found["modes_high_quality"] == pytest.approx(2 / 4)


@pytest.mark.parametrize(("layout", "modes"), [("ring", 8), ("grid", 25), ("two_gaussians", 2), ("blobs", 3)])
def test_the_mixture_itself_is_nearly_perfect(layout, modes):
    found = measured(Gaussians(layout=layout, num_samples=2500).read("test").images, layout)
    assert found["modes_covered"] == modes
    assert found["modes_high_quality"] == pytest.approx(1 - math.exp(-4.5), abs=0.01)  # of a Rayleigh variable
    assert 0.9 < found["modes_overlap"] < found["modes_high_quality"]
    assert 0 < found["modes_kl"] < 3 * modes / (2 * 2500)  # the bias of a finite sample is (K − 1) / 2n


def test_collapse_onto_one_mode_and_onto_none():
    found = measured(torch.tensor([[2.0, 2.0]]).repeat(10, 1))
    assert found["modes_covered"] == found["modes_high_quality"] == 1
    assert found["modes_kl"] == pytest.approx(math.log(25))
    assert found["modes_overlap"] == pytest.approx(1 / 25)
    nowhere = measured(torch.full((10, 2), 7.0))
    assert (nowhere["modes_covered"], nowhere["modes_high_quality"]) == (0, 0)
    assert math.isnan(nowhere["modes_kl"])


def test_points_that_are_not_finite_have_no_quality():
    assert measured(torch.tensor([[torch.nan, 0.0], [0.0, 0.0]]))["modes_high_quality"] == 0.5


def test_uniform_counts_have_no_divergence():
    assert kl_to_uniform(torch.tensor([3, 3, 3])).item() == pytest.approx(0, abs=1e-7)


def test_data_without_centres_is_refused():
    with pytest.raises(ValueError, match=r"metrics\.modes .* Synthetic is not: set data=ring"):
        Modes().meet(Synthetic())

"""Curves: points lie on them, as many on each piece, as far off as the pen is soft."""

import math

import pytest
import torch

from gan_runner.data.strokes import CURVES, RADIUS, SIGMA, TURNS, Strokes


@pytest.mark.parametrize("layout", CURVES)
def test_points_lie_about_the_curve_as_far_as_sigma_says(layout: str) -> None:
    data = Strokes(layout=layout, num_samples=20_000)  # type: ignore[arg-type]
    points = data.read("train").images
    assert points.shape == (20_000, 2)
    assert points.dtype == torch.float32
    curve = CURVES[layout](torch.linspace(0, 1, 4001))  # type: ignore[index]
    distance = torch.cdist(points, curve).min(dim=1).values
    # across the curve alone the distance is σ |ε|, whose mean square is σ²
    assert distance.square().mean().sqrt().item() == pytest.approx(SIGMA[layout], rel=0.05)  # type: ignore[index]


def test_the_curves_of_gan_lab_in_its_unit_square() -> None:
    """Its own numbers: 0.8 − 0.75 u and 0.6 + 0.3 u; 0.5 + 0.3 cos and 0.45 + 0.25 sin, each with their σ."""
    u = torch.linspace(0, 1, 9)
    line = torch.stack([0.8 - 0.75 * u, 0.6 + 0.3 * u], dim=1)
    torch.testing.assert_close((CURVES["line"](u) + 1) / 2, line)
    angle = 2 * math.pi * u
    ellipse = torch.stack([0.5 + 0.3 * angle.cos(), 0.45 + 0.25 * angle.sin()], dim=1)
    torch.testing.assert_close((CURVES["ellipse"](u) + 1) / 2, ellipse)
    assert (SIGMA["line"] / 2, SIGMA["ellipse"] / 2) == (0.01, 0.025)


def test_a_spiral_has_as_many_points_on_each_piece() -> None:
    points = CURVES["spiral"](torch.linspace(0, 1, 20_001))
    radius = points.norm(dim=1)
    assert radius[-1] == pytest.approx(RADIUS)
    turned = torch.atan2(points[:, 1], points[:, 0])
    assert (turned[1:-1].sin() - (2 * math.pi * TURNS * radius[1:-1] / RADIUS).sin()).abs().max() < 1e-3
    steps = (points[1:] - points[:-1]).norm(dim=1)[5000:]  # away from the middle, where a turn has no length
    assert steps.max() < 1.2 * steps.min()


def test_they_are_fixed_by_the_seed_and_differ_between_splits() -> None:
    first, same, other = (Strokes(seed=seed, num_samples=10).read("train").images for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not torch.equal(first, Strokes(seed=1, num_samples=10).read("test").images)
    assert Strokes().num_classes is None

import pytest
import torch

from gan_runner.data.gaussians import Gaussians


@pytest.mark.parametrize(("layout", "modes", "sigma"), [("ring", 8, 0.01), ("grid", 25, 0.05)])
def test_points_have_the_moments_of_the_mixture(layout, modes, sigma):
    data = Gaussians(layout=layout, num_samples=50_000)
    points = data.read("train").images
    assert data.shape == (2,)
    assert data.num_classes is None
    assert points.dtype == torch.float32
    assert data.centres.shape == (modes, 2)
    assert data.sigma == sigma
    distance, mode = torch.cdist(points, data.centres).min(dim=1)
    share = mode.bincount(minlength=modes) / len(points)
    torch.testing.assert_close(share, torch.full((modes,), 1 / modes), atol=0.01, rtol=0)
    # E|x - centre|² = 2 σ²
    assert distance.square().mean().item() == pytest.approx(2 * sigma**2, rel=0.03)


def test_layouts_are_those_of_the_paper():
    ring, grid = Gaussians(layout="ring").centres, Gaussians(layout="grid").centres
    torch.testing.assert_close(ring.norm(dim=1), torch.ones(8))
    assert torch.pdist(ring).min() > 0.7  # eight distinct modes
    assert {tuple(centre) for centre in grid.tolist()} == {
        (x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)
    }


def test_points_are_fixed_by_the_seed_and_differ_between_splits():
    first, same, other = (Gaussians(seed=seed, num_samples=10).read("train").images for seed in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not torch.equal(first, Gaussians(seed=1, num_samples=10).read("test").images)


def test_batches_have_no_label():
    data = Gaussians(num_samples=100, batch_size=10)
    batch = next(iter(data.train_dataloader()))
    assert batch.real.shape == (10, 2)
    assert batch.label is None


def test_those_of_gan_lab_in_its_unit_square():
    """Its own numbers: (.3, .7) σ .1 and (.7, .4) σ .05 × .2; (.35, .75), (.75, .6), (.45, .35) σ .025."""
    two, three = Gaussians(layout="two_gaussians", num_samples=40_000), Gaussians(layout="blobs")
    torch.testing.assert_close((two.centres + 1) / 2, torch.tensor([[0.3, 0.7], [0.7, 0.4]]))
    torch.testing.assert_close(two.sigma / 2, torch.tensor([[0.1, 0.1], [0.05, 0.2]]))
    torch.testing.assert_close((three.centres + 1) / 2, torch.tensor([[0.35, 0.75], [0.75, 0.6], [0.45, 0.35]]))
    assert three.sigma / 2 == 0.025
    # Both coordinates' variances: of the centres, and the mean of the modes' own.
    expected = two.centres.var(dim=0, unbiased=False) + two.sigma.square().mean(dim=0)
    torch.testing.assert_close(two.read("train").images.var(dim=0), expected, rtol=0.03, atol=0)

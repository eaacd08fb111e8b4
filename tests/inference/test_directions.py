"""Principal directions: orthonormal, the singular vectors, and found again in the latent."""

import pytest
import torch
from torch import nn

from gan_runner.inference.directions import first_features, of_codes, of_features, principal
from gan_runner.networks.dcgan import Generator


class Plain(nn.Sequential):
    """Layers that are called as a generator."""

    def forward(self, source, label=None):
        return super().forward(source)


@pytest.fixture
def stretched() -> torch.Tensor:
    torch.manual_seed(1)
    return (torch.randn(60, 12) * torch.arange(12, 0, -1)).double()


@pytest.mark.parametrize("count", [60, 9], ids=["more samples", "more features"])
def test_components_are_singular_vectors(stretched, count):
    features = stretched[:count]
    components, deviations, shares = principal(features, 5)
    _, singular, other = torch.linalg.svd(features - features.mean(dim=0), full_matrices=False)
    variances = singular**2 / (count - 1)
    assert torch.allclose(components @ components.T, torch.eye(5).double(), atol=1e-9)
    assert torch.allclose((components * other[:5]).sum(1).abs(), torch.ones(5).double())
    assert torch.allclose(deviations, variances[:5].sqrt())
    assert torch.allclose(shares, variances[:5] / variances.sum())
    assert (components.gather(1, components.abs().argmax(1, keepdim=True)) > 0).all()


def test_directions_that_do_not_vary_are_left_out(stretched):
    flat = torch.cat([stretched[:, :3], torch.zeros(60, 4)], dim=1)
    assert len(principal(flat, 20)[0]) == 3


def test_of_a_linear_layer_the_steps_are_its_singular_vectors():
    torch.manual_seed(0)
    layer = nn.Linear(4, 7)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(7, 4) * torch.tensor([8.0, 4.0, 2.0, 1.0]))
    found = of_features(Plain(layer, nn.ReLU()), torch.randn(4000, 4))
    expected = torch.linalg.svd(layer.weight.detach()).Vh
    assert len(found) == 4  # and no more than the latent has
    assert ((found.steps * expected).sum(1).abs() > 0.98).all()
    assert found.shares.sum().item() == pytest.approx(1)


def test_a_step_moves_the_features_by_one_deviation_along_its_component_alone():
    torch.manual_seed(0)
    network, latents = Generator((1, 8, 8), 6, width=4), torch.randn(300, 6)
    found = of_features(network, latents, most=3)
    before, after = (first_features(network, latents[:1] + step) for step in (torch.zeros(6), found.steps[1]))
    along = (after - before) @ found.components.T / found.deviations
    assert torch.allclose(along, torch.tensor([[0.0, 1.0, 0.0]]).double(), atol=1e-4)


def test_of_codes_a_step_is_a_deviation_along_a_component(stretched):
    found = of_codes(stretched, most=4)
    assert torch.allclose(found.steps.double(), found.components * found.deviations[:, None], atol=1e-5)


def test_what_has_no_features_or_diverged_is_refused():
    with pytest.raises(ValueError, match="no layer"):
        of_features(Plain(nn.ReLU()), torch.randn(5, 2))
    with pytest.raises(ValueError, match="not finite"):
        of_codes(torch.full((5, 2), torch.nan))

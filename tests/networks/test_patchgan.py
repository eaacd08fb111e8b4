"""PatchGAN: published sizes, what a logit sees, norms, images that are too small."""

import pytest
import torch
from torch import nn

from gan_runner.networks.patchgan import Discriminator


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize(("channels", "norm", "count"), [(3, "instance", 2_764_737), (6, "batch", 2_768_705)])
def test_published_parameter_counts(channels, norm, count):
    with torch.device("meta"):
        discriminator = Discriminator((channels, 256, 256), norm=norm)
        score = discriminator(torch.empty(2, channels, 256, 256))
    assert parameters(discriminator) == count
    assert score.logits.shape == (2, 1, 30, 30)
    assert score.features.shape == (2, 512)


@pytest.mark.parametrize(("layers", "field"), [(1, 16), (2, 34), (3, 70)])
def test_a_logit_sees_a_patch_of_known_size(layers, field):
    """Without norms, its gradient is there and nowhere else."""
    side = 2 * field + 2**layers
    discriminator = Discriminator((1, side, side), width=2, layers=layers, norm="none").double()
    image = torch.randn(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    logits = discriminator(image).logits
    (gradient,) = torch.autograd.grad(logits[0, 0, logits.shape[2] // 2, logits.shape[3] // 2], image)
    rows, columns = gradient[0, 0].nonzero().unbind(1)
    assert rows.max() - rows.min() + 1 == field
    assert columns.max() - columns.min() + 1 == field


@pytest.mark.parametrize(("side", "layers"), [((24, 24), 3), ((26, 61), 3), ((12, 16), 2), ((6, 7), 1)])
def test_any_sides_that_the_stack_fits_into(side, layers):
    discriminator = Discriminator((4, *side), width=2, layers=layers)
    score = discriminator(torch.randn(2, 4, *side))
    assert score.logits.shape == (2, 1, *(s // 2**layers - 2 for s in side))
    assert score.features.shape == (2, 2 * 2**layers)
    score.logits.sum().backward()
    assert all(p.grad is not None for p in discriminator.parameters())
    assert isinstance(discriminator.head, nn.Conv2d)


@pytest.mark.parametrize(
    ("norm", "built"),
    [("instance", nn.InstanceNorm2d), ("batch", nn.BatchNorm2d), ("layer", nn.GroupNorm), ("none", nn.Identity)],
)
def test_only_the_norm_asked_for_is_built(norm, built):
    modules = list(Discriminator((3, 24, 24), width=2, norm=norm).modules())
    kinds = (nn.InstanceNorm2d, nn.BatchNorm2d, nn.GroupNorm, nn.Identity)
    assert [sum(isinstance(module, kind) for module in modules) for kind in kinds] == [3 * (k is built) for k in kinds]


def test_initial_weights():
    torch.manual_seed(0)
    for module in Discriminator((3, 24, 24), width=32, norm="batch").modules():
        if isinstance(module, nn.Conv2d):
            assert module.weight.std().item() == pytest.approx(0.02, rel=0.1)
            assert module.bias is None or not module.bias.any()
        elif isinstance(module, nn.BatchNorm2d):
            assert module.weight.mean().item() == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize(
    ("side", "said"),
    [
        ((16, 64), r"16×64: set network\.layers=2, or the size: the nearest is data\.image_size=\[24,64\]$"),
        ((5, 5), r"5×5: the nearest is data\.image_size=24$"),
    ],
)
def test_small_images_are_refused_with_a_way_out(side, said):
    with pytest.raises(ValueError, match=said):
        Discriminator((3, *side))
    if "layers=2" in said:
        Discriminator((3, *side), layers=2, width=2)(torch.randn(1, 3, *side))


def test_points_are_refused():
    with pytest.raises(ValueError, match=r"\(2,\): use network=mlp"):
        Discriminator((2,))

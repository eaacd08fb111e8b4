"""Spectral norm: every layer's largest singular value is 1, by torch.linalg."""

import pytest
import torch
from torch import nn

from gan_runner.networks import dcgan, mlp, r3gan
from gan_runner.tricks.spectral_norm import SpectralNorm


def largest_singular_values(network: nn.Module) -> list[float]:
    weights = [m.weight for m in network.modules() if isinstance(m, nn.Linear | nn.Conv2d | nn.Embedding)]
    return [torch.linalg.svdvals(w.detach().flatten(1)).max().item() for w in weights]


@pytest.mark.parametrize(
    ("make", "shape"),
    [(mlp.Discriminator, (2,)), (lambda shape: dcgan.Discriminator(shape, width=4), (3, 16, 16))],
    ids=["mlp", "dcgan"],
)
def test_largest_singular_values_are_one(make, shape):
    torch.manual_seed(0)
    discriminator = SpectralNorm().wrap_discriminator(make)(shape)
    image = torch.randn(4, *shape)
    for _ in range(40):  # power iteration, a step per pass
        discriminator(image)
    discriminator.eval()
    values = largest_singular_values(discriminator)
    assert len(values) == 3
    assert values == pytest.approx([1.0] * len(values), rel=1e-2)


def test_it_follows_a_weight_that_moves():
    torch.manual_seed(0)
    discriminator = SpectralNorm(power_iterations=5).wrap_discriminator(mlp.Discriminator)((2,))
    with torch.no_grad():
        discriminator.head.parametrizations.weight.original.mul_(50)
    for _ in range(5):
        discriminator(torch.randn(4, 2))
    assert largest_singular_values(discriminator.eval())[-1] == pytest.approx(1.0, rel=1e-3)


def test_evaluation_does_not_iterate():
    discriminator = SpectralNorm().wrap_discriminator(mlp.Discriminator)((2,)).eval()
    before = {name: value.clone() for name, value in discriminator.state_dict().items()}
    discriminator(torch.randn(4, 2))
    assert all(value.equal(before[name]) for name, value in discriminator.state_dict().items())


def test_the_state_survives_a_round_trip():
    make = SpectralNorm().wrap_discriminator(mlp.Discriminator)
    one, other = make((2,)), make((2,))
    image = torch.randn(4, 2)
    one(image)
    other.load_state_dict(one.state_dict())
    assert one.eval()(image).logits.equal(other.eval()(image).logits)


def test_every_parameter_still_learns():
    discriminator = SpectralNorm().wrap_discriminator(lambda s: dcgan.Discriminator(s, width=4))((1, 8, 8))
    discriminator(torch.randn(4, 1, 8, 8)).logits.sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in discriminator.parameters())


def test_weights_that_start_at_zero_are_refused():
    make = SpectralNorm().wrap_discriminator(lambda shape: r3gan.Discriminator(shape, width=8))
    with pytest.raises(ValueError, match=r"spectral_norm divides .*contract is 0.*network=resnet"):
        make((1, 8, 8))

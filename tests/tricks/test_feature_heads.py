"""Heads on the features: what a probe finds, and how the head is stored."""

from copy import deepcopy
from functools import partial

import pytest
import torch
from torch import nn

from gan_runner.layers.equalized import gain_of
from gan_runner.networks import dcgan, mlp, progan
from gan_runner.tricks.discriminator_ensemble import DiscriminatorEnsemble
from gan_runner.tricks.feature_heads import head_for, probe
from gan_runner.tricks.instance_noise import InstanceNoise
from gan_runner.tricks.minibatch_discrimination import MinibatchDiscrimination
from gan_runner.tricks.minibatch_stddev import MinibatchStddev
from gan_runner.tricks.spectral_norm import SpectralNorm
from gan_runner.types import Score

PROGAN = partial(progan.Discriminator, max_channels=6, base_channels=32)


class Exact(nn.Module):
    """Leaves autocast on the way, as penalties and statistics do."""

    def forward(self, image, label=None):
        with torch.autocast(image.device.type, enabled=False):
            return Score(image.sum(1, keepdim=True), image * torch.rand_like(image))


PROBED = {
    "mlp": (partial(mlp.Discriminator, hidden=[5], dropout=0.5), (2,), 5),
    "dcgan": (partial(dcgan.Discriminator, width=4), (1, 8, 8), 4 * 4 * 4),
    "conditional": (partial(dcgan.Discriminator, width=4, num_classes=3), (1, 8, 8), 4 * 4 * 4),
    "noisy": (InstanceNoise().wrap_discriminator(partial(dcgan.Discriminator, width=4)), (3, 16, 16), 8 * 4 * 4),
    "progan": (MinibatchStddev().wrap_discriminator(PROGAN), (3, 16, 16), 6),
    "float32": (lambda shape: Exact(), (2,), 2),
    "spectral_norm": (SpectralNorm().wrap_discriminator(partial(mlp.Discriminator, hidden=[7])), (2,), 7),
}


@pytest.mark.parametrize(("make", "shape", "width"), PROBED.values(), ids=PROBED)
def test_a_probe_tells_the_width_and_leaves_no_trace(make, shape, width):
    network = make(shape)
    before, drawn = deepcopy(network.state_dict()), torch.get_rng_state()
    assert probe(network, shape) == (2520, width)
    assert torch.get_rng_state().equal(drawn)
    after = network.state_dict()
    assert all(after[name].equal(value) for name, value in before.items() if isinstance(value, torch.Tensor))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda make: make,
        MinibatchDiscrimination().wrap_discriminator,
        SpectralNorm().wrap_discriminator,
        DiscriminatorEnsemble(count=2).wrap_discriminator,
    ],
    ids=["plain", "widened", "spectral_norm", "ensemble"],
)
def test_beside_an_equalized_head_it_is_equalized(wrap):
    torch.manual_seed(0)
    head = head_for(wrap(PROGAN)((1, 8, 8)), 400, 10)
    assert gain_of(head) == 1.0
    stored = head.parametrizations.weight.original
    torch.testing.assert_close(head.weight, stored / 20)
    assert stored.std().item() == pytest.approx(1, rel=0.05)
    assert gain_of(head_for(wrap(mlp.Discriminator)((2,)), 400, 10)) is None

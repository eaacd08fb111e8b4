"""The small network: as deep as its images need, whatever their size."""

import pytest
import torch

from gan_runner.features.small_cnn import SmallCNN


@pytest.mark.parametrize(("size", "blocks"), [((8, 8), 2), ((28, 28), 3), ((32, 32), 3), ((64, 64), 4), ((20, 33), 4)])
@pytest.mark.parametrize("channels", [1, 3])
def test_the_network_fits_any_size(size, blocks, channels):
    network = SmallCNN((channels, *size), 7)
    features, logits = network(torch.randn(2, channels, *size))
    assert (features.shape, logits.shape) == ((2, 128), (2, 7))
    assert sum(isinstance(layer, torch.nn.Conv2d) for layer in network.body) == blocks


def test_its_weights_are_those_of_its_seed_and_the_run_does_not_notice():
    torch.manual_seed(1)
    expected = torch.rand(2)
    torch.manual_seed(1)
    first, second, other = (SmallCNN((1, 8, 8), 3, seed).head[1].weight for seed in (5, 5, 6))
    assert torch.rand(2).equal(expected)
    assert first.equal(second)
    assert not first.equal(other)

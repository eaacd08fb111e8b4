"""GANomaly's networks have the published sizes."""

import pytest
import torch
from torch import nn

from gan_runner.networks.ganomaly import Decoder, Discriminator, Encoder


def count(*networks: nn.Module) -> int:
    return sum(p.numel() for network in networks for p in network.parameters())


def test_the_published_counts() -> None:
    shape = (1, 32, 32)
    assert count(Encoder(shape), Decoder(shape), Encoder(shape)) == 3_200_384
    assert count(Discriminator(shape)) == 661_248


@pytest.mark.parametrize("shape", [(1, 8, 8), (3, 16, 16), (1, 28, 28), (1, 8, 16)])
@pytest.mark.parametrize("classes", [None, 3])
def test_sizes_and_labels(shape: tuple[int, int, int], classes: int | None) -> None:
    image, label = torch.randn(4, *shape), torch.tensor([0, 1, 2, 0])
    code = Encoder(shape, 6, 2, classes, width=4)(image, label)
    assert code.shape == (4, 12)
    assert Decoder(shape, 12, classes, width=4)(code, label).shape == image.shape
    score = Discriminator(shape, classes, width=4)(image, label)
    assert score.logits.shape == (4, 1)
    assert score.features.shape[0] == 4


def test_a_size_that_no_stack_reaches_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="network=ganomaly cannot reach 9×9"):
        Encoder((1, 9, 9))

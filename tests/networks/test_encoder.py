"""An encoder from any discriminator."""

from functools import partial
from typing import Any

import pytest
import torch

from gan_runner.networks import dcgan, maxout_mlp, mlp, r3gan, resnet, tiny_dcgan, wgan_gp
from gan_runner.networks.encoder import Encoder

TRUNKS = {
    "dcgan": partial(dcgan.Discriminator, width=4),
    "maxout_mlp": partial(maxout_mlp.Discriminator, hidden=[5]),
    "mlp": partial(mlp.Discriminator, hidden=[5]),
    "r3gan": partial(r3gan.Discriminator, width=16),
    "resnet": partial(resnet.Discriminator, width=4),
    "tiny_dcgan": tiny_dcgan.Discriminator,
    "wgan_gp": partial(wgan_gp.Discriminator, width=4),
}


@pytest.mark.parametrize("name", TRUNKS)
@pytest.mark.parametrize("classes", [None, 3])
def test_every_weight_of_an_encoder_learns(name: str, classes: int | None) -> None:
    torch.manual_seed(0)
    encoder = Encoder((1, 16, 16), TRUNKS[name], latent_dim=5, moments=2, num_classes=classes)
    moments = encoder(torch.randn(4, 1, 16, 16), torch.tensor([0, 1, 2, 1]))
    assert moments.shape == (4, 10)
    moments.square().sum().backward()
    assert not [key for key, weight in encoder.named_parameters() if weight.grad is None]


def test_the_head_of_the_trunk_is_replaced_by_one_for_codes() -> None:
    trunk: Any = TRUNKS["dcgan"]
    encoder = Encoder((1, 16, 16), trunk, latent_dim=5)
    own, features = sum(p.numel() for p in trunk((1, 16, 16)).parameters()), 8 * 4 * 4
    assert sum(p.numel() for p in encoder.parameters()) == own - features + features * 5 + 5


def test_labels_change_the_code_only_where_they_are_asked_for() -> None:
    image, labels = torch.randn(4, 1, 16, 16), (torch.zeros(4, dtype=torch.long), torch.ones(4, dtype=torch.long))
    for classes, equal in ((None, True), (3, False)):
        encoder = Encoder((1, 16, 16), TRUNKS["mlp"], latent_dim=5, num_classes=classes)
        assert encoder(image, labels[0]).equal(encoder(image, labels[1])) is equal


def test_points_are_encoded_too() -> None:
    assert Encoder((2,), TRUNKS["mlp"], latent_dim=5)(torch.randn(4, 2)).shape == (4, 5)

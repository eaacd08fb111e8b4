"""What the players of every convolutional network have in common: shapes, labels, norms, refusals."""

from dataclasses import dataclass, field
from types import ModuleType

import pytest
import torch
from torch import nn

from gan_runner.networks import dcgan, r3gan, resnet, tiny_dcgan, wgan_gp

Side = tuple[int, int]
NORMS = {"batch": nn.BatchNorm2d, "layer": nn.GroupNorm}


@dataclass(frozen=True)
class Network:
    """What differs: the sides it reaches, the settings that make it small, how many features it ends in."""

    module: ModuleType
    sides: list[Side]
    channels: tuple[int, ...] = (1, 3)
    small: dict[str, int] = field(default_factory=lambda: {"width": 2})
    features: int | None = None  # None: as many as its last layer takes
    bounded: bool = True
    norms: tuple[str | None, ...] = ("batch", "layer", "none")  # None: there is no choice


ANY_SIDE = [(8, 8), (28, 28), (32, 32), (64, 64), (9, 23), (28, 56)]
DOUBLED = [(8, 8), (16, 16), (28, 28), (32, 32), (64, 64), (32, 64)]
NETWORKS = {
    "dcgan": Network(dcgan, [*DOUBLED, (48, 48), (56, 28)], channels=(1, 3, 4)),
    "resnet": Network(resnet, DOUBLED, small={"width": 4}, features=4),
    "wgan_gp": Network(wgan_gp, ANY_SIDE),
    "tiny_dcgan": Network(tiny_dcgan, ANY_SIDE),
    "r3gan": Network(
        r3gan, [(8, 8), (28, 28), (32, 32), (64, 64), (16, 32)], small={"width": 8, "blocks": 1}, features=8,
        bounded=False, norms=(None,),
    ),
}  # fmt: skip
SHAPES = [(name, (c, *side)) for name, it in NETWORKS.items() for side in it.sides for c in it.channels]
WITH_NORMS = [(name, norm) for name, it in NETWORKS.items() for norm in it.norms]


@pytest.mark.parametrize(("name", "shape"), SHAPES, ids=str)
def test_sizes_and_channels(name, shape):
    it = NETWORKS[name]
    generator = it.module.Generator(shape, latent_dim=5, **it.small)
    discriminator = it.module.Discriminator(shape, **it.small)
    fake = generator(torch.randn(2, 5))
    assert fake.shape == (2, *shape)
    assert not it.bounded or fake.abs().max() <= 1
    score = discriminator(fake)
    assert score.logits.shape == (2, 1)
    assert score.features.shape == (2, it.features or discriminator.head.in_features)
    score.logits.sum().backward()
    assert all(p.grad is not None for p in (*generator.parameters(), *discriminator.parameters()))


@pytest.mark.parametrize(("name", "norm"), WITH_NORMS)
def test_conditional_players_look_at_the_label(name, norm):
    it, chosen = NETWORKS[name], {} if norm is None else {"norm": norm}
    generator = it.module.Generator((1, 8, 8), 5, 3, width=8)
    discriminator = it.module.Discriminator((1, 8, 8), 3, width=8, **chosen)
    z, zero, mixed = torch.randn(4, 5), torch.zeros(4, dtype=torch.int64), torch.tensor([0, 1, 2, 0])
    fake = generator(z, zero)
    assert not fake.equal(generator(z, mixed))
    assert not discriminator(fake, zero).logits.equal(discriminator(fake, mixed).logits)
    with pytest.raises(ValueError, match="needs a label"):
        generator(z)
    with pytest.raises(ValueError, match="needs a label"):
        discriminator(fake)


@pytest.mark.parametrize(("name", "norm"), WITH_NORMS)
def test_only_the_norm_asked_for_is_built(name, norm):
    chosen = {} if norm is None else {"norm": norm}
    modules = list(NETWORKS[name].module.Discriminator((1, 16, 16), width=8, **chosen).modules())
    for kind, built in NORMS.items():
        assert any(isinstance(module, built) for module in modules) == (kind == norm)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("player", ["Generator", "Discriminator"])
def test_points_are_sent_to_the_mlp(name, player):
    with pytest.raises(ValueError, match=rf"network={name} makes images .* \(2,\): use network=mlp"):
        getattr(NETWORKS[name].module, player)((2,))

"""A size that is refused is answered with one that works: both players are built at it, and play; none is nearer."""

import itertools
import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn

from gan_runner.networks import (
    cyclegan,
    dcgan,
    patchgan,
    pix2pix,
    progan,
    r3gan,
    resnet,
    tiny_dcgan,
    two_stage,
    wgan_gp,
)

Side = tuple[int, int]
Players = tuple[nn.Module, nn.Module]
SIZES = list(itertools.product((3, 7, 8, 12, 17, 24, 30, 33, 64), repeat=2))


def from_latents(module: ModuleType, **small: Any) -> Callable[[Side], Players]:
    def build(side: Side) -> Players:
        return module.Generator((1, *side), latent_dim=4, **small), module.Discriminator((1, *side), **small)

    return build


def from_images(module: ModuleType, layers: int = 3) -> Callable[[Side], Players]:
    def build(side: Side) -> Players:
        return (
            module.Generator((1, *side), (1, *side), width=2),
            patchgan.Discriminator((1, *side), width=2, layers=layers),
        )

    return build


NETWORKS = {
    "dcgan": from_latents(dcgan, width=2),
    "resnet": from_latents(resnet, width=2),
    "wgan_gp": from_latents(wgan_gp, width=2),
    "tiny_dcgan": from_latents(tiny_dcgan, width=2),
    "r3gan": from_latents(r3gan, width=8, group_width=None),
    "progan": from_latents(progan, max_channels=4, base_channels=16),
    "cyclegan": from_images(cyclegan),
    "pix2pix": from_images(pix2pix),
    "two_stage": from_images(two_stage),
    "pix2pix with patches of one layer": from_images(pix2pix, layers=1),
}
FROM_LATENTS = ("dcgan", "resnet", "wgan_gp", "tiny_dcgan", "r3gan", "progan")


def refusal(build: Callable[[Side], Players], side: Side) -> Side | None:
    """The size that is named in place of this one; None where both players are built."""
    try:
        with torch.device("meta"):
            build(side)
    except ValueError as error:
        return size_in(str(error))
    return None


def size_in(said: str) -> Side:
    found = re.search(r"the nearest is data\.image_size=(?:(\d+)|\[(\d+),(\d+)\])$", said)
    assert found, said
    both, height, width = found.groups()
    return (int(both), int(both)) if both else (int(height), int(width))


def apart(one: Side, other: Side) -> int:
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_size_that_is_named_works_and_none_is_nearer(name):
    build = NETWORKS[name]
    named = {side: refusal(build, side) for side in SIZES}
    fitting = [side for side, instead in named.items() if instead is None]
    refused = {side: instead for side, instead in named.items() if instead is not None}
    assert fitting
    assert refused
    for side, instead in refused.items():
        assert refusal(build, instead) is None, (side, instead)
        if "one layer" not in name:  # what it names works with the usual three as well
            assert apart(side, instead) <= min(apart(side, other) for other in fitting), (side, instead)
        if side[0] == side[1]:
            assert instead[0] == instead[1]
    for side in {min(refused.values()), max(refused.values())}:
        generator, discriminator = build(side)
        source = torch.randn(2, 4) if name in FROM_LATENTS else torch.randn(2, 1, *side)
        fake = generator(source)
        assert fake.shape == (2, 1, *side)
        discriminator(fake).logits.sum().backward()
        assert any(parameter.grad is not None and parameter.grad.any() for parameter in generator.parameters())


@pytest.mark.parametrize("layers", [2, 3, 4, 5])
@pytest.mark.parametrize("side", [(5, 9), (10, 22)])
def test_patches_name_sizes_and_layers_that_work(side, layers):
    with pytest.raises(ValueError, match=r"network\.layers=") as refused:
        patchgan.Discriminator((1, *side), width=1, layers=layers)
    said = str(refused.value)
    fewer = re.search(r"set network\.layers=(\d+),", said)
    assert fewer or min(side) < 6
    ways = [(layers, size_in(said))] + ([(int(fewer[1]), side)] if fewer else [])
    for fitting, size in ways:
        discriminator = patchgan.Discriminator((1, *size), width=1, layers=fitting)
        assert discriminator(torch.randn(2, 1, *size)).logits.numel() >= 2

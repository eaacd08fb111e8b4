"""CycleGAN's generator: published sizes, both ways of doubling, channels on each side, refusals."""

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from gan_runner.networks.cyclegan import Generator, doubled


def parameters(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())


@pytest.mark.parametrize("upsample", ["deconv", "resize_conv"])
@pytest.mark.parametrize(("blocks", "count"), [(9, 11_378_179), (6, 7_837_699)])
def test_published_parameter_counts(blocks, count, upsample):
    with torch.device("meta"):
        generator = Generator((3, 256, 256), source_shape=(3, 256, 256), blocks=blocks, upsample=upsample)
        assert generator(torch.empty(1, 3, 256, 256)).shape == (1, 3, 256, 256)
    assert parameters(generator) == count


@pytest.mark.parametrize("upsample", ["deconv", "resize_conv"])
@pytest.mark.parametrize(("source", "target"), [(1, 3), (3, 1), (4, 2)])
@pytest.mark.parametrize("side", [(8, 8), (28, 28), (12, 32)])
def test_sizes_and_channels(source, target, side, upsample):
    generator = Generator((target, *side), (source, *side), width=2, blocks=1, upsample=upsample)
    translated = generator(torch.randn(2, source, *side))
    assert translated.shape == (2, target, *side)
    assert translated.abs().max() <= 1
    assert translated.dtype is torch.float32
    translated.sum().backward()
    assert all(p.grad is not None for p in generator.parameters())


def test_no_image_knows_of_another():
    """Instance norm: a batch of two is two batches of one."""
    torch.manual_seed(0)
    generator, images = Generator((3, 8, 8), (3, 8, 8), width=4, blocks=2), torch.randn(2, 3, 8, 8)
    torch.testing.assert_close(generator(images), torch.cat([generator(image[None]) for image in images]))


def test_without_blocks_the_skip_is_all_there_is():
    torch.manual_seed(0)
    block = Generator((1, 8, 8), (1, 8, 8), width=2, blocks=1).body[4]
    maps = torch.randn(1, 8, 2, 2)
    nn.init.zeros_(block.residual[3].weight)  # what is added is 0, and no ReLU follows
    assert torch.equal(block(maps), maps)


def test_resized_convolution_treats_all_pixels_alike_where_the_transposed_does_not():
    """On a constant map, away from the border: that is what a checkerboard is made of."""
    torch.manual_seed(0)
    constant = torch.ones(1, 4, 6, 6)
    inner = {kind: doubled(4, 3, kind)(constant)[0, :, 2:-2, 2:-2] for kind in ("deconv", "resize_conv")}
    assert inner["resize_conv"].std(dim=(1, 2)).max() < 1e-6
    assert inner["deconv"].std(dim=(1, 2)).min() > 1e-3


def test_resized_convolution_convolves_the_enlarged_map():
    torch.manual_seed(0)
    layer, maps = doubled(2, 3, "resize_conv"), torch.randn(1, 2, 4, 4)
    whole = nn.functional.conv2d(interpolate(maps, scale_factor=2.0), layer[2].weight, layer[2].bias)
    torch.testing.assert_close(layer(maps)[..., 1:-1, 1:-1], whole)


@pytest.mark.parametrize(("side", "nearest"), [(30, 32), (5, 24), (4, 24), (33, 32)])
def test_sides_that_do_not_halve_twice_are_refused(side, nearest):
    with pytest.raises(ValueError, match=rf"{side}×{side} .* nearest is data\.image_size={nearest}$"):
        Generator((3, side, side), (3, side, side))


def test_domains_of_other_sizes_and_points_are_refused():
    with pytest.raises(ValueError, match=r"two domains have 16×16 and 32×32"):
        Generator((3, 32, 32), (3, 16, 16))
    with pytest.raises(ValueError, match=r"network=cyclegan is for images .* \(2,\): use network=mlp"):
        Generator((2,), (2,))

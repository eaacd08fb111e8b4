"""ProGAN's players, small, and the same in plain functions."""

from math import sqrt

import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, interpolate, leaky_relu, linear

from gan_runner.networks.progan import Discriminator, Generator, pixel_norm

SMALL = {"max_channels": 6, "base_channels": 32}
SHAPE = (2, 32, 32)


def players(shape=SHAPE, **settings):
    torch.manual_seed(0)
    return Generator(shape, latent_dim=5, **SMALL, **settings), Discriminator(shape, **SMALL, **settings)


def effective(layer: nn.Module, gain: float) -> torch.Tensor:
    """The stored weights, scaled by hand."""
    stored = layer.parametrizations.weight.original
    return stored * gain / sqrt(stored[0].numel())


def generator_by_hand(generator, source, stage, image_of):
    """The image of stage `image_of`, after the blocks up to `stage`, in plain functions."""

    def block(conv, maps):
        return pixel_norm(leaky_relu(conv2d(maps, effective(conv, sqrt(2)), conv.bias, padding=1), 0.2))

    vector = source / (source.square().mean(1, keepdim=True) + 1e-8).sqrt()
    maps = linear(vector, effective(generator.project, sqrt(2) / 4)).reshape(len(source), -1, 4, 4) + generator.bias
    maps = pixel_norm(leaky_relu(maps, 0.2))
    first, *others = [m for m in (*generator.first.modules(), *generator.stages.modules()) if isinstance(m, nn.Conv2d)]
    maps = block(first, maps)
    for i in range(stage):
        maps = maps.repeat_interleave(2, 2).repeat_interleave(2, 3)
        maps = block(others[2 * i + 1], block(others[2 * i], maps))
    last = generator.to_image[image_of]
    return conv2d(maps, effective(last, 1.0), last.bias)


def active(conv, maps):
    """Convolution and leaky ReLU."""
    return leaky_relu(conv2d(maps, effective(conv, sqrt(2)), conv.bias, padding=conv.padding), 0.2)


def block_by_hand(discriminator, maps, stage):
    """From maps of a stage to the maps of the one below."""
    first, second = (m for m in discriminator.stages[stage - 1].modules() if isinstance(m, nn.Conv2d))
    return avg_pool2d(active(second, active(first, maps)), 2)


def logits_by_hand(discriminator, maps, stage):
    """From maps of a stage to the logits."""
    for k in range(stage, 0, -1):
        maps = block_by_hand(discriminator, maps, k)
    flat = active(discriminator.conv, maps).flatten(1)
    features = leaky_relu(linear(flat, effective(discriminator.dense, sqrt(2)), discriminator.dense.bias), 0.2)
    return linear(features, effective(discriminator.head, 1.0), discriminator.head.bias)


def close(found, expected):
    """With few channels pixel norm may divide by little, and magnify what float32 leaves out."""
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-3)


def shaken(network):
    """With biases other than 0."""
    with torch.no_grad():
        for name, p in network.named_parameters():
            if name.endswith("bias"):
                p.normal_()
    return network


def resized(image, size):
    return interpolate(image, size=(size, size), mode="nearest")

"""Show the discriminator how much a batch varies."""

import torch
from torch import Tensor, nn

from gan_runner.layers.heads import widen, widen_layer
from gan_runner.tricks.base import Scope, Trick
from gan_runner.types import AtLeastTwo, Make, Shape


class MinibatchStddev(Trick):
    """Tell the discriminator's head how much the features of each sample's group vary: one number.

    s = mean over features of √(Var_g[f] + 1e−8), the biased variance over the `group` samples of a group; the head
    sees [f(x_i), s]. A generator that collapses shows too small an s. A discriminator that says where (network=progan)
    gets s as one more map before its last convolution, as in the paper. Its weights there start at 0.

    Source: Karras et al. 2017, §3 (arXiv:1710.10196).
    """

    scope = Scope.HEAD

    def __init__(self, group: AtLeastTwo = 4) -> None:
        super().__init__()
        self.group = group

    def wrap_discriminator(self, make: Make) -> Make:
        def varying(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            variation, place = Variation(self.group), getattr(discriminator, "widened_at", None)
            if place is None:
                widen(discriminator, variation, 1, "minibatch_stddev")
            else:
                widen_layer(discriminator, place, variation, 1)
            return discriminator

        return varying


class Variation(nn.Module):
    """stddev_of_groups as a layer."""

    def __init__(self, group: int) -> None:
        super().__init__()
        self.group = group

    def forward(self, features: Tensor) -> Tensor:
        return stddev_of_groups(features, self.group)


def stddev_of_groups(features: Tensor, group: int) -> Tensor:
    """(N, F) -> (N, 1), or maps (N, C, H, W) -> (N, 1, H, W): the mean standard deviation in each sample's group.

    Groups are strided, samples i, i + M, i + 2M, … of M groups; their size is the largest divisor of N up to `group`.
    In float32: under the root 1e−8 is nothing to a shorter float.
    """
    size = max(divisor for divisor in range(1, group + 1) if len(features) % divisor == 0)
    with torch.autocast(features.device.type, enabled=False):
        grouped = features.float().reshape(size, -1, *features.shape[1:])  # (N, ...) -> (G, M, ...)
        stddev = (grouped.var(dim=0, correction=0) + 1e-8).sqrt()  # (M, ...)
        mean = stddev.flatten(1).mean(dim=1).repeat(size)  # (M,) -> (N,)
    return mean.reshape(-1, 1, *[1] * (features.ndim - 2)).expand(-1, 1, *features.shape[2:])

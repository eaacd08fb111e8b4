"""Let the discriminator compare the samples of a batch."""

from math import sqrt

import torch
from torch import Tensor, nn

from gan_runner.layers.heads import linear_head, widen
from gan_runner.tricks.base import Scope, Trick
from gan_runner.tricks.nearness import Nearness
from gan_runner.types import Make, PositiveInt, Shape


class MinibatchDiscrimination(Trick):
    """Tell the discriminator's head how close each sample is to the others of its batch, in a learned sense.

    M_i = f(x_i) T, T of shape (A, B, C);  o_b(x_i) = Σ_{j ≠ i} exp(−‖M_ib − M_jb‖₁);  the head sees [f(x_i), o(x_i)].
    A generator that repeats itself gives itself away: its samples are closer to each other than the reals are. Reals
    and fakes come in batches of their own. num_kernels is B, kernel_dim is C; cost is quadratic in the batch, N²·B·C
    numbers, which are kept for a gradient penalty alone.

    Source: Salimans et al. 2016, §3.2 (arXiv:1606.03498).
    """

    scope = Scope.HEAD

    def __init__(self, num_kernels: PositiveInt = 100, kernel_dim: PositiveInt = 5) -> None:
        super().__init__()
        self.num_kernels, self.kernel_dim = num_kernels, kernel_dim

    def wrap_discriminator(self, make: Make) -> Make:
        def comparing(shape: Shape) -> nn.Module:
            discriminator = make(shape)
            head = linear_head(discriminator, "minibatch_discrimination")
            closeness = Closeness(head.in_features, self.num_kernels, self.kernel_dim)
            widen(discriminator, closeness, self.num_kernels, "minibatch_discrimination")
            return discriminator

        return comparing


class Closeness(nn.Module):
    """(N, A) features -> (N, B): per kernel, how many others are near, each counted by exp(−distance)."""

    def __init__(self, in_features: int, num_kernels: int, kernel_dim: int) -> None:
        super().__init__()
        self.kernels = (num_kernels, kernel_dim)
        self.project = nn.Linear(in_features, num_kernels * kernel_dim, bias=False)  # T; a bias would cancel
        # Distances of about the features' own size: with larger ones exp is 0 for every pair and T never learns.
        nn.init.normal_(self.project.weight, 0.0, 1 / (kernel_dim * sqrt(in_features)))

    def forward(self, features: Tensor) -> Tensor:
        with torch.autocast(features.device.type, enabled=False):
            kernels = self.project(features.float()).unflatten(1, self.kernels).transpose(0, 1).contiguous()
            near: Tensor = Nearness.apply(kernels)
        return near.t()

"""How near each sample of a batch is to all others, in several learned senses at once, without keeping the pairs."""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch import Tensor

PAIRS = 2**18
"""At a time: they stay in a processor's cache, and the allocator need not fetch pages for them and give them back."""


class Nearness(torch.autograd.Function):
    """(B, N, C) -> (B, N): o_bi = Σ_{j ≠ i} exp(−‖m_bi − m_bj‖₁).

    A few kernels at a time, and anew in the backward, so that memory is that of m. torch.cdist cannot be differentiated
    twice: a second derivative, which gradient penalties take, is that of the formula written out, whose pairs are kept.
    """

    @staticmethod
    def forward(ctx: Any, kernels: Tensor) -> Tensor:
        ctx.save_for_backward(kernels)
        near = [torch.cdist(some, some, p=1.0).neg_().exp_().sum(2) for some in kernels.split(_at_a_time(kernels))]
        return torch.cat(near) - 1  # less exp(0), the sample's own

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (kernels,) = ctx.saved_tensors
        if torch.is_grad_enabled():  # create_graph
            slopes: Tensor = torch.autograd.grad(written_out(kernels), kernels, gradient, create_graph=True)[0]
            return slopes
        count = _at_a_time(kernels)
        return torch.cat([_slopes(*some) for some in zip(kernels.split(count), gradient.split(count), strict=True)])


def written_out(kernels: Tensor) -> Tensor:
    """The same by operations that can all be differentiated twice, a dimension of C at a time."""
    distances = ((row[:, :, None] - row[:, None, :]).abs() for row in kernels.unbind(2))
    near: Tensor = (-reduce(torch.add, distances)).exp().sum(2) - 1
    return near


def _at_a_time(kernels: Tensor) -> int:
    return max(1, PAIRS // kernels.shape[1] ** 2)


def _slopes(kernels: Tensor, gradient: Tensor) -> Tensor:
    """(b, N, C) and (b, N), the gradient at what is near -> (b, N, C), that at the kernels.

    A pair counts for both of its samples, and its distance falls to each alike.
    """
    with torch.enable_grad():
        one = kernels.detach().requires_grad_()
        distance = torch.cdist(one, kernels.detach(), p=1.0)
    weight = distance.detach().neg().exp_().mul_(gradient[:, :, None] + gradient[:, None, :])
    return -torch.autograd.grad(distance, one, weight)[0]
